import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { frontdesk } from '../test/support/cli.ts'
import { onPostgres } from '../test/support/database.ts'
import { migratedData } from '../test/support/house.ts'

test.skipIf(onPostgres)(
  'the demo plays its day through the real house: conversations in every view, and one delivery that failed',
  { timeout: 90_000 },
  async () => {
    const ran = await frontdesk(['demo', '--once', '--speed', 'instant', '--json'])
    expect(ran.stderr).toBe('')
    const { ok, failures, counts, deliveries } = JSON.parse(ran.stdout)
    expect(failures).toEqual([])
    expect({ ok, code: ran.code }).toEqual({ ok: true, code: 0 })
    expect(counts).toEqual({ queue: 11, mine: 4, open: 9, bot: 13, resolved: 10 })
    expect(deliveries).toEqual({ pending: 0, failed: 1, unknown: 0, held: 0, expired: 0, dead: 0 })
  },
)

test.skipIf(onPostgres)('the demo does not touch a folder that has a database', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'frontdesk-demo-test-'))
  try {
    migratedData(folder)
    const ran = await frontdesk(['demo', '--once', '--data', folder])
    expect(ran.code).toBe(1)
    expect(ran.stderr).toContain('empty folder')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
