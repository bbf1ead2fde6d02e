// A house under test: platforms in their own process, a line that can be made to fail, the house as a process that can be killed.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { inject, type TestContext } from 'vitest'
import { onPostgres } from '../support/database.ts'
import { BOT_YAML, GROUP, type HouseProcess, houseProcess, type Premises, premises } from '../support/house.ts'
import { until } from '../support/until.ts'
import { type Client, createClient } from './client.ts'
import { type ConsoleAgent, signUp } from './console.ts'
import type { Crash } from './crash.ts'
import type { Opened } from './house-entry.ts'
import { APP_SECRET, POLLED, type Providers, startProviders } from './providers.ts'
import { type FaultProxy, faultProxy } from './proxy.ts'

export interface Bench {
  providers: Providers
  /** Between the house and the customers' bot; the agents' group and the polled bot have a line of their own. */
  line: FaultProxy
  place: Premises
  houses: HouseProcess[]
  /** The first house. */
  house: HouseProcess
  client: Client
  console: ConsoleAgent
}

export interface BenchOptions {
  houses?: number
  /** Instead of the database that the project names. */
  databaseUrl?: string
  /** With a bot that is polled. */
  polled?: boolean
  /** `claim` unless told: the test says who takes whom. `auto`: Anna takes one, whoever comes then waits. */
  routing?: 'auto' | 'claim'
}

/** `house-entry.ts` in one file. */
export const ENTRY = inject('programs').crashing

/** Opened and signed in; ended when the test ends. */
export async function openBench({ onTestFinished }: Pick<TestContext, 'onTestFinished'>, options: BenchOptions = {}): Promise<Bench> {
  const providers = await startProviders()
  const { hostname, port } = new URL(providers.telegramUrl)
  const line = await faultProxy({ host: hostname, port: Number(port) })
  const variables = { TG_POLLED_TOKEN: POLLED.token, APP_SECRET, ...(options.databaseUrl && { DATABASE_URL: options.databaseUrl }) }
  const place = await premises(yaml(`http://127.0.0.1:${line.port}`, providers, options), variables)
  writeFileSync(join(place.variables.FRONTDESK_CONFIG ?? '', 'bot.yaml'), BOT_YAML)
  const houses: HouseProcess[] = []
  onTestFinished(async () => {
    for (const house of houses) await house.kill()
    await line.close()
    await providers.close()
    place.remove()
  })
  for (let n = 0; n < (options.houses ?? 1); n++) houses.push(await houseProcess(place, { entry: ENTRY }))
  for (const house of houses) await house.ready()
  const house = houses[0] as HouseProcess
  const client = createClient(() => houses.map(({ url }) => url))
  const setupUrl = await until('a link for the first admin', () => house.told<Opened>().find((one) => one.setupUrl)?.setupUrl)
  return { providers, line, place, houses, house, client, console: await signUp(client, setupUrl) }
}

/** The customers' bot is reached over `root`, everything else directly. */
function yaml(root: string, { telegramUrl: direct, appUrl }: Providers, { polled, routing = 'claim' }: BenchOptions): string {
  const hooked = `mode: webhook, secret: "\${TG_SECRET}"`
  return `brand: { name: 示例商城 }
channels:
  - { id: web, type: web, origins: ["*"] }
  - { id: app, type: app, callbackUrl: "${appUrl}/callback", secret: "\${APP_SECRET}" }
  - { id: tg, type: telegram, token: "\${TG_TOKEN}", ${hooked}, apiRoot: "${root}" }
${polled ? `  - { id: poll, type: telegram, token: "\${TG_POLLED_TOKEN}", apiRoot: "${direct}" }\n` : ''}desks:
  - { id: console, type: console }
  - { id: group, type: telegram, token: "\${TG_DESK_TOKEN}", chat: ${GROUP}, ${hooked}, apiRoot: "${direct}" }
skills: [aftersales, tech]
routing: { mode: ${routing} }
agents:
  - { id: anna, name: 安娜, skills: [aftersales], capacity: 1, identities: { group: "501" } }
`
}

/** From here on it dies at that moment. */
export async function arm(house: HouseProcess, crash: Crash): Promise<void> {
  house.tell({ ...crash })
  await until('it is armed', () => house.told<{ armed?: true }>().some((one) => one.armed))
}

/** It has killed itself. */
export async function died(house: HouseProcess): Promise<void> {
  await until('it dies', () => !house.alive(), { ms: 20_000 })
}

/** Everything that the dead held is free: the same as waiting until their leases run out, which the embedded database needs not. */
export async function leasesRunOut({ place }: Pick<Bench, 'place'>): Promise<void> {
  if (!onPostgres) return
  await place.look(sql`update deliveries set lease_until = now() - interval '1 second' where state = 'sending'`)
  await place.look(sql`update leases set until = now() - interval '1 second'`)
  await place.look(sql`update processes set seen_at = seen_at - interval '5 minutes'`)
}
