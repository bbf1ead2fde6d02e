// The words of agents: one grammar for all desks. Whatever begins like a command is never text for the customer.
import type { Text } from '#core/message.ts'
import { nearest } from '#core/nearest.ts'

export type Command =
  | { name: 'accept' | 'decline' | 'why' }
  | { name: 'claim' | 'release' | 'resolve' | 'reopen' | 'bot' | 'online' | 'away' | 'queue' | 'help' }
  | { name: 'transfer'; to: { skill: string } | { agent: string }; why?: string }
  /** What to do with text that was not sent because the agent does not own the conversation. */
  | { name: 'held'; choice: HeldChoice; message: string }
  | { name: 'resend'; message: string }

export type CommandName = Command['name'] | 'note'
export type HeldChoice = 'take' | 'send' | 'note' | 'cancel'

export type Line =
  | { type: 'text' }
  | { type: 'note'; text: string }
  | ({ type: 'command' } & Command)
  /** `word` as typed, slash included. `usage` when the command is known and what follows it is not right. */
  | { type: 'unknown'; word: string; suggestions: string[]; usage?: string }

/** Every command, in the order of `/help`. */
export const commandHelp: { name: CommandName; usage: string; aliases: string[]; text: Text }[] = [
  { name: 'claim', usage: '/claim', aliases: ['take', '接入', '认领', '接单'], text: { zh: '接入对话', en: 'take the conversation' } },
  { name: 'accept', usage: '/accept', aliases: ['接受'], text: { zh: '接受邀请', en: 'take what you are asked about' } },
  { name: 'decline', usage: '/decline', aliases: ['拒绝'], text: { zh: '拒绝邀请', en: 'let somebody else take it' } },
  {
    name: 'release',
    usage: '/release',
    aliases: ['unclaim', '释放', '放回'],
    text: { zh: '放回队列', en: 'give it back to the queue' },
  },
  {
    name: 'transfer',
    usage: '/transfer <skill|@agent> [why]',
    aliases: ['转给', '转接', '转交'],
    text: { zh: '转给某技能组或某人', en: 'pass it on to a skill or a person' },
  },
  {
    name: 'note',
    usage: '/note <text>',
    aliases: ['备注', '内部备注'],
    text: { zh: '内部备注，客户看不到（也可写 //文字）', en: 'a note that the customer does not see (or //text)' },
  },
  {
    name: 'resolve',
    usage: '/resolve',
    aliases: ['close', 'done', '结单', '完成', '结束'],
    text: { zh: '结单', en: 'close it as solved' },
  },
  { name: 'reopen', usage: '/reopen', aliases: ['open', '重开', '重新打开'], text: { zh: '重新打开', en: 'open it again' } },
  { name: 'bot', usage: '/bot', aliases: ['to_bot', 'tobot', '机器人'], text: { zh: '交回机器人', en: 'give it back to the bot' } },
  { name: 'online', usage: '/online', aliases: ['上线', '在线'], text: { zh: '我上线了', en: 'I am here' } },
  { name: 'away', usage: '/away', aliases: ['离开', '下线'], text: { zh: '我离开一下', en: 'I am away' } },
  { name: 'queue', usage: '/queue', aliases: ['队列', '排队'], text: { zh: '看看谁在排队', en: 'who is waiting' } },
  {
    name: 'why',
    usage: '/why',
    aliases: ['为什么', '分配记录'],
    text: { zh: '为什么分给此人，为什么还在等', en: 'why this agent, or why still nobody' },
  },
  { name: 'help', usage: '/help', aliases: ['帮助', '命令', 'start'], text: { zh: '显示命令', en: 'show the commands' } },
  {
    name: 'held',
    usage: '/held <take|send|note|cancel> <message>',
    aliases: [],
    text: { zh: '处理没有发出的消息（一般用按钮）', en: 'deal with text that was not sent (usually by its buttons)' },
  },
  {
    name: 'resend',
    usage: '/resend <message>',
    aliases: ['重发'],
    text: { zh: '重新发送一条失败的消息', en: 'send a failed message again' },
  },
]

const known = new Map<string, CommandName>(commandHelp.flatMap(({ name, aliases }) => [name, ...aliases].map((word) => [word, name])))
/** Chinese is written without spaces: '/备注客户很急' and '/转给售后' are meant as commands with an argument. */
const glued = commandHelp.flatMap(({ name, aliases }) => (name === 'note' || name === 'transfer' ? aliases : []))

/** Zero-width characters that chat tools and keyboards leave at the start of a message. */
const invisible = /^[\s\u200b-\u200f\u2060\ufeff]+/

/** What an agent's message is. Full-width slashes and exclamation marks come from Chinese keyboards. */
export function parseLine(text: string): Line {
  const line = text.replace(invisible, '')
  const note = /^(?:[/／]{2}|(?:note|备注|内部备注)\s*[:：])([\s\S]*)$/i.exec(line)
  if (note) return { type: 'note', text: (note[1] ?? '').trim() }
  if (!/^[/!／！]/.test(line)) return { type: 'text' }
  return parse(line.slice(1))
}

/** A command line as buttons and tools give it: without its slash, or with it. */
export function parseCommand(line: string): Exclude<Line, { type: 'text' }> {
  const parsed = parseLine(line)
  return parsed.type === 'text' ? parse(line.replace(invisible, '')) : parsed
}

function parse(line: string): Exclude<Line, { type: 'text' }> {
  const [, typed = '', rest = ''] = /^(\S*)([\s\S]*)$/.exec(line) ?? []
  // Telegram sends '/claim@my_bot' in groups.
  const word = typed.replace(/@[A-Za-z0-9_]+$/, '').toLowerCase()
  const name = known.get(word)
  if (name) return command(name, rest.trim(), typed)
  const prefix = glued.find((alias) => word.startsWith(alias))
  if (prefix) return command(known.get(prefix) as CommandName, (typed.slice(prefix.length).replace(/^[:：]/, '') + rest).trim(), typed)
  return { type: 'unknown', word: `/${typed}`, suggestions: suggestions(word) }
}

function command(name: CommandName, rest: string, typed: string): Exclude<Line, { type: 'text' }> {
  switch (name) {
    case 'note':
      return { type: 'note', text: rest }
    case 'transfer':
      return transfer(rest, typed)
    case 'held': {
      const [choice = '', message = ''] = rest.split(/\s+/)
      return isHeldChoice(choice) && message ? { type: 'command', name, choice, message } : misused(name, typed)
    }
    case 'resend': {
      const message = rest.split(/\s+/)[0]
      return message ? { type: 'command', name, message } : misused(name, typed)
    }
    default:
      return { type: 'command', name }
  }
}

function transfer(rest: string, typed: string): Exclude<Line, { type: 'text' }> {
  const [, target = '', why = ''] = /^(\S+)\s*([\s\S]*)$/.exec(rest) ?? []
  const name = target.replace(/[:：,，]$/, '').replace(/^[@＠]/, '')
  if (!name) return misused('transfer', typed)
  const to = /^[@＠]/.test(target) ? { agent: name } : { skill: name }
  return { type: 'command', name: 'transfer', to, ...(why.trim() && { why: why.trim() }) }
}

function isHeldChoice(word: string): word is HeldChoice {
  return word === 'take' || word === 'send' || word === 'note' || word === 'cancel'
}

function misused(name: CommandName, typed: string): Line & { type: 'unknown' } {
  const usage = commandHelp.find((entry) => entry.name === name)?.usage
  return { type: 'unknown', word: `/${typed}`, suggestions: [], ...(usage && { usage }) }
}

function suggestions(word: string): string[] {
  if (!word) return []
  const begun = word.length > 1 ? [...known].filter(([other]) => other.startsWith(word)).map(([, name]) => name) : []
  const near = nearest(word, known.keys())
  const names = near ? [known.get(near) as CommandName, ...begun] : begun
  return [...new Set(names)].slice(0, 3).map((name) => `/${name}`)
}
