// Before all tests on the embedded database: one migrated image in a file, that every test's database starts from, and the same as a
// folder, for processes: making one takes eight seconds, copying it none.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { drizzle } from 'drizzle-orm/pglite'
import type { TestProject } from 'vitest/node'
import type { Db } from '#store/database.ts'
import { openEmbedded } from '#store/embedded.ts'
import { migrate } from '#store/migrate.ts'
import { bundledPrograms, type Programs } from './bundle.ts'

declare module 'vitest' {
  interface ProvidedContext {
    embeddedImage: string
    embeddedFolder: string
    /** Absent where there is no database. */
    programs: Programs
    postgresUrl: string
  }
}

export default async function setup(project: TestProject): Promise<() => void> {
  const folder = mkdtempSync(join(tmpdir(), 'frontdesk-embedded-'))
  const database = await PGlite.create()
  await migrate(drizzle(database) as unknown as Db)
  const image = join(folder, 'image.tar')
  writeFileSync(image, new Uint8Array(await (await database.dumpDataDir('none')).arrayBuffer()))
  await database.close()
  project.provide('embeddedImage', image)
  const made = join(folder, 'folder')
  const opened = await openEmbedded({ folder: made, image: new Uint8Array(readFileSync(image)) })
  await opened.close()
  project.provide('embeddedFolder', made)
  project.provide('programs', await bundledPrograms())
  return () => rmSync(folder, { recursive: true, force: true })
}
