// The composed app in this process, without a port: tests call `app.http.request`.

import { systemClock } from '#core/clock.ts'
import { localLive } from '#core/live.ts'
import { type App, type AppParts, createApp } from '#src/app.ts'
import { loadConfig } from '#src/config.ts'
import { memoryBlobs } from '#store/blobs-disk.ts'
import type { Database } from '#store/database.ts'
import { silent } from './database.ts'
import { BOT } from './stage.ts'

export async function testApp(database: Database, frontdesk: string, more: Partial<AppParts> = {}, bot = BOT): Promise<App> {
  const source = { env: {}, read: (name: string) => (name === 'bot.yaml' ? bot : frontdesk) }
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
