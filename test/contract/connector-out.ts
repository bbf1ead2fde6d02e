// What every connector must do with what goes out: say it exactly, and know what became of it.
import { expect, test } from 'vitest'
import { adapt } from '#core/adapt.ts'
import type { Connector, Outbound } from '#core/connector.ts'
import type { Button, MediaKind, Part } from '#core/message.ts'
import { type Arrived, type Suite, signal } from './connector.ts'
import { FAULTS, type FaultName, FILES, fileAs, LINKS, naughtyStrings, WORDS } from './support.ts'

function outbound(suite: Suite, parts: Part[], key = `dlv_${crypto.randomUUID()}`): Outbound {
  const { user, thread } = suite.harness
  return { key, to: { user, ...(thread && { thread }) }, parts }
}

/** Sends as the core does, through `adapt`, and gives what reached the platform. */
async function deliver(suite: Suite, parts: Part[]): Promise<Arrived[]> {
  const before = suite.harness.arrived?.().length ?? 0
  const connector = suite.create()
  for (const message of adapt(parts, suite.definition.capabilities, { locale: 'zh', link: ({ id }) => `${LINKS}${id}` })) {
    const out = outbound(suite, message)
    const receipt = await connector.send(out, signal())
    expect(receipt.externalIds.length).toBeGreaterThan(0)
    expect(receipt.at.getTime()).toBeGreaterThan(0)
    if (suite.definition.capabilities.idempotent) expect((await connector.send(out, signal())).externalIds).toEqual(receipt.externalIds)
  }
  return suite.harness.arrived?.().slice(before) ?? []
}

export function sends(suite: Suite): void {
  const { capabilities } = suite.definition
  test.each(Object.entries(WORDS))('carries %s exactly', async (_name, text) => {
    const arrived = await deliver(suite, [{ type: 'text', text }])
    if (suite.harness.arrived) expect(arrived).toEqual([{ text }])
  })

  test('carries a text of the greatest length, and a longer one in several messages', async () => {
    const unit = capabilities.text.unit === 'bytes' ? 'a' : '文'
    const arrived = await deliver(suite, [{ type: 'text', text: unit.repeat(capabilities.text.max) }])
    if (suite.harness.arrived) expect(arrived).toHaveLength(1)
    const long = await deliver(suite, [{ type: 'text', text: unit.repeat(capabilities.text.max * 2 + 1) }])
    if (suite.harness.arrived) expect(long.map((one) => one.text).join('')).toBe(unit.repeat(capabilities.text.max * 2 + 1))
  })

  for (const kind of Object.keys(capabilities.media ?? {}) as MediaKind[]) {
    test(`carries a file as ${kind}, byte for byte, with its name and caption`, async () => {
      const id = fileAs(kind, capabilities.media?.[kind]?.mimes)
      const file = FILES[id] as (typeof FILES)[string]
      const media = { id, name: file.name, mime: file.mime, bytes: file.bytes.length }
      const arrived = await deliver(suite, [{ type: 'media', kind, media, caption: '说明 👍🏽' }])
      // Where a kind has no captions the words follow, and where it is not taken as such it goes as a file.
      const as = capabilities.media?.[kind]?.mimes?.includes(file.mime) === false ? 'file' : kind
      const isWhole = capabilities.media?.[as]?.captionMax !== undefined || capabilities.multipart
      const [text, whole] = ['说明 👍🏽', { file: file.bytes, fileName: file.name }]
      if (suite.harness.arrived) expect(arrived).toEqual(isWhole ? [{ text, ...whole }] : [whole, { text }])
    })
  }

  test.runIf(capabilities.buttons)('carries buttons with their ids and labels', async () => {
    const buttons: Button[] = [
      { id: 'faq:订单', label: '查订单' },
      { id: 'agent', label: '转人工' },
    ]
    if (capabilities.buttons?.links) buttons.push({ id: 'site', label: '官网', url: 'https://example.com/a?b=1' })
    const arrived = await deliver(suite, [{ type: 'buttons', text: '请选择', buttons }])
    const expected = buttons.map(({ id, label, url }) => (url ? { id: '', label, url } : { id, label }))
    if (suite.harness.arrived) expect(arrived).toEqual([{ text: '请选择', buttons: expected }])
  })

  test('more buttons than there can be become a numbered list', async () => {
    const buttons = Array.from({ length: (capabilities.buttons?.max ?? 0) + 1 }, (_, n) => ({ id: `say:${n}`, label: `选项${n}` }))
    const arrived = await deliver(suite, [{ type: 'buttons', text: '请选择', buttons }])
    const list = buttons.map(({ label }, n) => `${n + 1}. ${label}`)
    if (suite.harness.arrived) expect(arrived).toEqual([{ text: ['请选择', ...list].join('\n') }])
  })

  test('a file that is too large becomes a link, and says for how long it opens', async () => {
    const largest = Math.max(0, ...Object.values(capabilities.media ?? {}).map(({ maxBytes }) => maxBytes))
    const media = { id: 'att_file', name: '录像.zip', mime: 'application/zip', bytes: largest + 1 }
    const arrived = await deliver(suite, [{ type: 'media', kind: 'file', media }])
    if (suite.harness.arrived) expect(arrived).toEqual([{ text: `录像.zip（7 天内有效）: ${LINKS}att_file` }])
  })

  test('marked up words arrive as what they mean', async () => {
    const marked: Part = { type: 'text', format: 'markdown', text: '**请看** [帮助](https://example.com/a_b)' }
    const arrived = await deliver(suite, [marked])
    if (suite.harness.arrived)
      expect(arrived[0]?.text).toBe(capabilities.text.markdown ? marked.text : '请看 帮助 (https://example.com/a_b)')
  })

  test('no emoji is torn where a long text is split', async () => {
    const family = '👨‍👩‍👧‍👦'
    const arrived = await deliver(suite, [{ type: 'text', text: family.repeat(Math.ceil(capabilities.text.max / 8)) }])
    const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })
    const pieces = arrived.flatMap(({ text = '' }) => [...graphemes.segment(text)].map(({ segment }) => segment))
    // Mails and forms may break lines between them.
    expect([...new Set(pieces.filter((piece) => piece.trim() !== ''))]).toEqual(suite.harness.arrived ? [family] : [])
  })

  test.runIf(capabilities.location)('carries a place', async () => {
    const arrived = await deliver(suite, [{ type: 'location', lat: 31.2304, lng: 121.4737 }])
    if (suite.harness.arrived) expect(arrived).toEqual([{ location: { lat: 31.2304, lng: 121.4737 } }])
  })

  test.skipIf(!naughtyStrings)('carries a sample of the naughty strings (needs ../shared/data/corpora/blns)', async () => {
    const sample = (naughtyStrings ?? []).filter((text, index) => index % 12 === 0 && text.trim() === text && text !== '')
    for (const text of sample) {
      const arrived = await deliver(suite, [{ type: 'text', text }])
      if (suite.harness.arrived) expect(arrived.map((one) => one.text).join('')).toBe(text)
    }
  })
}

function sendOne(suite: Suite, connector: Connector, end = signal()): Promise<unknown> {
  return connector.send(outbound(suite, [{ type: 'text', text: 'x' }]), end)
}

export function fails(suite: Suite): void {
  const cases = Object.entries({ ...FAULTS, ...suite.contract.faults }) as [FaultName, object | 'none'][]

  for (const [name, expected] of cases) {
    test(`a platform that answers with ${name} becomes the right error`, async ({ skip }) => {
      if (!suite.harness.fault) return skip('this channel has no platform')
      if (expected === 'none') return skip('there is no such fault on this wire')
      suite.harness.fault(name)
      const error = await suite.recorder.failure(() => sendOne(suite, suite.create()))
      expect({ kind: error.kind, certain: error.certain, retryAfterMs: error.retryAfterMs }).toEqual({
        retryAfterMs: undefined,
        ...expected,
      })
    })
  }

  test('a person who blocked us is gone for good, and surely got nothing', async ({ skip }) => {
    if (!suite.harness.fault) return skip('this channel has no platform')
    suite.harness.fault('recipient_gone')
    expect(await suite.recorder.failure(() => sendOne(suite, suite.create()))).toMatchObject({ kind: 'recipient_gone', certain: true })
  })

  test('a closed window is final, and the message surely did not arrive', async ({ skip }) => {
    if (!suite.harness.closeWindow) return skip('this channel has no window')
    suite.harness.closeWindow()
    expect(await suite.recorder.failure(() => sendOne(suite, suite.create()))).toMatchObject({ kind: 'window_closed', certain: true })
  })

  test('a lost answer leaves it open whether the message arrived, and it is not sent again', async ({ skip }) => {
    if (!suite.harness.fault) return skip('this channel has no platform')
    const before = suite.harness.arrived?.().length ?? 0
    suite.harness.fault('accept_then_reset')
    expect(await suite.recorder.failure(() => sendOne(suite, suite.create()))).toMatchObject({ kind: 'transient', certain: false })
    expect(suite.harness.arrived?.().length).toBe(before + 1)
  })
}

export function breaks(suite: Suite): void {
  test('a platform that cannot be reached surely got nothing', async ({ skip }) => {
    if (!suite.harness.unreachable) return skip('this channel has no platform')
    expect(await suite.recorder.failure(() => sendOne(suite, suite.create(suite.harness.unreachable)))).toMatchObject({
      kind: 'transient',
      certain: true,
    })
    expect(await suite.create(suite.harness.unreachable).check(signal())).toMatchObject({ state: 'transient' })
  })

  test('an abort ends a hanging call within a second', async ({ skip }) => {
    if (!suite.harness.fault) return skip('this channel has no platform')
    suite.harness.fault('hang')
    const stop = new AbortController()
    const error = suite.recorder.failure(() => sendOne(suite, suite.create(), stop.signal))
    await (suite.harness.hangs?.() ?? new Promise((resolve) => setTimeout(resolve, 100)))
    const before = performance.now()
    stop.abort()
    expect(await error).toMatchObject({ kind: 'transient', certain: false })
    expect(performance.now() - before).toBeLessThan(1000)
  })

  test('check never throws: it tells bad credentials from a bad connection', async ({ skip }) => {
    if (!suite.harness.fault) return skip('this channel has no platform')
    suite.harness.fault('unauthorized')
    expect(await suite.create().check(signal())).toMatchObject({ state: 'bad_credentials' })
    suite.harness.fault('server_error')
    expect(await suite.create().check(signal())).toMatchObject({ state: 'transient' })
  })
}

/** What a platform takes back, or forgets, after it had said yes. */
export function changesItsMind(suite: Suite): void {
  test('a token that runs out in the middle of ten parallel sends loses none of them and doubles none', async ({ skip }) => {
    const { expire, arrived } = suite.harness
    if (!expire || !arrived) return skip('this channel has no tokens that run out')
    const connector = suite.create()
    await sendOne(suite, connector)
    const before = arrived().length
    const words = Array.from({ length: 10 }, (_, n) => `第 ${n} 条`)
    await Promise.all(
      words.map(async (text, n) => {
        if (n === 5) expire()
        await connector.send(outbound(suite, [{ type: 'text', text }]), signal())
      }),
    )
    const texts = arrived()
      .slice(before)
      .map((one) => one.text)
    expect(texts.sort()).toEqual(words.sort())
  })

  test('what the platform refuses later is told as a receipt for that message', async ({ skip }) => {
    const connector = suite.create()
    if (!suite.harness.refuseLater || !connector.poll) return skip('this platform refuses at once or never')
    const start = (await connector.poll(null, signal())).cursor
    suite.harness.refuseLater()
    const out = outbound(suite, [{ type: 'text', text: '送不到' }])
    const { externalIds } = await connector.send(out, signal())
    const { events } = await connector.poll(start, signal())
    expect(events).toMatchObject([{ type: 'delivery', state: 'failed', target: externalIds[0], from: out.to }])
    expect(events[0]?.type === 'delivery' && events[0].reason).toBeTruthy()
  })
}
