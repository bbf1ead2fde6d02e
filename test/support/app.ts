// The composed app in this process, without a port: tests call `app.http.request`.

import { type Clock, systemClock } from '#core/clock.ts'
import { localLive } from '#core/live.ts'
import { makeInvite } from '#http/console/auth.ts'
import { type App, type AppParts, createApp } from '#src/app.ts'
import { loadConfig } from '#src/config.ts'
import type { Database } from '#store/database.ts'
import { memoryBlobs } from './blobs.ts'
import { silent } from './database.ts'
import { BOT } from './stage.ts'

/** `frontdesk`: that file, beside the bot of most tests. */
export async function testApp(database: Database, frontdesk: string, more: Partial<AppParts> = {}, bot = BOT): Promise<App> {
  return appOf(database, { 'bot.yaml': bot, 'frontdesk.yaml': frontdesk }, {}, more)
}

/** The files are read again at each `reload`. */
export async function appOf(
  database: Database,
  files: Record<string, string>,
  env: Record<string, string> = {},
  more: Partial<AppParts> = {},
): Promise<App> {
  const source = { env, read: (name: string) => files[name] }
  const loaded = loadConfig(source)
  if ('problems' in loaded) throw new Error(JSON.stringify(loaded.problems))
  const parts = {
    database,
    blobs: memoryBlobs(),
    live: localLive(),
    clock: systemClock,
    log: silent,
    config: loaded.config,
    source,
    name: 'test',
    ...more,
  }
  const app = await createApp(parts)
  await app.start()
  return app
}

/** An agent who took up the invitation to the console; the cookie that they have from then on. */
export async function signIn(app: App, database: Database, agent: string, clock: Clock = systemClock): Promise<string> {
  const { token } = await makeInvite(database.db, clock, 'invite', agent)
  const response = await app.http.request('/console/api/setup', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-frontdesk': '1' },
    body: JSON.stringify({ token, email: `${agent}@example.test`, password: 'correct horse battery' }),
  })
  if (!response.ok) throw new Error(await response.text())
  return response.headers.get('set-cookie')?.split(';')[0] ?? ''
}
