// Versions of the house that are still to come: the same program with more migrations. What they add stands beside what is busiest.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const OURS = fileURLToPath(new URL('../../migrations', import.meta.url))

/** As drizzle-kit writes it. */
interface Journal {
  entries: { idx: number; version: string; when: number; tag: string; breakpoints: boolean }[]
}

/**
 * The n-th version from now only adds: a table, columns with a default on busy tables, an index on the busiest. In the opposite
 * order of the one in which messages are written, so that whoever writes and whoever migrates may each hold what the other wants.
 */
export const expansion = (n: number): string[] => [
  `-- additive: no version before looks at it\ncreate table "labels_${n}" ("id" text primary key not null, "conversation_id" text not null references "conversations" ("id"))`,
  `alter table "messages" add column "mood_${n}" text default 'calm' not null`,
  `alter table "conversations" add column "label_${n}" text default 'none' not null`,
  `create index "events_by_time_${n}" on "events" ("received_at", "id")`,
]

/** It takes away what this version writes with every message. */
export const contraction: string[] = ['alter table "messages" drop column "parts"']

/** A folder with our migrations and these, each a file of its own. */
export function versionFolder(added: string[][]): { folder: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'frontdesk-version-'))
  cpSync(OURS, folder, { recursive: true })
  const path = join(folder, 'meta', '_journal.json')
  const journal = JSON.parse(readFileSync(path, 'utf8')) as Journal
  const last = journal.entries.at(-1)
  if (!last) throw new Error('there are no migrations')
  added.forEach((statements, n) => {
    const tag = `tomorrow_${n + 1}`
    writeFileSync(join(folder, `${tag}.sql`), statements.join(';\n--> statement-breakpoint\n'))
    journal.entries.push({ ...last, idx: last.idx + n + 1, when: last.when + n + 1, tag })
  })
  writeFileSync(path, JSON.stringify(journal))
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) }
}
