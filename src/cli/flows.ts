// `frontdesk flows test`: plays conversations against bot.yaml. `frontdesk flows draw`: a picture of each flow. No database needed.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { createBot } from '#bot/bot.ts'
import { readBot } from '#bot/check.ts'
import { drawFlow } from '#bot/draw.ts'
import { type Rehearsed, readTests, rehearse } from '#bot/rehearse.ts'
import type { BotFile } from '#bot/schema.ts'
import { formatProblem } from '#core/document.ts'
import { nearest } from '#core/nearest.ts'
import { readPages } from '#knowledge/read.ts'
import { loadConfig, namesOf } from '../config.ts'
import { type Environment, readConfigFolder } from '../node/environment.ts'
import type { Screen } from './screen.ts'
import { defineTask, Refusal } from './task.ts'

/** The bot of the folder, or of another file. frontdesk.yaml may lack its secrets here: only its names are of use. */
function loadBot(env: Environment, file?: string): { file: BotFile; brand: string } {
  const source = readConfigFolder(env)
  const loaded = loadConfig(source)
  const settings = 'config' in loaded ? loaded.config.settings : undefined
  const path = file ?? join(env.config, 'bot.yaml')
  const text = file ? readFileSync(file, 'utf8') : source.read('bot.yaml')
  if (text === undefined) throw new Refusal({ zh: `没有这个文件：${path}`, en: `there is no ${path}` })
  const reading = readBot(text, basename(path), { ...(settings && namesOf(settings)), articles: readPages(source).articles }, source.read)
  if ('value' in reading) return { file: reading.value, brand: settings?.brand.name ?? 'Frontdesk' }
  throw new Refusal({
    zh: reading.problems.map((problem) => formatProblem(problem, 'zh')).join('\n'),
    en: reading.problems.map((problem) => formatProblem(problem, 'en')).join('\n'),
  })
}

/** `*.test.yaml` of the config folder. */
function testFiles(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.test.yaml'))
    .sort()
    .map((name) => join(folder, name))
}

const test = defineTask({
  args: {
    file: { type: 'positional', required: false },
    bot: { type: 'string', valueHint: 'file' },
    verbose: { type: 'boolean' },
  },
  describe: {
    file: { zh: '对话文件；默认是配置目录里的 *.test.yaml', en: 'the conversations; *.test.yaml of the config folder unless told' },
    bot: { zh: '用另一份 bot.yaml', en: 'another bot.yaml' },
    verbose: { zh: '显示每一句话', en: 'show all that is said' },
  },
  examples: [
    ['npx frontdesk flows test', { zh: '对 ./config 中的全部对话', en: 'all conversations of ./config' }],
    ['npx frontdesk flows test --bot new-bot.yaml', { zh: '换上新文件之前先试', en: 'before a new file serves anybody' }],
  ],
  async run({ args, env, screen }) {
    const { file: config, brand } = loadBot(env, args.bot)
    const bot = createBot(config)
    const files = args.file ? [resolve(args.file)] : testFiles(env.config)
    if (files.length === 0) {
      throw new Refusal({
        zh: `${env.config} 里没有 *.test.yaml；写法见 docs/bot.zh.md`,
        en: `there is no *.test.yaml in ${env.config}; docs/bot.md says how one is written`,
      })
    }
    const all = files.flatMap((path): Rehearsed[] => {
      const name = basename(path)
      const reading = readTests(readFileSync(path, 'utf8'), name)
      if ('value' in reading) return rehearse(bot, reading.value, reading.document, brand)
      return reading.problems.map((problem) => ({ name, problem, lines: [] }))
    })
    for (const one of all) show(one, screen, args.verbose === true)
    const failed = all.filter(({ problem }) => problem).length
    screen.result({
      ok: failed === 0,
      tests: all.map(({ name, problem, lines }) => ({
        name,
        ok: !problem,
        ...(problem && { problem: formatProblem(problem, screen.locale) }),
        lines,
      })),
    })
    screen.say({ zh: `${all.length} 个对话，${failed} 个不符`, en: `${all.length} conversations, ${failed} not as written` })
    return failed === 0
  },
})

function show({ name, problem, lines }: Rehearsed, screen: Screen, verbose: boolean): void {
  const said = verbose || problem ? lines.join('\n') : ''
  if (problem) screen.mark('bad', `${name}: ${formatProblem(problem, screen.locale)}`, said)
  else screen.mark('ok', name, said)
}

const draw = defineTask({
  args: {
    flow: { type: 'positional', required: false },
    out: { type: 'string', valueHint: 'folder' },
  },
  describe: {
    flow: { zh: '只画这个流程', en: 'only this flow' },
    out: { zh: '写到哪个目录；默认 ./flows', en: 'the folder; ./flows unless told' },
  },
  examples: [['npx frontdesk flows draw --out pictures', { zh: '每个流程一张 SVG', en: 'an SVG of each flow' }]],
  async run({ args, env, screen }) {
    const { file } = loadBot(env)
    const names = Object.keys(file.flows)
    if (args.flow !== undefined && !names.includes(args.flow)) {
      const meant = nearest(args.flow, names)
      throw new Refusal({
        zh: `没有流程 ${args.flow}${meant ? `；您是不是想写 ${meant}？` : ''}`,
        en: `there is no flow ${args.flow}${meant ? `; did you mean ${meant}?` : ''}`,
      })
    }
    const folder = resolve(args.out ?? 'flows')
    mkdirSync(folder, { recursive: true })
    const written = Object.entries(file.flows)
      .filter(([id]) => args.flow === undefined || id === args.flow)
      .map(([id, flow]) => {
        const path = join(folder, `${id}.svg`)
        writeFileSync(path, drawFlow(id, flow, screen.locale))
        screen.mark('ok', path)
        return path
      })
    screen.result({ ok: true, files: written })
    return true
  },
})

export const tasks = { test, draw }
