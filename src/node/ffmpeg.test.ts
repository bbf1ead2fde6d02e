import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { StoredFile } from '#core/connector.ts'
import { fitSound, soundsMade } from './ffmpeg.ts'

const FFMPEG = '/usr/bin/ffmpeg'
const isMissing = spawnSync(FFMPEG, ['-version']).status !== 0
/** Where it is missing the tests say that they are skipped; FRONTDESK_TEST_ALL makes that a failure. */
const skipped = isMissing && !process.env.FRONTDESK_TEST_ALL
const MP3 = ['audio/mpeg']
const signal = () => new AbortController().signal
const folder = mkdtempSync(join(tmpdir(), 'frontdesk-ffmpeg-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const file = (bytes: Uint8Array, name: string, mime: string): StoredFile => ({ bytes: new Uint8Array(bytes), name, mime })

/** Half a second of AMR as WeChat gives it out: 25 frames of 12.2 kbit/s. */
const amr = () => Buffer.concat([Buffer.from('#!AMR\n'), ...Array.from({ length: 25 }, () => Buffer.from([0x3c, ...Array(31).fill(0)]))])

/** A tone, as a program on a telephone or in a browser records it. */
function recorded(ending: string, seconds: number, ...args: string[]): Buffer {
  const path = join(folder, `tone.${ending}`)
  const { status, stderr } = spawnSync(FFMPEG, [
    '-v',
    'error',
    '-y',
    '-f',
    'lavfi',
    '-i',
    `sine=frequency=440:duration=${seconds}`,
    ...args,
    path,
  ])
  if (status !== 0) throw new Error(String(stderr))
  return spawnSync('cat', [path]).stdout
}

function secondsOf({ bytes }: StoredFile): number {
  const { stderr } = spawnSync(FFMPEG, ['-hide_banner', '-i', 'pipe:0', '-f', 'null', '-'], { input: bytes })
  const [, minutes, seconds] = [...String(stderr).matchAll(/time=00:(\d\d):(\d\d\.\d+)/g)].at(-1) ?? []
  return Number(minutes) * 60 + Number(seconds)
}

describe.skipIf(skipped)('voices (needs /usr/bin/ffmpeg, or FRONTDESK_TEST_ALL)', () => {
  const convert = fitSound(FFMPEG, MP3)

  test('the program says what it makes', async () => {
    expect(await soundsMade(FFMPEG, signal())).toContain('audio/mpeg')
  })

  test("a telephone's AMR becomes an MP3", async () => {
    const made = await convert(file(amr(), 'voice.amr', 'audio/amr'), { mimes: MP3, maxBytes: 2e6 }, signal())
    expect(made).toMatchObject({ name: 'voice.mp3', mime: 'audio/mpeg' })
    expect(secondsOf(made)).toBeCloseTo(0.5, 0)
  })

  test.each([
    ['ogg', 'audio/ogg', 1, ['-c:a', 'libopus']],
    ['webm', 'audio/webm', 1, ['-c:a', 'libopus']],
    // The table of such a file stands at its end, as telephones write it: long enough that it cannot be held in one piece.
    ['m4a', 'audio/mp4', 90, ['-c:a', 'aac']],
    ['wav', 'audio/wav', 1, []],
  ])('%s becomes an MP3 of the same length', async (ending, mime, seconds, args) => {
    const made = await convert(file(recorded(ending, seconds, ...args), `memo.${ending}`, mime), { mimes: MP3, maxBytes: 2e6 }, signal())
    expect(made.name).toBe('memo.mp3')
    expect(secondsOf(made)).toBeCloseTo(seconds, 0)
  })

  test('what is no sound, names other files, or comes out too large, is refused', async () => {
    const goal = { mimes: MP3, maxBytes: 2e6 }
    const failure = (bytes: Uint8Array, most = goal) => convert(file(bytes, 'x.mp3', 'audio/mpeg'), most, signal()).catch((error) => error)
    expect(await failure(Buffer.from('no sound at all'))).toBeInstanceOf(Error)
    expect(await failure(Buffer.from(`ffconcat version 1.0\nfile /etc/passwd\n`))).toBeInstanceOf(Error)
    expect(await failure(Buffer.from('#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n'))).toBeInstanceOf(
      Error,
    )
    expect(String(await failure(recorded('wav', 1), { ...goal, maxBytes: 100 }))).toMatch(/at most 100/)
  })
})

/** A program in its place. */
function program(name: string, lines: string): string {
  const path = join(folder, name)
  writeFileSync(path, `#!/bin/sh\n${lines}\n`)
  chmodSync(path, 0o755)
  return path
}

describe('a program that is not what it should be', () => {
  const goal = { mimes: MP3, maxBytes: 2e6 }
  const sound = file(new Uint8Array(3_000_000), '-i /etc/passwd; $(id).amr', 'audio/amr')

  test('is told of when it does not exist, fails, or says nothing', async () => {
    await expect(soundsMade(join(folder, 'none'), signal())).rejects.toThrow(/ENOENT/)
    const fails = program('fails', 'echo "no such codec" >&2; exit 3')
    await expect(fitSound(fails, MP3)(sound, goal, signal())).rejects.toThrow(/ended with 3: no such codec/)
    await expect(fitSound(program('mute', 'exit 0'), MP3)(sound, goal, signal())).rejects.toThrow(/^0 bytes/)
  })

  test('is ended when nobody waits any more, and when it writes without end', async () => {
    const ending = new AbortController()
    const hangs = fitSound(program('hangs', 'exec sleep 600'), MP3)(sound, goal, ending.signal)
    ending.abort()
    await expect(hangs).rejects.toThrow(/abort/i)
    await expect(fitSound(program('endless', 'exec cat /dev/zero'), MP3)(sound, goal, signal())).rejects.toThrow(/more than/)
  })

  test('is given no word of the file, neither its name nor a secret of ours', async () => {
    const log = join(folder, 'said')
    const path = program('spy', `{ echo "$@"; env; } > ${log}; cat > /dev/null; echo x`)
    process.env.FRONTDESK_TEST_SECRET = 'hidden'
    await fitSound(path, MP3)(sound, goal, signal())
    const said = String(spawnSync('cat', [log]).stdout)
    expect(said).toMatch(/pipe:0/)
    expect(said).not.toMatch(/passwd|hidden|\$\(id\)/)
  })
})
