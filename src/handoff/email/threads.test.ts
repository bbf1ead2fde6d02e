// Who is mailed what, and what is not worth a mail.
import { describe, expect, test } from 'vitest'
import type { Deps } from '#core/connector.ts'
import type { Card, DeskEntry } from '#core/desk.ts'
import { ConnectorError } from '#core/errors.ts'
import { localMemory } from '#core/memory.ts'
import type { Author } from '#core/message.ts'
import { CARD, READERS } from '../../../test/contract/desk.ts'
import { recorder } from '../../../test/contract/support.ts'
import { type Got, got } from '../../../test/support/inbox.ts'
import { emailDesk } from './index.ts'

const signal = AbortSignal.timeout(20_000)
const [ANNA, BEN] = READERS.map(({ id }) => id) as [string, string]

function stand(settings: object = {}, gone: string[] = [], more: Partial<Deps> = {}) {
  const mails: Got[] = []
  const openPost = () => ({
    async send({ from, to, raw }: { from: string; to: string; raw: Uint8Array }) {
      if (gone.includes(to)) throw new ConnectorError('recipient_gone', '550 5.1.1 no such user')
      mails.push(got({ from, to, raw: Buffer.from(raw).toString() }))
      return '250'
    },
    verify: async () => undefined,
    close: () => undefined,
  })
  const { deps, said } = recorder()
  const all = {
    ...deps,
    memory: localMemory(),
    secret: 'house',
    mail: { openMailbox: () => Promise.reject(new Error('none')), openPost },
    locale: 'zh' as const,
    ...more,
  }
  const config = { address: 'desk@example.test', imap: { host: 'x', user: 'x', password: 'y' }, smtp: { host: 'x' }, ...settings }
  const desk = emailDesk.create(emailDesk.config.parse(config), all)
  return { desk, mails, said, to: (address: string) => mails.filter((mail) => mail.to === address) }
}

const owned = (n: number): Card => ({
  ...CARD,
  status: 'assigned',
  to: READERS.slice(n, n + 1),
  buttons: [{ id: 'resolve', label: '结单' }],
})
let counter = 0
const entry = (author: Author, text: string, more: Partial<DeskEntry> = {}): DeskEntry => ({
  key: `dlv_entry${counter++}`,
  author,
  name: '王小明',
  parts: [{ type: 'text', text }],
  to: READERS.slice(0, 1),
  ...more,
})

describe('a conversation', () => {
  test('is told to everybody who may take it, in a thread of their own that all its mails keep to', async () => {
    const { desk, mails, to } = stand()
    const { thread } = await desk.open(CARD, 'dlv_1', signal)
    await desk.post(thread, entry('customer', '在吗', { to: READERS }), signal)
    await desk.whisper?.(thread, READERS[0] as (typeof READERS)[0], { key: 'dlv_w', text: '已接入' }, signal)
    expect(to(ANNA)).toHaveLength(3)
    expect(to(BEN)).toHaveLength(2)
    for (const name of ['subject', 'references', 'in-reply-to'])
      expect(new Set(to(ANNA).map(({ header }) => header(name))).size, name).toBe(1)
    expect(to(ANNA)[0]?.header('subject')).toBe(`[#${thread.slice(-6)}] 王小明 · 网页聊天`)
    expect(to(ANNA)[0]?.header('references')).not.toBe(to(BEN)[0]?.header('references'))
    expect(new Set(mails.map(({ header }) => header('message-id'))).size).toBe(mails.length)
    expect(new Set(mails.map(({ replyTo }) => replyTo)).size).toBe(2)
  })

  test('that is shown again after a lost answer makes the same mails, with the same ids', async () => {
    const { desk, to } = stand()
    for (const _ of [1, 2]) await desk.open(CARD, 'dlv_1', signal)
    const ids = to(ANNA).map(({ header }) => header('message-id'))
    expect(ids).toHaveLength(2)
    expect(new Set(ids).size).toBe(1)
  })

  test('mails its card again only to a new owner, and when it waits again', async () => {
    const { desk, mails, to } = stand()
    const { thread } = await desk.open(CARD, 'dlv_1', signal)
    const redraw = (card: Card) => desk.update?.({ thread }, card, signal)
    await redraw({ ...CARD, facts: [['优先级', '紧急']] })
    expect(mails).toHaveLength(2)
    for (const _ of [1, 2]) await redraw(owned(0))
    expect(to(ANNA)).toHaveLength(2)
    expect(to(ANNA)[1]?.said).toContain('现在由您负责')
    expect(to(ANNA)[1]?.presses.map(({ command }) => command)).toEqual(['resolve'])
    await redraw(owned(1))
    await redraw({ ...CARD, status: 'resolved', to: READERS })
    expect([to(ANNA).length, to(BEN).length]).toEqual([2, 2])
    await redraw(CARD)
    expect([to(ANNA).length, to(BEN).length]).toEqual([3, 3])
    await redraw(owned(1))
    const ids = mails.map(({ header }) => header('message-id'))
    expect(new Set(ids).size).toBe(ids.length)
  })

  test('of nobody in this desk is opened without a mail', async () => {
    const { desk, mails, said } = stand()
    expect((await desk.open({ ...CARD, to: [] }, 'dlv_1', signal)).thread).toMatch(/^[0-9a-z]{16}$/)
    expect(mails).toEqual([])
    expect(said.join()).toContain('nobody of this desk')
  })

  test('with subject: reference tells no name in an inbox', async () => {
    const { desk, mails } = stand({ subject: 'reference' })
    await desk.open(CARD, 'dlv_1', signal)
    expect(mails[0]?.header('subject')).toMatch(/^\[#[0-9a-z]{6}\]$/)
  })
})

describe('what is said', () => {
  test('by a bot or the house is no mail of its own; it goes along with the words of the customer', async () => {
    const { desk, to } = stand()
    const { thread } = await desk.open(owned(0), 'dlv_1', signal)
    const before = to(ANNA).length
    for (const author of ['bot', 'system', 'agent'] as const) await desk.post(thread, entry(author, '安静'), signal)
    expect(to(ANNA)).toHaveLength(before)
    const behind = [entry('customer', '在吗'), entry('customer', '急')]
    await desk.post(thread, entry('bot', '您好', { along: behind }), signal)
    for (const one of behind) expect((await desk.post(thread, one, signal)).externalIds).toEqual([one.key])
    expect(to(ANNA)).toHaveLength(before + 1)
    expect(to(ANNA).at(-1)?.said).toBe('机器人 王小明: 您好\n\n客户 王小明: 在吗\n\n客户 王小明: 急')
    await desk.post(thread, entry('note', '老客户'), signal)
    await desk.post(thread, entry('system', '没有送达', { commands: [{ id: 'resend msg_1', label: '重新发送' }] }), signal)
    expect(to(ANNA)).toHaveLength(before + 3)
    expect(
      to(ANNA)
        .at(-1)
        ?.presses.map(({ command }) => command),
    ).toEqual(['resend msg_1'])
  })

  test('with nothing but blanks is no mail, and stands in none', async () => {
    const { desk, mails } = stand()
    const { thread } = await desk.open(owned(0), 'dlv_1', signal)
    await desk.post(thread, entry('customer', ' \n'), signal)
    expect(mails).toHaveLength(1)
    await desk.post(thread, entry('customer', '在吗', { along: [entry('customer', '\u3000'), entry('customer', '？')] }), signal)
    expect(mails[1]?.said).toBe('客户 王小明: 在吗\n\n客户 王小明: ？')
    await desk.post(thread, entry('system', '', { commands: [{ id: 'held take m1', label: '接入并发送' }] }), signal)
    expect(mails[2]?.presses.map(({ label }) => label)).toEqual(['接入并发送'])
  })

  test('is the same in both forms; what a customer writes is no markup, and nothing is fetched from anywhere', async () => {
    const { desk, to } = stand()
    const { thread } = await desk.open(owned(0), 'dlv_1', signal)
    await desk.post(thread, entry('customer', '<img src=https://evil.test/x> <b>&\n第二行'), signal)
    const html = to(ANNA).at(-1)?.html ?? ''
    expect(html).toContain('&lt;img src=https://evil.test/x&gt; &lt;b&gt;&amp;<br>第二行')
    expect(html).not.toMatch(/<(?:style|script|img|link|iframe)\b|class=|url\(/i)
  })
})

describe('an agent', () => {
  test('who cannot be reached does not keep the mail from the others, and is not tried again for a day', async () => {
    const { desk, to, said } = stand({}, [ANNA])
    const { thread } = await desk.open(CARD, 'dlv_1', signal)
    expect(to(BEN)).toHaveLength(1)
    expect(said.join()).toContain('an agent cannot be reached by mail')
    await expect(desk.post(thread, entry('customer', '在吗'), signal)).rejects.toMatchObject({ kind: 'recipient_gone', certain: true })
  })

  test('whose mails come back again a day later is left alone for another day', async () => {
    const gone = [ANNA]
    let hours = 0
    const { desk, to } = stand({}, gone, { now: () => new Date(Date.UTC(2026, 2, 1, 8 + hours)) })
    const { thread } = await desk.open(CARD, 'dlv_1', signal)
    const post = () => desk.post(thread, entry('customer', '在吗'), signal)
    hours = 25
    await expect(post()).rejects.toThrow('no such user')
    gone.length = 0
    hours = 26
    await expect(post()).rejects.toThrow('do not arrive')
    hours = 50
    await post()
    expect(to(ANNA)).toHaveLength(1)
  })

  test('gets no more mails within a minute than the config says; what is beyond waits, and ends with an abort', async () => {
    const { desk, to } = stand({ mailsPerMinute: 2 })
    const { thread } = await desk.open(owned(0), 'dlv_1', signal)
    await desk.post(thread, entry('customer', '一'), signal)
    const stop = new AbortController()
    const third = desk.post(thread, entry('customer', '二'), stop.signal)
    stop.abort()
    await expect(third).rejects.toMatchObject({ kind: 'transient', certain: true })
    expect(to(ANNA)).toHaveLength(2)
  })
})
