// `frontdesk check`: reads the config files as the house does, and tells every mistake with its place. No database needed.

import { existsSync } from 'node:fs'
import { z } from 'zod'
import { readBot } from '#bot/check.ts'
import { connectors } from '#connectors/index.ts'
import { formatProblem, type Path, type Problem, problemAt, readDocument } from '#core/document.ts'
import type { Locale, Text } from '#core/message.ts'
import { desks } from '#handoff/index.ts'
import { readPages } from '#knowledge/read.ts'
import { type Config, type ConfigSource, type Entry, loadConfig, namesOf } from '../config.ts'
import { type Environment, readConfigFolder } from '../node/environment.ts'
import { alikeWarnings } from './alike.ts'
import { pad, type Screen } from './screen.ts'
import { defineTask } from './task.ts'

type Runtime = 'node' | 'workers'

export interface Findings {
  folder: string
  problems: Problem[]
  warnings: Problem[]
  /** Absent when there are problems that keep the house from starting. */
  config?: Config
  /** What is there and in order: names, or just how many. */
  inventory: Record<string, string[] | number>
}

export function inspect(env: Pick<Environment, 'config' | 'variables'>, runtime: Runtime = 'node'): Findings {
  const source = readConfigFolder(env)
  const absent = missingFiles(source, env.config)
  const loaded = loadConfig(source)
  const config = 'config' in loaded ? loaded.config : undefined
  const problems = 'problems' in loaded ? [...loaded.problems] : []
  if (absent.length === 2) problems.unshift(...absent)
  else if (config && runtime === 'workers') problems.push(...workersProblems(source, config))
  // There are no folders on Workers: whoever has articles should hear it before their customers do.
  const articles = readPages(source).articles.length
  const unread: Problem = {
    file: 'articles',
    line: 1,
    column: 1,
    path: '',
    message: {
      zh: `Cloudflare Workers 上读不到这个文件夹（${articles} 篇文章），只指向文章的问答不会被使用`,
      en: `nothing in this folder is read on Cloudflare Workers (articles: ${articles}); FAQ entries that only name one are not used there`,
    },
  }
  const warnings = [
    ...(runtime === 'workers' && articles > 0 ? [unread] : []),
    ...(absent.length === 1 ? absent : []),
    ...loaded.warnings,
    ...alikeWarnings(source.read('bot.yaml') ?? 'version: 1\n', config && namesOf(config.settings)),
  ]
  return { folder: env.config, problems, warnings, ...(config && absent.length < 2 && { config }), inventory: inventoryOf(source, config) }
}

/** The house starts without them, but whoever checks files means files. */
function missingFiles(source: ConfigSource, folder: string): Problem[] {
  return ['frontdesk.yaml', 'bot.yaml']
    .filter((file) => source.read(file) === undefined)
    .map((file) => ({
      file,
      line: 1,
      column: 1,
      path: '',
      message: { zh: `没有这个文件：${folder}`, en: `there is no such file in ${folder}` },
      ...(!existsSync(folder) && { hint: { zh: '用 --config 指定配置目录', en: 'name the folder with --config' } }),
    }))
}

/** A Worker lives for one request: nothing there can hold a connection open or ask again and again. */
function workersProblems(source: ConfigSource, { settings }: Config): Problem[] {
  const { document } = readDocument(source.read('frontdesk.yaml') ?? '{}', 'frontdesk.yaml', z.unknown())
  if (!document) return []
  const at = (path: Path, message: Text, hint: Text) => problemAt(document, path, message, { hint })
  const look = (list: 'channels' | 'desks', kinds: typeof connectors | typeof desks) =>
    settings[list].flatMap((entry: Entry, n) => {
      const definition = kinds[entry.type]
      if (!definition) return []
      if (!definition.runtimes.includes('workers')) {
        const message = { zh: `${entry.type} 不能在 Cloudflare Workers 上运行`, en: `${entry.type} cannot run on Cloudflare Workers` }
        return [at([list, n, 'type'], message, { zh: '在 Node 上运行 Frontdesk', en: 'run Frontdesk on Node' })]
      }
      const inbound = definition.inbound(entry.settings)
      // What rings is read when it does, and by the schedule.
      const rings = 'rings' in definition && definition.rings
      if (inbound === 'webhook' || inbound === 'none' || rings) return []
      const { message, hint } = CANNOT[inbound]
      const named = { zh: `${entry.id} ${message.zh}`, en: `${entry.id} ${message.en}` }
      return [at([list, n, 'mode' in entry.settings ? 'mode' : 'type'], named, hint)]
    })
  return [...look('channels', connectors), ...look('desks', desks)]
}

const CANNOT: Record<'poll' | 'connect', { message: Text; hint: Text }> = {
  poll: {
    message: { zh: '靠轮询收消息，Cloudflare Workers 上做不到', en: 'polls for messages, which Cloudflare Workers cannot' },
    hint: { zh: '设置 publicUrl 和这一项的 secret，改用 webhook', en: 'set publicUrl and a secret here, so that it uses a webhook' },
  },
  connect: {
    message: {
      zh: '靠一直保持的连接收消息（如 IMAP IDLE），Cloudflare Workers 上做不到',
      en: 'keeps a connection open for messages (such as IMAP IDLE), which Cloudflare Workers cannot',
    },
    hint: {
      zh: '需要一个常驻进程：在 Node 上运行 Frontdesk；或改用由平台推送的方式（webhook），如果它支持',
      en: 'it needs a process that stays: run Frontdesk on Node; or let the platform call us (a webhook), where it can',
    },
  },
}

function inventoryOf(source: ConfigSource, config: Config | undefined): Findings['inventory'] {
  const bot = readBot(
    source.read('bot.yaml') ?? 'version: 1\n',
    'bot.yaml',
    { ...(config && namesOf(config.settings)), articles: readPages(source).articles },
    source.read,
  )
  const names = (entries: Entry[]) => entries.map(({ id, type }) => (id === type ? id : `${id} (${type})`))
  return {
    ...(config && {
      channels: names(config.settings.channels),
      desks: names(config.settings.desks),
      webhooks: config.settings.webhooks.map(({ id }) => id),
      skills: config.settings.skills.map(({ id }) => id),
      agents: config.settings.agents.map(({ id }) => id),
    }),
    ...(config && { macros: config.library.macros.length, articles: config.library.articles.length }),
    ...('value' in bot && { faq: bot.value.faq.length, flows: Object.keys(bot.value.flows) }),
  }
}

const labels: Record<string, Text> = {
  channels: { zh: '渠道', en: 'channels' },
  desks: { zh: '坐席工具', en: 'desks' },
  webhooks: { zh: '业务接口', en: 'webhooks' },
  skills: { zh: '技能', en: 'skills' },
  agents: { zh: '客服', en: 'agents' },
  macros: { zh: '快捷回复', en: 'macros' },
  articles: { zh: '文章', en: 'articles' },
  faq: { zh: '问答', en: 'FAQ entries' },
  flows: { zh: '流程', en: 'flows' },
}

export function showFindings(findings: Findings, screen: Screen): void {
  const { locale } = screen
  for (const warning of findings.warnings) showProblem('warn', warning, screen)
  for (const problem of findings.problems) showProblem('bad', problem, screen)
  for (const [key, value] of Object.entries(findings.inventory)) {
    const count = typeof value === 'number' ? value : value.length
    const names = typeof value === 'number' || count === 0 ? '' : `  ${value.join(', ')}`
    screen.mark('ok', `${pad(labels[key]?.[locale] ?? key, 12)}${String(count).padStart(4)}${names}`)
  }
}

function showProblem(mark: 'warn' | 'bad', problem: Problem, screen: Screen): void {
  const [head = '', ...hint] = formatProblem(problem, screen.locale).split('\n')
  screen.mark(mark, head, hint.map((line) => line.replace(/^ {4}/, '')).join('\n'))
}

/** For scripts: the same in one language. */
export function plainProblem(problem: Problem, locale: Locale) {
  return { ...problem, message: problem.message[locale], ...(problem.hint && { hint: problem.hint[locale] }) }
}

export const task = defineTask({
  args: { runtime: { type: 'enum', options: ['node', 'workers'] } },
  describe: { runtime: { zh: '还检查能否在那里运行', en: 'also tell what cannot run there' } },
  examples: [
    ['npx frontdesk check', { zh: '检查 ./config', en: 'check ./config' }],
    ['npx frontdesk check --config /etc/frontdesk --json', { zh: '在脚本中检查另一个目录', en: 'check another folder in a script' }],
    ['npx frontdesk check --runtime workers', { zh: '部署到 Cloudflare Workers 之前', en: 'before deploying to Cloudflare Workers' }],
  ],
  async run({ args, env, screen }) {
    const findings = inspect(env, args.runtime)
    showFindings(findings, screen)
    const { problems, warnings, folder, inventory } = findings
    const ok = problems.length === 0
    if (ok) screen.say({ zh: `${folder}：没有问题`, en: `${folder}: everything is in order` })
    else
      screen.say({
        zh: `${folder}：${problems.length} 个问题`,
        en: `${folder}: ${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}`,
      })
    const plain = (list: Problem[]) => list.map((problem) => plainProblem(problem, screen.locale))
    screen.result({ ok, folder, problems: plain(problems), warnings: plain(warnings), ...inventory })
    return ok
  },
})
