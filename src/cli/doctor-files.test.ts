// What `doctor` says of files: whether pictures and voices can be converted here.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import type { Settings } from '../config.ts'
import { environment } from '../node/environment.ts'
import { checkFiles } from './doctor-files.ts'

const folder = mkdtempSync(join(tmpdir(), 'frontdesk-doctor-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const env = environment({ FRONTDESK_DATA: folder, FRONTDESK_CONFIG: folder })
const [here, gone] = [() => true, () => false]
const found = (files: object, hasPictures = here) =>
  Promise.all(checkFiles({ store: { type: 'disk' }, ...files } as Settings['files'], env, { hasPictures }))

/** A program that says of itself what ffmpeg says of its encoders. */
function program(name: string, script: string): string {
  const path = join(folder, name)
  writeFileSync(path, `#!/bin/sh\n${script}\n`)
  chmodSync(path, 0o755)
  return path
}
const encoders = (...names: string[]) => names.map((name) => `echo ' A....D ${name} an encoder'`).join('\n')

test('nothing is said where files lie on the disk, pictures can be converted and no ffmpeg is named', async () => {
  expect(await found({})).toEqual([])
})

test('without sharp: pictures leave as links, in words of both languages, and that is no fault', async () => {
  const [line, ...more] = await found({}, gone)
  expect(more).toEqual([])
  expect(line).toMatchObject({ mark: 'warn', found: { zh: '没有安装 sharp', en: 'sharp is not installed' } })
  expect(line?.advice).toEqual({ zh: expect.stringMatching(/链接.*npm ci/), en: expect.stringMatching(/links.*npm ci/) })
})

test('an ffmpeg that makes MP3 is shown with all that it makes of what platforms take', async () => {
  const ffmpeg = program('whole', encoders('aac', 'libmp3lame', 'libopencore_amrnb'))
  expect(await found({ ffmpeg })).toMatchObject([{ mark: 'ok', name: { en: 'voices' }, found: `${ffmpeg}: audio/mpeg, audio/amr` }])
})

test('one that makes none is a fault, with what to look for', async () => {
  const ffmpeg = program('bare', encoders('aac', 'libopencore_amrnb'))
  expect(await found({ ffmpeg })).toMatchObject([
    {
      mark: 'bad',
      found: `${ffmpeg} makes no MP3`,
      advice: { zh: expect.stringContaining('libmp3lame'), en: expect.stringContaining('libmp3lame') },
    },
  ])
})

test.each([
  ['that is not there', () => join(folder, 'nowhere'), /ENOENT/],
  ['that breaks', () => program('broken', 'echo "a library is missing" >&2; exit 127'), /ended with 127: a library is missing/],
])('a program %s is a fault, with the key to change', async (_name, path, why) => {
  const [line] = await found({ ffmpeg: path() })
  expect(line).toMatchObject({ mark: 'bad', found: expect.stringMatching(why), advice: { en: expect.stringContaining('files.ffmpeg') } })
})
