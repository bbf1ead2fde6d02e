// The demo's house: an ordinary Frontdesk in a folder of its own, with every kind of channel.
import { randomBytes } from 'node:crypto'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Environment } from '../node/environment.ts'
import { run } from '../node.ts'
import { type Console, signUp } from './demo-console.ts'
import { type Platforms, startPlatforms } from './demo-platforms.ts'
import { Refusal } from './task.ts'

export const ANNA = 901
export const EMAIL = 'demo@example.test'

export interface DemoHouse {
  url: string
  data: string
  password: string
  platforms: Platforms
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
  const platforms = await startPlatforms()
  try {
    const config = writeConfig(data, platforms)
    const logLevel = typeof env.variables.LOG_LEVEL === 'string' ? env.logLevel : 'silent'
    const running = await run({ ...env, data, config, port: options.port, databaseUrl: undefined, logLevel, variables: {} })
    const close = async () => {
      // The fakes first would look like an outage to the house.
      await running.stop()
      await platforms.close()
    }
    platforms.aim(running.url)
    try {
      const password = randomBytes(9).toString('base64url')
      const admin = await signUp(running.url, running.setupUrl ?? '', { name: 'Demo', email: EMAIL, password })
      const ben = await signUp(running.url, await admin.invite('ben'), { password: randomBytes(12).toString('base64url') })
      await ben.online()
      return { url: running.url, data, password, platforms, admin, ben, close }
    } catch (error) {
      await running.stop()
      throw error
    }
  } catch (error) {
    await platforms.close()
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

function writeConfig(data: string, platforms: Platforms): string {
  const folder = join(data, 'config')
  mkdirSync(folder, { recursive: true })
  copyFileSync(fileURLToPath(new URL('../../config/bot.yaml', import.meta.url)), join(folder, 'bot.yaml'))
  writeFileSync(join(folder, 'frontdesk.yaml'), frontdeskYaml(platforms))
  return folder
}

/** `claim`: who waits goes on waiting until somebody takes them, so that there is something to look at. */
function frontdeskYaml({ channels, desk }: Platforms): string {
  return `# Made by: npx frontdesk demo
brand: { name: 示例商城 }
locale: zh
channels:
${channels}
desks:
  - { id: console, type: console }
${desk}
skills: [aftersales, tech]
agents:
  - { id: anna, name: 安娜, skills: [aftersales], capacity: 8, identities: { group: "${ANNA}" } }
  - { id: ben, name: 小本, publicName: Ben, email: ben@example.test, skills: [aftersales, tech], capacity: 8 }
routing: { mode: claim }
# A customer of the demo blocks the bot while an agent writes to them.
idle: { left: false }
`
}
