import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import fc from '../../test/support/fc.ts'
import { type AdaptOptions, adapt, cut, shortId, splitText, stripMarkdown } from './adapt.ts'
import type { Capabilities } from './capabilities.ts'
import type { MediaKind, Part } from './message.ts'

const bare: Capabilities = { text: { max: 4096, unit: 'utf16', markdown: false } }
const rich: Capabilities = {
  text: { max: 4096, unit: 'utf16', markdown: false },
  media: { image: { maxBytes: 1000, mimes: ['image/png'], captionMax: 20 }, file: { maxBytes: 5000, captionMax: 20 } },
  buttons: { max: 3, labelMax: 8, idMaxBytes: 16, links: false },
  location: true,
}
const zh = { locale: 'zh' } as const
const en = { locale: 'en' } as const
const text = (value: string): Part => ({ type: 'text', text: value })
const units = ['utf16', 'bytes', 'chars'] as const
const family = '👨‍👩‍👧‍👦'
const pieces = fc.array(
  fc.constantFrom(family, '你好', 'é', 'e\u0301', '🇨🇳', '👍🏽', 'a', ' ', '\n', '\n\n', '。', '. ', '!', 'مرحبا', 'word', '\r\n', '\u200d'),
)

function size(value: string, unit: (typeof units)[number]): number {
  if (unit === 'utf16') return value.length
  return unit === 'chars' ? [...value].length : new TextEncoder().encode(value).length
}

describe('where the platform counts messages', () => {
  const counted: Capabilities = { ...bare, text: { max: 20, unit: 'bytes', markdown: false }, window: { ms: 1000, messages: 5 } }

  test('words that follow each other leave as one message while they fit', () => {
    const media: Part = { type: 'media', kind: 'file', media: { id: 'att_1', name: 'a.pdf' } }
    expect(adapt([text('one'), text('  '), text('two'), text('three and more text')], counted, en)).toEqual([
      [text('one\ntwo')],
      [text('three and more text')],
    ])
    expect(adapt([text('a'), media, text('b'), text('c')], { ...counted, media: { file: { maxBytes: 9 } } }, en)).toEqual([
      [text('a')],
      [media],
      [text('b\nc')],
    ])
    expect(adapt([text('one'), text('two')], { ...counted, window: { ms: 1000 } }, en)).toHaveLength(2)
  })

  test('words stand above the buttons that follow them', () => {
    const buttons: Part = { type: 'buttons', text: 'choose', buttons: [{ id: 'a', label: 'A' }] }
    const able: Capabilities = { ...counted, buttons: { max: 3, labelMax: 8, idMaxBytes: 16, links: false } }
    expect(adapt([text('hello'), buttons], able, en)).toEqual([[{ ...buttons, text: 'hello\nchoose' }]])
    expect(adapt([text('hello'), buttons], counted, en)).toEqual([[text('hello\nchoose\n1. A')]])
  })

  test('the pieces of a long text are not joined again', () => {
    const long = 'One two. Three four five. Six seven eight.'
    expect(
      adapt([text(long)], counted, en)
        .map(([part]) => (part?.type === 'text' ? part.text : ''))
        .join(''),
    ).toBe(long)
  })
})

describe('splitting words', () => {
  test('loses nothing and never exceeds the limit, whatever the text and the unit', () => {
    const any = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.string({ maxLength: 300 }),
      pieces.map((list) => list.join('')),
    )
    fc.assert(
      fc.property(any, fc.integer({ min: 4, max: 90 }), fc.constantFrom(...units), (value, max, unit) => {
        const parts = splitText(value, max, unit)
        expect(parts.join('')).toBe(value)
        for (const part of parts) expect(size(part, unit)).toBeLessThanOrEqual(max)
      }),
      { numRuns: 500 },
    )
  })

  test('never cuts within a surrogate pair, a joined emoji, a flag or a combining sequence', () => {
    const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' })
    fc.assert(
      fc.property(
        pieces.map((list) => list.join('')),
        fc.integer({ min: 40, max: 80 }),
        fc.constantFrom(...units),
        (value, max, unit) => {
          const whole = [...segmenter.segment(value)]
          // Families joined to families make one grapheme longer than the limit: that one has a test of its own.
          fc.pre(whole.every(({ segment }) => size(segment, unit) <= max))
          const starts = new Set(whole.map(({ index }) => index))
          let at = 0
          for (const part of splitText(value, max, unit).slice(0, -1)) {
            at += part.length
            expect(starts.has(at)).toBe(true)
          }
        },
      ),
      { numRuns: 300 },
    )
  })

  test('prefers a blank line, then a line, then a sentence in either script, then a word', () => {
    expect(splitText('One line.\nTwo.\n\nThree is here', 24, 'utf16')).toEqual(['One line.\nTwo.\n\n', 'Three is here'])
    expect(splitText('first line\nsecond line goes on', 20, 'utf16')).toEqual(['first line\n', 'second line goes on'])
    expect(splitText('您好。请稍等!我来查一下订单的物流', 10, 'utf16')).toEqual(['您好。请稍等!', '我来查一下订单的物流'])
    expect(splitText('It costs 3.14 EUR. Shall I order?', 24, 'utf16')).toEqual(['It costs 3.14 EUR. ', 'Shall I order?'])
    expect(splitText('alpha beta gamma delta', 12, 'utf16')).toEqual(['alpha beta ', 'gamma delta'])
    expect(splitText('一二三四五六七八九十', 9, 'bytes')).toEqual(['一二三', '四五六', '七八九', '十'])
  })

  test('cuts between code points only when one grapheme alone is too long', () => {
    const zalgo = `e${'\u0301'.repeat(50)}`
    const parts = splitText(zalgo, 20, 'utf16')
    expect(parts.join('')).toBe(zalgo)
    expect(parts.length).toBe(3)
  })

  // What grew with the square of the length would take minutes here.
  test('splits a text however long it is', () => {
    const long = `${'。'.repeat(50_000)}${'\n'.repeat(50_000)}${'a'.repeat(50_000)}${family.repeat(5_000)}`
    expect(splitText(long, 4096, 'utf16').join('')).toBe(long)
  })

  test('cuts a label with an ellipsis and not within an emoji', () => {
    expect(cut('查询订单状态和物流', 6, 'utf16')).toBe('查询订单状…')
    expect(cut(`ab${family}`, 6, 'utf16')).toBe('ab…')
    expect(cut('short', 5, 'utf16')).toBe('short')
  })
})

describe('adapt', () => {
  test('every message fits the channel, none is empty, and no visible character of the words is lost', () => {
    const words = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 200 }),
      pieces.map((list) => list.join('')),
    )
    fc.assert(
      fc.property(fc.array(words, { maxLength: 4 }), fc.integer({ min: 40, max: 100 }), fc.boolean(), (texts, max, multipart) => {
        const capabilities: Capabilities = { text: { max, unit: 'utf16', markdown: false }, ...(multipart && { multipart: true }) }
        const messages = adapt(texts.map(text), capabilities, zh)
        const out = messages.flat().map((part) => (part.type === 'text' ? part.text : ''))
        for (const message of messages) expect(message.length).toBeGreaterThan(0)
        for (const piece of out) expect(piece.length).toBeLessThanOrEqual(max)
        expect(out.join('').replace(/\s/g, '')).toBe(texts.join('').replace(/\s/g, ''))
      }),
      { numRuns: 300 },
    )
  })

  test('is settled after one pass: fitting a fitted message changes nothing', () => {
    const parts: Part[] = [
      text('x'.repeat(9000)),
      { type: 'buttons', text: 'Pick', buttons: [{ id: 'a'.repeat(40), label: 'A very long label indeed' }] },
      { type: 'media', kind: 'image', media: { id: 'att_1', mime: 'image/png', bytes: 10 }, caption: 'c'.repeat(30) },
      { type: 'location', lat: 1, lng: 2 },
    ]
    const once = adapt(parts, rich, en)
    expect(adapt(once.flat(), rich, en)).toEqual(once)
  })

  test('gives one message per part, or one for all where the channel can', () => {
    expect(adapt([text('a'), text(' \n'), text('b')], bare, zh)).toEqual([[text('a')], [text('b')]])
    expect(adapt([text('a'), text('b')], { ...bare, multipart: true }, zh)).toEqual([[text('a'), text('b')]])
    expect(adapt([text('  ')], bare, zh)).toEqual([])
    expect(adapt([], bare, { ...zh, sender: { name: '安娜' } })).toEqual([])
  })

  test('turns buttons into a numbered list where there are none or too many', () => {
    const buttons = [
      { id: 'o', label: '查订单' },
      { id: 'w', label: '官网', url: 'https://example.com' },
    ]
    expect(adapt([{ type: 'buttons', text: '您想?', buttons }], bare, zh)).toEqual([
      [text('您想?\n1. 查订单\n2. 官网: https://example.com')],
    ])
    const many = ['a', 'b', 'c', 'd'].map((id) => ({ id, label: id.toUpperCase() }))
    expect(adapt([{ type: 'buttons', text: 'Pick', buttons: many }], rich, en)).toEqual([[text('Pick\n1. A\n2. B\n3. C\n4. D')]])
  })

  test('numbers no choice twice that brings its number along', () => {
    const buttons = ['1 很不满意', '2. 一般', '30 天', '4'].map((label, n) => ({ id: `${n}`, label }))
    expect(adapt([{ type: 'buttons', text: '请打分', buttons }], bare, zh)).toEqual([
      [text('请打分\n1. 很不满意\n2. 一般\n3. 30 天\n4. 4')],
    ])
  })

  test('puts no more words above buttons than may stand there, in as few messages as that takes', () => {
    const menu: Capabilities = {
      text: { max: 40, unit: 'bytes', markdown: false },
      buttons: { ...(rich.buttons as object), textMax: 20 } as Capabilities['buttons'],
    }
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 120 }), (words) => {
        const messages = adapt([{ type: 'buttons', text: words, buttons: [{ id: 'a', label: 'A' }] }], menu, zh).flat()
        const last = messages.at(-1)
        expect(last?.type).toBe('buttons')
        if (last?.type === 'buttons' && words.trim() !== '') expect(size(last.text, 'bytes')).toBeLessThanOrEqual(20)
        for (const part of messages.slice(0, -1)) if (part.type === 'text') expect(size(part.text, 'bytes')).toBeLessThanOrEqual(40)
        const seen = messages.map((part) => ('text' in part ? part.text : '')).join('')
        if (words.trim() !== '') expect(seen.replace(/\s/g, '')).toBe(words.replace(/\s/g, ''))
      }),
      { numRuns: 300 },
    )
  })

  test('cuts labels, replaces long ids by a stable short one and writes links as text where they cannot be pressed', () => {
    const long = `flow:return:step:${'x'.repeat(20)}`
    const buttons = [
      { id: long, label: 'Return an order' },
      { id: 'site', label: 'Site', url: 'https://example.com/a' },
    ]
    expect(adapt([{ type: 'buttons', text: 'Pick', buttons }], rich, en)).toEqual([
      [{ type: 'buttons', text: 'Pick\nSite: https://example.com/a', buttons: [{ id: shortId(long), label: 'Return…' }] }],
    ])
    expect(shortId(long)).toMatch(/^#[0-9a-f]{10}$/)
    expect(shortId('查订单')).toBe(shortId('查订单'))
    expect(shortId('a')).not.toBe(shortId('b'))
  })

  test('hangs the buttons under the last piece of a long text', () => {
    const messages = adapt([{ type: 'buttons', text: 'word '.repeat(1000), buttons: [{ id: 'a', label: 'A' }] }], rich, en)
    expect(messages.map(([part]) => part?.type)).toEqual(['text', 'buttons'])
  })

  test('sends a picture that the channel does not take as a file, else as a signed link, else as a named placeholder', () => {
    const picture = (bytes: number): Part => ({
      type: 'media',
      kind: 'image',
      media: { id: 'att_1', name: 'cat.png', mime: 'image/png', bytes },
      caption: 'Mimi',
    })
    expect(adapt([picture(10)], rich, zh)).toEqual([[picture(10)]])
    expect(adapt([picture(2000)], rich, zh)).toMatchObject([[{ type: 'media', kind: 'file', caption: 'Mimi' }]])
    expect(adapt([picture(9000)], rich, { ...zh, link: (ref) => `https://h/${ref.id}` })).toEqual([
      [text('cat.png（7 天内有效）: https://h/att_1\nMimi')],
    ])
    expect(adapt([picture(9000)], rich, zh)).toEqual([[text('[图片 cat.png: 此渠道无法发送]\nMimi')]])
    expect(adapt([picture(9000)], rich, en)).toEqual([[text('[image cat.png: cannot be sent on this channel]\nMimi')]])
  })

  test('sends a caption that is too long as a text of its own', () => {
    const caption = 'a caption of more than twenty units'
    const media = { id: 'att_1', mime: 'image/png', bytes: 10 }
    expect(adapt([{ type: 'media', kind: 'image', media, caption }], rich, en)).toEqual([
      [{ type: 'media', kind: 'image', media }],
      [text(caption)],
    ])
  })

  test('writes the agent before the first words only, in a caption, or before a file without words', () => {
    const sender = { name: '安娜' }
    const media: Part = { type: 'media', kind: 'image', media: { id: 'att_1', mime: 'image/png' } }
    expect(adapt([text('你好'), text('再见')], bare, { ...zh, sender })).toEqual([[text('安娜: 你好')], [text('再见')]])
    expect(adapt([text('你好')], { ...bare, senderNames: true }, { ...zh, sender })).toEqual([[text('你好')]])
    expect(adapt([media], rich, { ...zh, sender })).toEqual([[{ ...media, caption: '安娜' }]])
    expect(adapt([{ type: 'location', lat: 1, lng: 2 }], rich, { ...zh, sender })).toEqual([
      [text('安娜:')],
      [{ type: 'location', lat: 1, lng: 2 }],
    ])
    const captionless = { ...rich, media: { image: { maxBytes: 1000 } } }
    expect(adapt([media], captionless, { ...zh, sender })).toEqual([[text('安娜:')], [media]])
  })

  test('writes places and unknown content in words', () => {
    expect(adapt([{ type: 'location', lat: 31.2, lng: 121.4, title: '外滩' }], bare, zh)).toEqual([[text('位置: 外滩 (31.2,121.4)')]])
    expect(adapt([{ type: 'unsupported', what: 'poll' }], bare, en)).toEqual([[text('[content that cannot be shown: poll]')]])
  })
})

describe('files that can be made to fit', () => {
  const MB = 1024 * 1024
  const wechat: Capabilities = {
    ...bare,
    media: { image: { maxBytes: 2 * MB, mimes: ['image/jpeg'] }, audio: { maxBytes: 2 * MB, mimes: ['audio/amr'] } },
  }
  const withFiles: Capabilities = { ...bare, media: { ...wechat.media, file: { maxBytes: 20 * MB } } }
  const makes = { image: ['image/jpeg', 'image/png'], audio: ['audio/mpeg'] }
  const options = { ...zh, makes, link: () => 'https://x.test/f' }
  const media = (kind: MediaKind, name: string, mime: string, bytes = 1): Part => ({
    type: 'media',
    kind,
    media: { id: 'att_1', name, mime, bytes },
  })
  const shape = (part: Part, to = wechat, how: AdaptOptions = options) =>
    adapt([part], to, how)
      .flat()
      .map((one) => (one.type === 'media' ? `${one.kind}${one.convert ? ' converted' : ''}` : one.type))

  test('go as what they are, are converted, go as files, or as links, in this order', () => {
    expect(shape(media('image', 'a.jpg', 'image/jpeg'))).toEqual(['image'])
    expect(shape(media('image', 'a.jpg', 'image/jpeg', 3 * MB))).toEqual(['image converted'])
    expect(shape(media('image', 'a.webp', 'image/webp'))).toEqual(['image converted'])
    expect(shape(media('image', 'a.webp', 'image/webp'), withFiles)).toEqual(['image converted'])
    // It moves: as a file it goes on moving.
    expect(shape(media('image', 'a.gif', 'image/gif'), withFiles)).toEqual(['file'])
    expect(shape(media('image', 'a.gif', 'image/gif'))).toEqual(['text'])
    // Nobody here makes AMR.
    expect(shape(media('audio', 'a.mp3', 'audio/mpeg'))).toEqual(['text'])
  })

  test('a picture that came as a file stays one where files are taken', () => {
    const scan = media('file', 'scan.tiff', 'application/octet-stream')
    expect(shape(scan)).toEqual(['image converted'])
    expect(shape(scan, withFiles)).toEqual(['file'])
    expect(shape(media('file', 'a.pdf', 'application/pdf'))).toEqual(['text'])
    expect(shape(media('file', 'logo.svg', 'image/svg+xml'))).toEqual(['text'])
  })

  test('where nothing can be made they are links, as the words that a conversion falls back to', () => {
    const webp = media('image', 'a.webp', 'image/webp')
    const [[link]] = adapt([webp], wechat, { ...options, makes: undefined }) as [[Part]]
    expect(link).toEqual(text('a.webp（7 天内有效）: https://x.test/f'))
    expect(adapt([webp], wechat, options)).toMatchObject([[{ convert: { instead: 'a.webp（7 天内有效）: https://x.test/f' } }]])
  })
})

describe('markdown as plain words', () => {
  test('drops the marks and keeps words, code and addresses', () => {
    expect(stripMarkdown('# Hi\n**bold** and _it_ and ~~no~~ `a*b*c`')).toBe('Hi\nbold and it and no a*b*c')
    expect(stripMarkdown('[shop](https://a.b/c_d_e) <https://x.y> ![cat](https://p/q)')).toBe(
      'shop (https://a.b/c_d_e) https://x.y cat (https://p/q)',
    )
    expect(stripMarkdown('* one\n* two\n> said')).toBe('- one\n- two\nsaid')
    expect(stripMarkdown('```js\nlet a = **b**\n```')).toBe('let a = **b**')
    expect(stripMarkdown('\\*stay\\* snake_case_name 2 * 3 * 4')).toBe('*stay* snake_case_name 2 * 3 * 4')
    expect(stripMarkdown('***both*** __init__ **粗体**文字')).toBe('both init 粗体文字')
  })

  // What grew with the square of the length would take the test's whole minute.
  test('leaves a text without marks as it is and survives any text, however long', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (value) => typeof stripMarkdown(value) === 'string'))
    for (const mark of ['*a ', '_a ', '`', '```', '```\n', '[', '[a](', '<http:', '~~a ', '\uE000', '\\']) {
      stripMarkdown(mark.repeat(30_000))
    }
    expect(stripMarkdown('\uE0000\uE001 `x`')).toBe('\uE0000\uE001 x')
  })
})

const naughty = join(import.meta.dirname, '../../../shared/data/corpora/blns/blns.json')
test.skipIf(!existsSync(naughty))('carries every string of the naughty list byte for byte (needs ../shared/data/corpora/blns)', () => {
  const strings = JSON.parse(readFileSync(naughty, 'utf8')) as string[]
  for (const value of strings) {
    expect(splitText(value, 40, 'bytes').join('')).toBe(value)
    const out = adapt([text(value)], bare, zh).flat()
    expect(out).toEqual(value.trim() === '' ? [] : [text(value)])
  }
})
