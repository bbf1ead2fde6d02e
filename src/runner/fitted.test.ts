// Files that a channel takes only in another form: made on their way out, told in words where that cannot be, and let go afterwards.
import { expect, test } from 'vitest'
import type { Goal } from '#core/convert.ts'
import { ConnectorError, FileMissing } from '#core/errors.ts'
import type { MediaKind, MediaRef, Part } from '#core/message.ts'
import type { Files } from '#src/files.ts'
import { fitted } from './fitted.ts'

const LIMITS = { image: { mimes: ['image/jpeg'], maxBytes: 2_000_000 }, audio: { mimes: ['audio/amr'], maxBytes: 1_000_000 } }
const NOBODY = AbortSignal.any([])

/** What is made and given back; a file named in `spoiled` fails as it says there. */
function stand(spoiled: Record<string, () => unknown> = {}) {
  const asked: { id: string; kind: MediaKind; goal: Goal }[] = []
  const lent = new Set<string>()
  const warned: string[] = []
  const convert: Files['convert'] = async (media, kind, goal) => {
    asked.push({ id: media.id, kind, goal })
    const error = spoiled[media.id]?.()
    if (error) throw error
    const id = `${media.id}~1`
    lent.add(id)
    return { media: { id, name: `${media.id}.jpg`, mime: 'image/jpeg', bytes: 7 }, giveBack: () => void lent.delete(id) }
  }
  const quiet = () => undefined
  const log = {
    debug: quiet,
    info: quiet,
    error: quiet,
    warn: (fields: object, words: string) => void warned.push(JSON.stringify({ ...fields, words })),
  }
  const files = { convert } as Files
  const shaped = (words: Part[], signal = NOBODY) => fitted({ files, log }, words, LIMITS, signal)
  return { asked, lent, warned, shaped }
}

const media = (id: string): MediaRef => ({ id, name: `${id}.webp`, mime: 'image/webp', bytes: 9 })
const picture = (id: string, more: object = {}): Part => ({
  type: 'media',
  kind: 'image',
  media: media(id),
  convert: { instead: `照片：https://shop.example/f/${id}` },
  ...more,
})
const AS_IT_IS: Part = { type: 'media', kind: 'file', media: { id: 'bill', name: 'bill.pdf', mime: 'application/pdf', bytes: 3 } }
const HELLO: Part = { type: 'text', text: '您好' }

test('what is to be converted is, to what the channel takes of its kind; all else goes as it is, in the same order', async () => {
  const { shaped, asked, lent, warned } = stand()
  const { words, giveBack } = await shaped([HELLO, picture('a', { caption: '这张' }), AS_IT_IS])
  expect(words).toEqual([
    HELLO,
    { type: 'media', kind: 'image', media: { id: 'a~1', name: 'a.jpg', mime: 'image/jpeg', bytes: 7 }, caption: '这张' },
    AS_IT_IS,
  ])
  expect(asked).toEqual([{ id: 'a', kind: 'image', goal: LIMITS.image }])
  expect([[...lent], warned]).toEqual([['a~1'], []])
  giveBack()
  expect([...lent]).toEqual([])
})

test('what cannot be made goes in words, with its caption, and the rest beside it; the log says which and why', async () => {
  const { shaped, lent, warned } = stand({ b: () => new Error('cannot be made smaller than 2000000 bytes') })
  const { words, giveBack } = await shaped([picture('a'), picture('b', { caption: '尺码表' }), picture('c')])
  expect(words.map((part) => (part.type === 'media' ? part.media.id : part))).toEqual([
    'a~1',
    { type: 'text', text: '照片：https://shop.example/f/b\n尺码表' },
    'c~1',
  ])
  expect(warned).toEqual([expect.stringMatching(/"file":"b".*cannot be made smaller/)])
  giveBack()
  expect([...lent]).toEqual([])
})

test('words that stand for a file without a caption are only that', async () => {
  const { shaped } = stand({ a: () => new Error('no such picture') })
  expect((await shaped([picture('a')])).words).toEqual([{ type: 'text', text: '照片：https://shop.example/f/a' }])
})

test('a kind that the channel takes no more since the words were written goes in words, and nobody converts it', async () => {
  const { shaped, asked, warned } = stand()
  const { words } = await shaped([picture('a', { kind: 'video' })])
  expect(words).toEqual([{ type: 'text', text: '照片：https://shop.example/f/a' }])
  expect([asked, warned]).toEqual([[], [expect.stringContaining('takes no video any more')]])
})

test('a file that will never come goes in words', async () => {
  const { shaped } = stand({ a: () => new FileMissing('a.webp', 'gone at its platform', { isFinal: true }) })
  expect((await shaped([picture('a')])).words).toMatchObject([{ type: 'text' }])
})

test('a file that may still come makes the whole delivery wait, and what was made before it is let go', async () => {
  const missing = new FileMissing('b.webp', 'the file server is down', { isFinal: false })
  const { shaped, lent, warned } = stand({ b: () => missing })
  await expect(shaped([picture('a'), picture('b')])).rejects.toBe(missing)
  expect([[...lent], warned]).toEqual([[], []])
})

test('a store that cannot be read at this moment is no reason for words instead', async () => {
  const broken = new ConnectorError('transient', 'the bucket does not answer')
  await expect(stand({ a: () => broken }).shaped([picture('a')])).rejects.toBe(broken)
})

test('whoever stops it gets that, and no words: the next attempt converts anew', async () => {
  const stop = new AbortController()
  const { shaped, lent, warned } = stand({
    b: () => {
      stop.abort()
      return new Error('killed')
    },
  })
  await expect(shaped([picture('a'), picture('b')], stop.signal)).rejects.toThrow('killed')
  expect([[...lent], warned]).toEqual([[], []])
})
