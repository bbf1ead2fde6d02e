// Finds the command that was meant, and runs it. Each command is loaded only when it is used.
import { resolve } from 'node:path'
import { type CommandDef, defineCommand, parseArgs, runCommand } from 'citty'
import type { Locale, Text } from '#core/message.ts'
import { nearest } from '#core/nearest.ts'
import { type Environment, environment } from '../node/environment.ts'
import { productVersion } from '../node/version.ts'
import { type Entry, groupHelp, taskHelp } from './help.ts'
import { createScreen, type Screen } from './screen.ts'
import { type AnyTask, Refusal, shared, wordsOf } from './task.ts'

const admin = (pick: 'create' | 'link' | 'invite' | 'code' | 'unlink' | 'list') => () =>
  import('./admin.ts').then((room) => room.tasks[pick])

const flows = (pick: 'test' | 'draw') => () => import('./flows.ts').then((room) => room.tasks[pick])
const faq = (pick: 'match' | 'eval' | 'train' | 'learn' | 'import') => () => import('./faq.ts').then((room) => room.tasks[pick])

/** Every command, in the order of `--help`. */
const commands: Entry[] = [
  {
    name: 'check',
    title: { zh: '检查配置文件，指出每个错误的行号', en: 'check the config files; every mistake with its line' },
    load: () => import('./check.ts').then((room) => room.task),
  },
  {
    name: 'doctor',
    title: { zh: '检查并真实连接每个渠道、坐席工具和数据库', en: 'check, and really ask every channel, desk and the database' },
    load: () => import('./doctor.ts').then((room) => room.task),
  },
  {
    name: 'migrate',
    title: { zh: '把数据库升级到当前版本', en: "bring the database up to this version's schema" },
    load: () => import('./migrate.ts').then((room) => room.task),
  },
  {
    name: 'backup',
    title: { zh: '把全部数据备份为一个文件', en: 'everything that the house knows, in one file' },
    load: () => import('./backup.ts').then((room) => room.task),
  },
  {
    name: 'restore',
    title: { zh: '把备份恢复到空数据库', en: 'a backup into an empty database' },
    load: () => import('./restore.ts').then((room) => room.task),
  },
  {
    name: 'replay',
    title: { zh: '列出没有送达或无法处理的内容，并重放', en: 'what could not be sent or worked on: list it, try it once more' },
    load: () => import('./replay.ts').then((room) => room.task),
  },
  {
    name: 'flows',
    title: { zh: '试一试机器人的流程，或画出来', en: 'try the flows of bot.yaml, or see them' },
    entries: [
      { name: 'test', title: { zh: '用写好的对话检查机器人', en: 'play written conversations against the bot' }, load: flows('test') },
      { name: 'draw', title: { zh: '把每个流程画成 SVG', en: 'a picture of each flow' }, load: flows('draw') },
    ],
  },
  {
    name: 'demo',
    title: { zh: '演示：真实流程，虚拟客户', en: 'a day of invented customers through the real house' },
    load: () => import('./demo.ts').then((room) => room.task),
  },
  {
    name: 'faq',
    title: { zh: '问答匹配：试问、评测、学习', en: 'the FAQ matcher: ask it, measure it, train it' },
    entries: [
      { name: 'match', title: { zh: '一批问题各匹配到哪条', en: 'which entries questions of a file find' }, load: faq('match') },
      { name: 'eval', title: { zh: '用带答案的问题评测', en: 'measure it with questions whose answers are known' }, load: faq('eval') },
      {
        name: 'train',
        title: { zh: '学习 bot.yaml 的问答并存入数据库', en: 'learn the FAQ of bot.yaml into the database' },
        load: faq('train'),
      },
      {
        name: 'import',
        title: { zh: '从 Excel、CSV 或 Markdown 导入', en: 'bring in questions from Excel, CSV or Markdown' },
        load: faq('import'),
      },
      { name: 'learn', title: { zh: '从没答上的问题中学习', en: 'learn from what was asked in vain' }, load: faq('learn') },
    ],
  },
  {
    name: 'admin',
    title: { zh: '管理员与登录链接', en: 'admins and links to sign in' },
    entries: [
      { name: 'create', title: { zh: '新建管理员', en: 'make an admin' }, load: admin('create') },
      { name: 'link', title: { zh: '首位管理员的一次性链接', en: 'a one-time link for the first admin' }, load: admin('link') },
      {
        name: 'invite',
        title: { zh: '让某人设置密码的一次性链接', en: 'a one-time link for somebody to set a password' },
        load: admin('invite'),
      },
      {
        name: 'code',
        title: {
          zh: '让某人在自己的工具里表明身份的一次性代码',
          en: 'a one-time code with which somebody says in their tool who they are',
        },
        load: admin('code'),
      },
      {
        name: 'unlink',
        title: { zh: '解除某人与工具账号的关联', en: 'take back the link between somebody and their account in a tool' },
        load: admin('unlink'),
      },
      { name: 'list', title: { zh: '列出所有客服', en: 'list everybody' }, load: admin('list') },
    ],
  },
  {
    name: 'schema',
    title: { zh: '生成配置文件的 JSON Schema', en: 'write the JSON Schemas of the config files' },
    load: () => import('./schema.ts').then((room) => room.task),
  },
]

/** Returns the exit code. */
export async function main(argv: string[]): Promise<number> {
  let locale: Locale = process.env.LANG?.startsWith('zh') ? 'zh' : 'en'
  const json = argv.includes('--json')
  try {
    locale = langOf(argv) ?? locale
    const env = environment()
    locale = langOf(argv) ?? env.locale
    return await run(argv, env, createScreen(locale, json))
  } catch (error) {
    const message = wordsOf(error, locale)
    if (json) process.stdout.write(`${JSON.stringify({ ok: false, error: message }, null, 2)}\n`)
    else process.stderr.write(`✗ ${message}\n`)
    return 1
  }
}

async function run(argv: string[], env: Environment, screen: Screen): Promise<number> {
  const { _: words, help } = parseArgs<typeof shared>(argv, shared)
  const { path, entry } = find(words)
  if (argv.length === 1 && argv[0] === '--version') return print(productVersion())
  if (entry?.load && help) return print(taskHelp(path, entry.title, await entry.load(), screen.locale))
  if (help || !entry?.load) {
    const unknown = words[path.length]
    if (unknown !== undefined && unknown !== 'help') throw unknownCommand(unknown, entry?.entries ?? commands)
    print(groupHelp(path, entry?.entries ?? commands, screen.locale))
    return help || unknown === 'help' ? 0 : 1
  }
  let ok = true
  const finish = (value: boolean) => {
    ok = value
  }
  await runCommand(group(commands, env, screen, finish), { rawArgs: argv })
  return ok ? 0 : 1
}

/** As far as the words name commands. */
function find(words: string[]): { path: string[]; entry?: Entry } {
  const entry = commands.find(({ name }) => name === words[0])
  const inner = entry?.entries?.find(({ name }) => name === words[1])
  if (entry && inner) return { path: [entry.name, inner.name], entry: inner }
  return entry ? { path: [entry.name], entry } : { path: [] }
}

function group(entries: Entry[], env: Environment, screen: Screen, finish: (ok: boolean) => void): CommandDef<typeof shared> {
  const one = async ({ load, entries: inner }: Entry) =>
    load ? leaf(await load(), env, screen, finish) : group(inner ?? [], env, screen, finish)
  return defineCommand({ args: shared, subCommands: Object.fromEntries(entries.map((entry) => [entry.name, () => one(entry)])) })
}

function leaf(task: AnyTask, env: Environment, screen: Screen, finish: (ok: boolean) => void) {
  return defineCommand({
    args: { ...shared, ...task.args },
    async run({ args }) {
      refuseUnknown(task, args)
      const config = typeof args.config === 'string' && args.config ? resolve(args.config) : env.config
      const [words] = Object.entries(task.args).flatMap(([name, { type }]) => (task.takesWords && type === 'positional' ? [name] : []))
      const given = words === undefined || args._.length === 0 ? args : { ...args, [words]: args._.join(' ') }
      finish(await task.run({ args: given, env: { ...env, config }, screen }))
    },
  })
}

/** citty takes any option; a mistyped one that is silently ignored would be worse than none. */
function refuseUnknown(task: AnyTask, args: Record<string, unknown> & { _: string[] }): void {
  const known = Object.entries({ ...shared, ...task.args }).flatMap(([name, arg]) =>
    [name, ...('alias' in arg && arg.alias ? [arg.alias] : [])].flat(),
  )
  const camel = (name: string) => name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
  const unknown = Object.keys(args).find((name) => name !== '_' && !known.some((one) => one === name || camel(one) === name))
  const positionals = task.takesWords ? args._.length : Object.values(task.args).filter((arg) => arg.type === 'positional').length
  const word = unknown === undefined ? args._[positionals] : `--${unknown}`
  if (word === undefined) return
  const meant = unknown === undefined ? undefined : nearest(unknown, known)
  throw new Refusal({
    zh: `不认识 ${word}${meant ? `；您是不是想写 --${meant}？` : '。'}用 --help 查看用法。`,
    en: `${word} is not understood${meant ? `; did you mean --${meant}?` : '.'} See --help.`,
  })
}

function unknownCommand(word: string, entries: Entry[]): Refusal {
  const names = entries.map(({ name }) => name)
  const meant = nearest(word, names)
  return new Refusal({
    zh: `没有命令 ${word}${meant ? `；您是不是想用 ${meant}？` : ''} 可用：${names.join('、')}`,
    en: `there is no command ${word}${meant ? `; did you mean ${meant}?` : '.'} Commands: ${names.join(', ')}`,
  })
}

function langOf(argv: string[]): Locale | undefined {
  const at = argv.findIndex((word) => word === '--lang' || word.startsWith('--lang='))
  if (at < 0) return undefined
  const value = argv[at]?.includes('=') ? argv[at]?.slice('--lang='.length) : argv[at + 1]
  if (value === 'zh' || value === 'en') return value
  const words: Text = { zh: '--lang：zh 或 en', en: '--lang: zh or en' }
  throw new Refusal(words)
}

function print(text: string): 0 {
  process.stdout.write(`${text}\n`)
  return 0
}
