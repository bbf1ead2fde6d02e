// The words of agents: one grammar for all desks. Whatever begins like a command is never text for the customer.
import type { Text } from '#core/message.ts'
import { nearest } from '#core/nearest.ts'

export type Command =
  | { name: 'accept' | 'decline' | 'why' }
  | { name: 'claim' | 'release' | 'reopen' | 'bot' | 'online' | 'away' | 'queue' | 'customer' | 'stats' | 'todo' }
  | { name: 'resolve'; reason?: string }
  | { name: 'transfer'; to: { skill: string } | { agent: string }; why?: string }
  /** Without words: which tags there are. */
  | { name: 'tag'; add: string[]; remove: string[] }
  | { name: 'priority'; level: Level }
  /** `line`: when, then words; what time it names depends on now. */
  | { name: 'snooze' | 'followup'; line: string }
  | { name: 'kb'; words: string }
  /** Of the last list that was shown: its number, or the list's own name for it. */
  | { name: 'send' | 'show'; item: string }
  /** `words`: what stands there without a name. Without a key: the list. */
  | { name: 'macro'; key?: string; values: Record<string, string>; words: string }
  | { name: 'done'; item: string }
  | { name: 'help'; about?: CommandName }
  /** What to do with text that was not sent because the agent does not own the conversation. */
  | { name: 'held'; choice: HeldChoice; message: string }
  | { name: 'resend'; message: string }
  /** Says who somebody in the tool is, by the code that the console shows them. */
  | { name: 'link'; code: string }
  /** Takes that back, for the account that writes it or for one's own in another tool. */
  | { name: 'unlink'; tool?: string }

export type CommandName = Command['name'] | 'note'
export type Level = 'low' | 'normal' | 'high' | 'urgent'
export type HeldChoice = 'take' | 'send' | 'note' | 'cancel'

export type Line =
  | { type: 'text' }
  | { type: 'note'; text: string }
  | ({ type: 'command' } & Command)
  /** `word` as typed, slash included; `rest` follows it. `usage` when the command is known and what follows it is not right. */
  | { type: 'unknown'; word: string; suggestions: string[]; rest?: string; usage?: string }

type Parsed = Exclude<Line, { type: 'text' }>

interface Help {
  name: CommandName
  usage: string
  aliases: string[]
  text: Text
  examples?: string[]
}

/** Every command, in the order of `/help`. */
export const commandHelp: Help[] = [
  {
    name: 'claim',
    usage: '/claim',
    aliases: ['take', 'wake', 'unsnooze', '接入', '认领', '接单', '唤醒'],
    text: { zh: '接入对话；暂缓的对话由此继续', en: 'take the conversation; a snoozed one goes on' },
  },
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
    usage: '/transfer <skill|team|@agent> [why]',
    aliases: ['转给', '转接', '转交'],
    text: { zh: '转给某技能、某团队或某人', en: 'pass it on to a skill, a team or a person' },
  },
  {
    name: 'note',
    usage: '/note <text>',
    aliases: ['备注', '内部备注'],
    text: { zh: '内部备注，客户看不到（也可写 //文字）', en: 'a note that the customer does not see (or //text)' },
  },
  {
    name: 'resolve',
    usage: '/resolve [reason]',
    aliases: ['close', '结单', '结束'],
    text: { zh: '结单，可写原因', en: 'close it as solved; the reason is kept' },
    examples: ['/resolve refunded', '/结单 已退款'],
  },
  { name: 'reopen', usage: '/reopen', aliases: ['open', '重开', '重新打开'], text: { zh: '重新打开', en: 'open it again' } },
  { name: 'bot', usage: '/bot', aliases: ['to_bot', 'tobot', '机器人'], text: { zh: '交回机器人', en: 'give it back to the bot' } },
  {
    name: 'tag',
    usage: '/tag [name …] [-name …]',
    aliases: ['tags', '标签', '打标签'],
    text: { zh: '加标签，前面写 - 去掉；不写则列出', en: 'put tags on it, take off those with a -; alone: list them' },
    examples: ['/tag refund damaged -new', '/标签 退款，破损'],
  },
  {
    name: 'priority',
    usage: '/priority <low|normal|high|urgent>',
    aliases: ['prio', '优先级', '优先'],
    text: { zh: '优先级：低、普通、高、紧急；队列立即重排', en: 'how urgent it is; the queue is sorted anew at once' },
    examples: ['/priority urgent', '/优先级 高'],
  },
  {
    name: 'snooze',
    usage: '/snooze <when> [note]',
    aliases: ['暂缓', '稍后', '挂起'],
    text: { zh: '暂缓到某时，客户来信也会提前唤醒', en: 'put it off; it comes back at that time, or when the customer writes' },
    examples: ['/snooze 2h', '/snooze until fri 9', '/暂缓 明天9点', '/暂缓30分钟'],
  },
  {
    name: 'kb',
    usage: '/kb <words>',
    aliases: ['search', 'article', '知识库', '搜索', '查找'],
    text: { zh: '查知识库，只有您看得到', en: 'look in the knowledge base; only you see what is found' },
    examples: ['/kb return shipping', '/知识库 退货运费'],
  },
  {
    name: 'send',
    usage: '/send [n]',
    aliases: ['发送'],
    text: { zh: '把列出的第 n 条发给客户', en: 'send the customer the n-th of what was listed' },
    examples: ['/send 2', '/发送 2'],
  },
  {
    name: 'show',
    usage: '/show [n]',
    aliases: ['查看', '全文'],
    text: { zh: '查看列出的第 n 条全文', en: 'read the n-th of what was listed in full' },
    examples: ['/show 1', '/全文 1'],
  },
  {
    name: 'macro',
    usage: '/macro [key] [name=value …]',
    aliases: ['m', 'macros', 'canned', '快捷回复', '常用语', '话术'],
    text: { zh: '发送快捷回复；不写则列出，也可直接写 !关键词', en: 'send a canned reply; alone: list them. Also !key' },
    examples: ['/macro refund order=A12', '/快捷回复 退款 单号=A12'],
  },
  {
    name: 'customer',
    usage: '/customer',
    aliases: ['profile', '客户', '客户资料', '资料'],
    text: { zh: '客户资料与历史对话，只有您看得到', en: 'who the customer is, and earlier conversations; only you see it' },
  },
  {
    name: 'followup',
    usage: '/followup <when> [!priority] <text>',
    aliases: ['remind', 'follow', '跟进', '提醒'],
    text: { zh: '到时提醒我跟进', en: 'remind me to follow up at that time' },
    examples: ['/followup tomorrow 9:00 call back', '/跟进 明天下午3点 !高 回电'],
  },
  { name: 'todo', usage: '/todo', aliases: ['followups', '待办', '待跟进'], text: { zh: '我的待办', en: 'my to-do list' } },
  {
    name: 'done',
    usage: '/done <n>',
    aliases: ['完成'],
    text: { zh: '第 n 项待办已完成；不写数字则结单', en: 'the n-th of my to-do list is done; without a number: resolve' },
    examples: ['/done 2', '/完成 2'],
  },
  { name: 'online', usage: '/online', aliases: ['上线', '在线'], text: { zh: '我上线了', en: 'I am here' } },
  { name: 'away', usage: '/away', aliases: ['离开', '下线'], text: { zh: '我离开一下', en: 'I am away' } },
  {
    name: 'queue',
    usage: '/queue',
    aliases: ['队列', '排队'],
    text: { zh: '谁在排队，我在处理谁', en: 'who waits at which place, and whom I have' },
  },
  {
    name: 'why',
    usage: '/why',
    aliases: ['为什么', '分配记录'],
    text: { zh: '为什么分给此人，为什么还在等', en: 'why this agent, or why still nobody' },
  },
  { name: 'stats', usage: '/stats', aliases: ['统计', '我的数据'], text: { zh: '我今天的数据', en: 'my day so far' } },
  {
    name: 'help',
    usage: '/help [command]',
    aliases: ['帮助', '命令', 'start'],
    text: { zh: '显示命令，或某个命令的用法', en: 'show the commands, or how one is used' },
    examples: ['/help snooze', '/帮助 暂缓'],
  },
  {
    name: 'link',
    usage: '/link <code>',
    aliases: ['关联', '绑定'],
    text: { zh: '用控制台给的代码关联到您的账号', en: 'link yourself to your account, with the code that the console shows' },
  },
  {
    name: 'unlink',
    usage: '/unlink [tool]',
    aliases: ['解除关联', '取消关联', '解绑'],
    text: {
      zh: '解除您在这个工具里的关联；写上工具名，则解除另一个工具里的',
      en: 'take back your link in this tool, or in the one that you name: from then on that account is a stranger here',
    },
    examples: ['/unlink slack', '/解除关联 slack'],
  },
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
/** Chinese is written without spaces: '/备注客户很急' and '/转给售后' are meant as commands with an argument. The longest word counts. */
const glued = commandHelp
  .flatMap(({ aliases, usage }) => (/[<[]/.test(usage) ? aliases : []))
  .filter((alias) => /^\p{Script=Han}{2,}$/u.test(alias))
  .sort((a, b) => b.length - a.length)

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
export function parseCommand(line: string): Parsed {
  const parsed = parseLine(line)
  return parsed.type === 'text' ? parse(line.replace(invisible, '')) : parsed
}

/** The command that a word names, in either language, with or without its slash. */
export function commandNamed(word: string): CommandName | undefined {
  return known.get(
    word
      .trim()
      .replace(/^[/!／！]/, '')
      .toLowerCase(),
  )
}

function parse(line: string): Parsed {
  const [, typed = '', rest = ''] = /^([^\s:：,，]*)[:：,，]?([\s\S]*)$/.exec(line) ?? []
  // Telegram sends '/claim@my_bot' in groups.
  const word = typed.replace(/@[A-Za-z0-9_]+$/, '').toLowerCase()
  const name = known.get(word)
  if (name) return command(name, rest.trim(), typed)
  const prefix = glued.find((alias) => word.startsWith(alias))
  if (prefix)
    return command(
      known.get(prefix) as CommandName,
      line
        .slice(prefix.length)
        .replace(/^[:：]/, '')
        .trim(),
      typed,
    )
  return { type: 'unknown', word: `/${typed}`, suggestions: suggestions(word), ...(rest.trim() && { rest: rest.trim() }) }
}

function command(name: CommandName, rest: string, typed: string): Parsed {
  switch (name) {
    case 'note':
      return { type: 'note', text: rest }
    case 'transfer':
      return transfer(rest, typed)
    case 'held': {
      const [choice = '', message = ''] = rest.split(/\s+/)
      return isHeldChoice(choice) && message ? { type: 'command', name, choice, message } : misused(name, typed)
    }
    case 'link': {
      const code = rest.replace(/[\s-]/g, '').toUpperCase()
      return code ? { type: 'command', name, code } : misused(name, typed)
    }
    case 'unlink':
      return { type: 'command', name, ...(rest && { tool: rest }) }
    case 'resend': {
      const message = rest.split(/\s+/)[0]
      return message ? { type: 'command', name, message } : misused(name, typed)
    }
    case 'resolve':
      return { type: 'command', name, ...(rest && { reason: rest }) }
    case 'tag':
      return { type: 'command', name, ...tagsOf(rest) }
    case 'priority': {
      const level = levelNamed(rest)
      return level ? { type: 'command', name, level } : misused(name, typed)
    }
    case 'snooze':
    case 'followup':
      return rest ? { type: 'command', name, line: rest } : misused(name, typed)
    case 'kb':
      return rest ? { type: 'command', name, words: rest } : misused(name, typed)
    case 'send':
    case 'show':
      return { type: 'command', name, item: narrow(rest) }
    case 'done':
      return /^(#?\d+|fup_\S+)$/.test(narrow(rest))
        ? { type: 'command', name, item: narrow(rest).replace(/^#/, '') }
        : command('resolve', rest, typed)
    case 'macro':
      return { type: 'command', name, ...macroOf(rest) }
    case 'help': {
      const about = commandNamed(rest)
      return { type: 'command', name, ...(about && { about }) }
    }
    default:
      return { type: 'command', name }
  }
}

function transfer(rest: string, typed: string): Parsed {
  const [, target = '', why = ''] = /^(\S+)\s*([\s\S]*)$/.exec(rest) ?? []
  const name = target.replace(/[:：,，]$/, '').replace(/^[@＠]/, '')
  if (!name) return misused('transfer', typed)
  const to = /^[@＠]/.test(target) ? { agent: name } : { skill: name }
  return { type: 'command', name: 'transfer', to, ...(why.trim() && { why: why.trim() }) }
}

/** Between commas there may be blanks; without commas a blank ends a tag. */
function tagsOf(rest: string): { add: string[]; remove: string[] } {
  const words = rest.split(/[\s,，、;；]+/).filter(Boolean)
  const name = (word: string) => word.replace(/^[-－+＋]?[#＃]?/, '')
  const isOff = (word: string) => /^[-－]/.test(word)
  const named = (list: string[]) => [...new Set(list.map(name).filter(Boolean))]
  return { add: named(words.filter((word) => !isOff(word))), remove: named(words.filter(isOff)) }
}

const levels: Record<Level, string[]> = {
  low: ['低', '低优先级', 'p4'],
  normal: ['普通', '正常', '中', '一般', 'medium', 'p3'],
  high: ['高', '重要', '高优先级', 'p2'],
  urgent: ['紧急', '加急', '最高', 'p1'],
}

export function levelNamed(word: string): Level | undefined {
  const wanted = narrow(word).toLowerCase()
  return (Object.keys(levels) as Level[]).find((level) => level === wanted || levels[level].includes(wanted))
}

/** `退款 单号=A12 名字="李 雷" 其余`: quotes hold blanks together. */
function macroOf(rest: string): { key?: string; values: Record<string, string>; words: string } {
  const [, key = '', more = ''] = /^([^\s=＝]*)(?=\s|$)([\s\S]*)$/.exec(rest) ?? []
  const values: Record<string, string> = {}
  const pair = /([\p{L}_][\p{L}\p{N}_.]*)\s*[=＝]\s*(?:"([^"]*)"|“([^”]*)”|'([^']*)'|(\S+))/gu
  const words = (key ? more : rest).replace(pair, (_, name: string, a?: string, b?: string, c?: string, d?: string) => {
    values[name] = a ?? b ?? c ?? d ?? ''
    return ''
  })
  return { ...(key && { key }), values, words: words.replaceAll(/\s+/g, ' ').trim() }
}

/** Digits and letters as Chinese keyboards write them are those of others. */
function narrow(text: string): string {
  return text.normalize('NFKC').trim()
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
