// `frontdesk demo`: a day of invented customers through the real house, so that there is something to look at.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { systemClock } from '#core/clock.ts'
import type { Environment } from '../node/environment.ts'
import { type DemoHouse, EMAIL, openDemo } from './demo-house.ts'
import { createStage, nameOf, type Played, play, playDay, type Stage } from './demo-play.ts'
import { day, isWaiting, later, newNames, type Story } from './demo-stories.ts'
import { checkPort } from './doctor-place.ts'
import type { Screen } from './screen.ts'
import { defineTask, Refusal, wordsOf } from './task.ts'

/** What people take for one step: the day then lasts a few seconds, a minute, ten minutes. */
const PACES = { instant: 0, fast: 1_900, slow: 20_000 }
const LATER_MS = 25_000
const QUEUE_MAX = 12

export const task = defineTask({
  args: {
    port: { type: 'string', valueHint: 'port' },
    data: { type: 'string', valueHint: 'folder' },
    speed: { type: 'enum', options: ['instant', 'fast', 'slow'], default: 'fast' },
    once: { type: 'boolean' },
    quiet: { type: 'boolean' },
  },
  describe: {
    port: { zh: '端口；默认 3000', en: 'where the demo listens; 3000 unless told' },
    data: { zh: '数据目录（须为空）；默认用完即删的临时目录', en: 'an empty folder to keep it in; a temporary one unless told' },
    speed: { zh: '一天多快过完：instant 几秒，fast 一分钟，slow 十分钟', en: 'how fast the day goes: seconds, a minute, ten minutes' },
    once: { zh: '演完一天就结束并给出小结', en: 'end after the day, with a summary' },
    quiet: { zh: '演完之后不再有新客户', en: 'no new customers after the day' },
  },
  examples: [
    ['npx frontdesk demo', { zh: '演示一天，然后保持运行，按 Ctrl-C 结束', en: 'plays the day, then goes on until Ctrl-C' }],
    ['npx frontdesk demo --port 8080 --quiet', { zh: '另一个端口，之后不再有新客户', en: 'another port, and no new customers afterwards' }],
    ['npx frontdesk demo --once --speed instant --json', { zh: '在脚本中', en: 'in a script' }],
  ],
  async run({ args, env, screen }) {
    const port = portOf(args.port, args.once ?? false)
    await preparePages(screen)
    await refuseUsedPort({ ...env, port })
    const ending = new AbortController()
    const end = () => ending.abort()
    process.once('SIGINT', end).once('SIGTERM', end)
    const house = await screen.busy({ zh: '启动演示', en: 'Starting the demo' }, () => openDemo(env, { data: args.data, port }))
    try {
      const started = Date.now()
      const { played, stage } = await playIt(house, PACES[args.speed ?? 'fast'], screen, ending.signal)
      const ok = await report(house, played, Date.now() - started, screen)
      if (args.once || ending.signal.aborted) return ok
      showLinks(house, screen)
      await goOn(stage, args.quiet ?? false, screen)
      return true
    } finally {
      process.off('SIGINT', end).off('SIGTERM', end)
      await house.close()
    }
  },
})

function portOf(text: string | undefined, once: boolean): number {
  const port = Number(text ?? (once ? 0 : 3000))
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port
  throw new Refusal({ zh: `--port：0 到 65535，不是 ${text}`, en: `--port: a number from 0 to 65535, not ${text}` })
}

async function refuseUsedPort(env: Environment): Promise<void> {
  if (env.port === 0) return
  const { finding, runs } = await checkPort(env)
  if (!runs && finding.mark === 'ok') return
  const place = `${env.host}:${env.port}`
  throw new Refusal({ zh: `${place} 已被占用，请用 --port 换一个`, en: `${place} is in use: choose another with --port` })
}

/** A fresh checkout has no pages yet; `npm start` builds them, and so do we. */
async function preparePages(screen: Screen): Promise<void> {
  const root = fileURLToPath(new URL('../..', import.meta.url))
  if (existsSync(`${root}/dist/.built`)) return
  await screen.busy({ zh: '构建页面', en: 'Building the pages' }, async () => {
    const child = spawn(process.execPath, ['scripts/build.ts'], { cwd: root, stdio: 'ignore' })
    const code = await new Promise((resolve) => child.once('exit', resolve))
    if (code !== 0) throw new Refusal({ zh: '页面构建失败：npm run build', en: 'the pages do not build: npm run build' })
  })
}

async function playIt(house: DemoHouse, paceMs: number, screen: Screen, signal: AbortSignal): Promise<{ played: Played; stage: Stage }> {
  const total = day.reduce((sum, { steps }) => sum + steps.length, 0)
  const bar = await screen.progress({ zh: `${day.length} 位客户的一天`, en: `A day with ${day.length} customers` }, total)
  const stage = createStage(house, { paceMs, random: systemClock.random, signal, onStep: () => bar.step() })
  try {
    return { played: await playDay(stage, day), stage: { ...stage, onStep: () => undefined } }
  } finally {
    bar.end({ zh: '一天过完了', en: 'The day is over' }[screen.locale])
  }
}

async function report(house: DemoHouse, { stories, failures }: Played, ms: number, screen: Screen): Promise<boolean> {
  const counts = await house.admin.counts()
  const { deliveries } = await house.admin.system()
  for (const failure of failures) screen.mark('warn', failure)
  const { queue, open, mine, bot, resolved } = counts
  screen.mark(
    'ok',
    {
      zh: `${stories} 位客户：机器人接待 ${bot}，排队 ${queue}，处理中 ${open}（您的 ${mine}），已结单 ${resolved}；发送失败 ${deliveries.failed}`,
      en: `${stories} customers: ${bot} with the bot, ${queue} waiting, ${open} with agents (${mine} with you), ${resolved} resolved; ${deliveries.failed} failed ${deliveries.failed === 1 ? 'delivery' : 'deliveries'}`,
    }[screen.locale],
  )
  const ok = failures.length === 0
  screen.result({
    ok,
    url: house.url,
    email: EMAIL,
    password: house.password,
    stories,
    failures,
    counts,
    deliveries,
    seconds: Math.round(ms / 1000),
  })
  return ok
}

function showLinks({ url, password }: DemoHouse, screen: Screen): void {
  screen.say({
    zh: `
  演示页    ${url}/          （右下角就是聊天窗口）
  控制台    ${url}/console
  登录      ${EMAIL}  密码 ${password}

  按 Ctrl-C 结束。`,
    en: `
  Demo page  ${url}/          (the chat is at the bottom right)
  Console    ${url}/console
  Sign in    ${EMAIL}  password ${password}

  Ctrl-C ends it.`,
  })
}

/** Until Ctrl-C: somebody comes now and then. */
async function goOn(stage: Stage, quiet: boolean, screen: Screen): Promise<void> {
  const { signal, random } = stage
  const running = new Set<Promise<void>>()
  for (let n = 0; !signal.aborted; n++) {
    await pause(LATER_MS * (0.6 + 0.8 * random()), signal)
    if (quiet || signal.aborted) continue
    const story = anew(later[n % later.length] as Story, n)
    const tooMany = isWaiting(later[n % later.length] as Story) && (await stage.house.admin.counts()).queue >= QUEUE_MAX
    if (tooMany) continue
    screen.say({ zh: `  新客户：${nameOf(story)}`, en: `  A new customer: ${nameOf(story)}` })
    const one = play({ ...stage, paceMs: PACES.fast * 2 }, story, 6_001 + n)
      .catch((error) => {
        if (!signal.aborted) screen.mark('warn', `${nameOf(story)}: ${wordsOf(error, screen.locale)}`)
      })
      .finally(() => running.delete(one))
    running.add(one)
  }
  await Promise.all(running)
}

function anew(story: Story, n: number): Story {
  if (!('name' in story.guest)) return story
  const names = newNames[story.guest.locale]
  const round = Math.floor(n / names.length)
  // A name that was used already is told apart, because people are found by it.
  const name = `${names[n % names.length]}${round > 0 ? ` ${round + 1}` : ''}`
  const guest = { ...story.guest, name }
  // Whoever writes from a known address is the customer who did before.
  return { ...story, guest: guest.on === 'email' ? { ...guest, address: `visitor${n}@mail.example` } : guest }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch((error) => {
    if (!signal.aborted) throw error
  })
}
