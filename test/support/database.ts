// A migrated, empty database for one test file: embedded or PostgreSQL, as the project says.

import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { inject } from 'vitest'
import type { Logger } from '#core/connector.ts'
import type { Database } from '#store/database.ts'
import { openEmbedded } from '#store/embedded.ts'
import { openPostgres } from '#store/postgres.ts'
import { createDatabase } from './postgresql.ts'

export const onPostgres = process.env.FRONTDESK_TEST_DB === 'postgresql'

/** Says nothing. */
export const silent: Logger = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

export async function testDatabase(): Promise<Database> {
  if (onPostgres) return openPostgres({ url: await testUrl(), log: silent })
  return openEmbedded({ image: new Uint8Array(readFileSync(inject('embeddedImage'))) })
}

/** The address of a new PostgreSQL database, for tests that start processes. */
export async function testUrl(): Promise<string> {
  const name = `t_${randomUUID().replaceAll('-', '')}`
  const url = inject('postgresUrl')
  await createDatabase(url, name, 'template')
  return `${url}/${name}`
}
