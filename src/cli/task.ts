// What a command is: its arguments, what they mean in both languages, examples, and what it does.
import type { ArgsDef, ParsedArgs } from 'citty'
import { reason } from '#core/errors.ts'
import { inTongue } from '#core/locale.ts'
import type { Locale, Text } from '#core/message.ts'
import type { Environment } from '../node/environment.ts'
import type { Screen } from './screen.ts'

export interface Job<T extends ArgsDef> {
  args: ParsedArgs<T>
  env: Environment
  screen: Screen
}

export interface Task<T extends ArgsDef = ArgsDef> {
  args: T
  /** The one word that it takes may be several, with blanks between them: they come as one text. */
  takesWords?: true
  /** What each argument means, for `--help`. */
  describe: Record<keyof T, Text>
  examples: [line: string, what: Text][]
  /** True: exit code 0. */
  run(job: Job<T>): Promise<boolean>
}

/** A task whose arguments only it knows. */
export interface AnyTask {
  args: ArgsDef
  takesWords?: true
  describe: Record<string, Text>
  examples: Task['examples']
  run(job: { args: unknown; env: Environment; screen: Screen }): Promise<boolean>
}

/** Keeps the arguments' types inside the task and off everybody else's. */
export function defineTask<const T extends ArgsDef>(task: Task<T>): AnyTask {
  // citty parses by `task.args`, so that what it gives to `run` is what `run` takes.
  return { ...task, run: ({ args, ...rest }) => task.run({ args: args as ParsedArgs<T>, ...rest }) }
}

/** Understood by every command. */
export const shared = {
  json: { type: 'boolean' },
  lang: { type: 'enum', options: ['zh', 'en'] },
  config: { type: 'string', valueHint: 'folder' },
  help: { type: 'boolean', alias: 'h' },
} as const satisfies ArgsDef

export const sharedWords: Record<keyof typeof shared, Text> = {
  json: { zh: '输出 JSON，供脚本使用', en: 'print JSON, for scripts' },
  lang: { zh: '语言；默认看 LANG', en: 'language; by LANG unless told' },
  config: { zh: '配置目录；默认 FRONTDESK_CONFIG 或 ./config', en: 'config folder; FRONTDESK_CONFIG or ./config unless told' },
  help: { zh: '显示这份说明', en: 'show this help' },
}

/** Something that the person at the terminal can put right: shown as it is, without a stack. */
export class Refusal extends Error {
  readonly words: Text

  constructor(words: Text) {
    super(words.en)
    this.name = 'Refusal'
    this.words = words
  }
}

/** What went wrong, in the reader's language. */
export function wordsOf(error: unknown, locale: Locale): string {
  return error instanceof Refusal ? error.words[locale] : inTongue(reason(error), locale)
}
