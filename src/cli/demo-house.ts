// The demo's house: an ordinary Frontdesk in a folder of its own, whose Telegram is a fake on this machine.
import { randomBytes } from 'node:crypto'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type FakeTelegram, startFakeTelegram } from '../../test/fakes/telegram.ts'
import type { Environment } from '../node/environment.ts'
import { run } from '../node.ts'
import { type Console, signUp } from './demo-console.ts'
import { Refusal } from './task.ts'

export const GROUP = -1_001_000_000_001
export const ANNA = 901
const CUSTOMERS_BOT = { token: '7100000001:demo-customers', username: 'example_shop_bot' }
const DESK_BOT = { token: '7100000002:demo-desk', username: 'example_desk_bot' }
export const EMAIL = 'demo@example.test'

export interface DemoHouse {
  url: string
  data: string
  password: string
  telegram: FakeTelegram
  /** The bot that customers write to. */
  bot: string
  /** Whoever looks at the demo, signed in. */
  admin: Console
  ben: Console
  close(): Promise<void>
}

export interface DemoOptions {
  /** Absent: a folder that is gone afterwards. */
  data: string | undefined
  port: number
}

export async function openDemo(env: Environment, options: DemoOptions): Promise<DemoHouse> {
  const data = folderFor(options.data)
  const telegram = await startFakeTelegram({ bots: [CUSTOMERS_BOT, DESK_BOT] })
  try {
    telegram.addForum(GROUP, '客服群')
    const config = writeConfig(data, telegram.url)
    const logLevel = typeof env.variables.LOG_LEVEL === 'string' ? env.logLevel : 'silent'
    const running = await run({ ...env, data, config, port: options.port, databaseUrl: undefined, logLevel, variables: {} })
    const close = async () => {
      // The fake first would look like an outage to the house.
      await running.stop()
      await telegram.close()
    }
    try {
      const password = randomBytes(9).toString('base64url')
      const admin = await signUp(running.url, running.setupUrl ?? '', { name: 'Demo', email: EMAIL, password })
      const ben = await signUp(running.url, await admin.invite('ben'), { password: randomBytes(12).toString('base64url') })
      await ben.online()
      return { url: running.url, data, password, telegram, bot: CUSTOMERS_BOT.username, admin, ben, close }
    } catch (error) {
      await running.stop()
      throw error
    }
  } catch (error) {
    await telegram.close()
    throw error
  }
}

function folderFor(named: string | undefined): string {
  if (named) {
    const folder = resolve(named)
    // A second day would need the first one's password, and a real database is no place for invented customers.
    if (existsSync(join(folder, 'db'))) {
      throw new Refusal({
        zh: `${folder} 里已有数据库。演示请用空目录，或不写 --data。`,
        en: `There is a database in ${folder} already. Give the demo an empty folder, or leave --data out.`,
      })
    }
    mkdirSync(folder, { recursive: true })
    return folder
  }
  const folder = mkdtempSync(join(tmpdir(), 'frontdesk-demo-'))
  // However the process ends.
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  return folder
}

function writeConfig(data: string, apiRoot: string): string {
  const folder = join(data, 'config')
  mkdirSync(folder, { recursive: true })
  copyFileSync(fileURLToPath(new URL('../../config/bot.yaml', import.meta.url)), join(folder, 'bot.yaml'))
  writeFileSync(join(folder, 'frontdesk.yaml'), frontdeskYaml(apiRoot))
  return folder
}

/** `claim`: who waits goes on waiting until somebody takes them, so that there is something to look at. */
function frontdeskYaml(apiRoot: string): string {
  return `# Made by: npx frontdesk demo
brand: { name: 示例商城 }
locale: zh
channels:
  - { id: web, type: web, origins: ["*"] }
  - { id: telegram, type: telegram, token: "${CUSTOMERS_BOT.token}", apiRoot: "${apiRoot}", pollSeconds: 5 }
desks:
  - { id: console, type: console }
  - { id: group, type: telegram, token: "${DESK_BOT.token}", chat: ${GROUP}, apiRoot: "${apiRoot}", pollSeconds: 5 }
skills: [aftersales, tech]
agents:
  - { id: anna, name: 安娜, skills: [aftersales], capacity: 8, identities: { group: "${ANNA}" } }
  - { id: ben, name: 小本, publicName: Ben, email: ben@example.test, skills: [aftersales, tech], capacity: 8 }
routing: { mode: claim }
# A customer of the demo blocks the bot while an agent writes to them.
idle: { left: false }
`
}
