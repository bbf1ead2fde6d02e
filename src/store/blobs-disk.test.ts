import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { diskBlobs } from './blobs-disk.ts'

test('many who write one file at once all succeed, and a whole one stands there', async ({ onTestFinished }) => {
  const folder = mkdtempSync(join(tmpdir(), 'blobs-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const blobs = diskBlobs(folder)
  const id = `att_${'0'.repeat(32)}`
  const writes = Array.from({ length: 20 }, (_, n) => new Uint8Array(50_000 + n).fill(n))
  await Promise.all(writes.map((bytes) => blobs.put(id, bytes)))
  const found = await blobs.get(id)
  expect(found).toEqual(writes[found?.[0] ?? -1])
  expect(readdirSync(join(folder, '00'))).toEqual([id])
})
