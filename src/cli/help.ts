// What `--help` prints.
import type { ArgDef } from 'citty'
import type { Locale, Text } from '#core/message.ts'
import { columns, pad } from './screen.ts'
import { type AnyTask, shared, sharedWords } from './task.ts'

/** A command, or a group of them. */
export interface Entry {
  name: string
  title: Text
  load?(): Promise<AnyTask>
  entries?: Entry[]
}

const words = {
  usage: { zh: '用法', en: 'Usage' },
  commands: { zh: '命令', en: 'Commands' },
  options: { zh: '选项', en: 'Options' },
  examples: { zh: '例子', en: 'Examples' },
  command: { zh: '命令', en: 'command' },
  more: { zh: '命令的用法：', en: 'More on a command:' },
} satisfies Record<string, Text>

export function groupHelp(path: string[], entries: Entry[], locale: Locale): string {
  const self = ['frontdesk', ...path].join(' ')
  const rows = entries.map(({ name, title }): Row => [name, title[locale]])
  return [
    ...(path.length === 0 ? ['Frontdesk 前台', ''] : []),
    `${words.usage[locale]}: npx ${self} <${words.command[locale]}>`,
    '',
    `${words.commands[locale]}:`,
    table(rows),
    '',
    `${words.more[locale]} npx ${self} ${entries[0]?.name} --help`,
  ].join('\n')
}

export function taskHelp(path: string[], title: Text, task: AnyTask, locale: Locale): string {
  const own = Object.entries(task.args)
  const places = own.filter(([, arg]) => arg.type === 'positional').map(([name]) => ` <${name}>`)
  const rows = [
    ...own.map(([name, arg]): Row => [flag(name, arg), task.describe[name]?.[locale] ?? '']),
    ...Object.entries(shared).map(([name, arg]): Row => [flag(name, arg), sharedWords[name as keyof typeof shared][locale]]),
  ]
  return [
    title[locale],
    '',
    `${words.usage[locale]}: npx frontdesk ${path.join(' ')}${places.join('')} [--…]`,
    '',
    `${words.options[locale]}:`,
    table(rows),
    '',
    `${words.examples[locale]}:`,
    ...task.examples.flatMap(([line, what]) => [`  # ${what[locale]}`, `  ${line}`]),
  ].join('\n')
}

function flag(name: string, arg: ArgDef): string {
  if (arg.type === 'positional') return `<${name}>`
  if (arg.type === 'enum') return `--${name} <${arg.options?.join('|')}>`
  return arg.type === 'string' ? `--${name} <${arg.valueHint ?? name}>` : `--${name}`
}

type Row = [name: string, what: string]

function table(rows: Row[]): string {
  const width = Math.max(...rows.map(([name]) => columns(name)))
  return rows.map(([name, what]) => `  ${pad(name, width)}  ${what}`).join('\n')
}
