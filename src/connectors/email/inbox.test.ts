// The reader of a mailbox, over a scripted line: each turn of a server that a real one takes only now and then.
import { describe, expect, test } from 'vitest'
import type { Recall } from '#core/connector.ts'
import { ConnectorError } from '#core/errors.ts'
import type { Inbound } from '#core/event.ts'
import type { MailboxLine } from '#core/mail.ts'
import { INBOX } from '#platforms/mail/mailbox.ts'
import { NOW, recorder } from '../../../test/contract/support.ts'
import { inbox } from './inbox.ts'

const ADDRESS = 'help@example.test'
const DAY = 24 * 3_600_000

interface Mail {
  uid: number
  raw: string
  at?: Date
  seen?: boolean
  /** What the server says of its size. */
  bytes?: number
}

class Server {
  folders = new Map<string, { validity: string; mails: Mail[] }>([[INBOX, { validity: '1', mails: [] }]])
  sent: string | undefined
  asked: string[] = []
  opened = 0
  /** Of all mails that were held at once. */
  most = 0
  fails: Error | undefined
  news = false

  add(uid: number, more: Partial<Mail> = {}, folder = INBOX): void {
    const raw = more.raw ?? write(`<m${uid}@customer.test>`)
    this.news = true
    this.folders.get(folder)?.mails.push({ uid, at: NOW, ...more, raw })
  }

  line(): MailboxLine {
    if (this.fails) throw this.fails
    this.opened += 1
    let [open, folder] = [true, '']
    const mails = () => this.folders.get(folder)?.mails ?? []
    const say = <T>(word: string, answer: T): T => {
      if (!open) throw new ConnectorError('transient', 'closed')
      if (this.fails) throw this.fails
      this.asked.push(word)
      return answer
    }
    return {
      sent: this.sent,
      tells: true,
      isOpen: () => open,
      close: () => {
        open = false
      },
      examine: async (name) => {
        folder = name
        return say(`examine ${name}`, {
          validity: this.folders.get(name)?.validity ?? '',
          next: Math.max(0, ...mails().map(({ uid }) => uid)) + 1,
        })
      },
      uidsAfter: async (uid) =>
        say(
          'after',
          mails()
            .map((one) => one.uid)
            .filter((one) => one > uid),
        ),
      uidsSince: async (date) =>
        say(
          'since',
          mails()
            .filter(({ at = NOW }) => at >= date)
            .map(({ uid }) => uid),
        ),
      list: async (uids) =>
        say(
          'list',
          mails()
            .filter(({ uid }) => uids.includes(uid))
            .map(({ uid, raw, at = NOW, seen = false, bytes = raw.length }) => ({ uid, bytes, at, seen })),
        ),
      read: async (uids, most) => {
        const found = mails()
          .filter(({ uid }) => uids.includes(uid))
          .map(({ uid, raw }) => ({ uid, raw: Buffer.from(raw.slice(0, most)) }))
        this.most = Math.max(
          this.most,
          found.reduce((sum, { raw }) => sum + raw.length, 0),
        )
        return say(`read ${uids.length}`, found)
      },
      wait: async () => {
        const { news } = this
        this.news = false
        return say('wait', news)
      },
    }
  }
}

function write(id: string, text = '多久发货', more: string[] = []): string {
  return ['From: wang@customer.test', `To: ${ADDRESS}`, `Message-ID: ${id}`, 'Subject: x', ...more, '', text].join('\r\n')
}

function open(server: Server, recall?: Recall) {
  const heard = recorder()
  const deps = { ...heard.deps, recall, mail: { openMailbox: async () => server.line(), openPost: () => ({}) as never } }
  const mailbox = { address: ADDRESS, aliases: [], answersPerHour: 3 }
  return inbox({ server: { host: 'x', port: 1, secure: true, plain: false }, mailbox, sent: undefined, deps })
}

const signal = AbortSignal.timeout(10_000)
const idsOf = (events: Inbound[]) => events.map(({ externalId }) => externalId)

/** Polls until nothing more comes, and commits everything. */
async function drain(
  reader: ReturnType<typeof open>,
  from: string | null,
): Promise<{ events: Inbound[]; cursor: string; batches: number }> {
  const events: Inbound[] = []
  let [cursor, batches] = [from ?? '', 0]
  for (;;) {
    const result = await reader.poll(cursor || null, signal)
    events.push(...result.events)
    if (result.events.length > 0) batches += 1
    if (result.cursor === cursor && result.events.length === 0) return { events, cursor, batches }
    cursor = result.cursor
  }
}

describe('a mailbox that is read for the first time', () => {
  test('gives what came during the last day and nobody read; the rest is history', async () => {
    const server = new Server()
    server.add(1, { at: new Date(NOW.getTime() - 5 * DAY) })
    server.add(2, { seen: true })
    server.add(3)
    const reader = open(server)
    const { events, cursor } = await drain(reader, null)
    expect(idsOf(events)).toEqual(['<m3@customer.test>'])
    server.add(4, { seen: true }) // Somebody had it open on a telephone before we looked.
    expect(idsOf((await drain(open(server), cursor)).events)).toEqual(['<m4@customer.test>'])
  })
})

describe('a mailbox that is read on', () => {
  test('gives thousands in batches that no memory minds, each once and in order', async () => {
    const server = new Server()
    const reader = open(server)
    const { cursor } = await drain(reader, null)
    for (let uid = 1; uid <= 1000; uid++) server.add(uid * 7, { raw: write(`<m${uid}@customer.test>`, 'x'.repeat(20_000)) })
    const { events, batches } = await drain(reader, cursor)
    expect(idsOf(events)).toEqual(Array.from({ length: 1000 }, (_, n) => `<m${n + 1}@customer.test>`))
    expect(batches).toBeGreaterThan(10)
    expect(server.most).toBeLessThanOrEqual(4 * 1024 * 1024)
    // Which are new was asked for the whole of them, not for each batch.
    expect(server.asked.filter((word) => word === 'after').length).toBeLessThan(5)
  })

  test('gives again what was not committed, and nothing that was', async () => {
    const server = new Server()
    const reader = open(server)
    const { cursor } = await drain(reader, null)
    for (let uid = 1; uid <= 100; uid++) server.add(uid)
    // The database was away: the cursor stays where it was, and the same reader goes on.
    const lost = await reader.poll(cursor, signal)
    const again = await reader.poll(cursor, signal)
    expect(idsOf(again.events)).toEqual(idsOf(lost.events))
    const rest = await reader.poll(again.cursor, signal)
    expect(idsOf(rest.events)[0]).toBe(`<m${again.events.length + 1}@customer.test>`)
  })

  test('begins anew when the server gives its mails new numbers, and names what it named before by the same ids', async () => {
    const server = new Server()
    const reader = open(server)
    const { cursor } = await drain(reader, null)
    for (const uid of [5, 6]) server.add(uid)
    const first = await drain(reader, cursor)
    server.folders.set(INBOX, { validity: '2', mails: [] })
    server.add(1, { raw: write('<old@customer.test>'), at: new Date(NOW.getTime() - 5 * DAY) })
    server.add(2, { raw: write('<m5@customer.test>') })
    server.add(3, { raw: write('<new@customer.test>'), seen: true })
    const second = await drain(open(server), first.cursor)
    expect(idsOf(second.events)).toEqual(['<m5@customer.test>', '<new@customer.test>'])
  })

  test('passes over what was deleted meanwhile, and shows of a mail that is too large its beginning', async () => {
    const server = new Server()
    const reader = open(server)
    const { cursor } = await drain(reader, null)
    server.add(1)
    server.add(2, { bytes: 40 * 1024 * 1024, raw: write('<big@customer.test>', 'y'.repeat(300_000)) })
    server.add(3)
    const { events } = await drain(reader, cursor)
    expect(idsOf(events)).toEqual(['<m1@customer.test>', '<big@customer.test>', '<m3@customer.test>'])
    expect(JSON.stringify(events[1])).toContain('a mail of 40 MB')
  })

  test('shows a mail that names nobody, with its words and as a file, and answers nobody', async () => {
    const server = new Server()
    const reader = open(server)
    const { cursor } = await drain(reader, null)
    server.add(1, { raw: 'Subject: 没有发件人\r\n\r\n你好' })
    server.add(2, { raw: '\u0000\u0001\u0002 garbage' })
    const { events } = await drain(reader, cursor)
    expect(events).toHaveLength(2)
    for (const event of events)
      expect(event).toMatchObject({ type: 'message', automatic: true, from: { user: 'unknown-sender@mail.invalid' } })
    const parts = events[0]?.type === 'message' ? events[0].parts : []
    expect(JSON.stringify(parts)).toContain('你好')
    expect(parts.at(-1)).toMatchObject({ type: 'media', media: { name: 'mail.eml' } })
  })

  test('two mails with one id and other words are two; the same mail by another way is one', async () => {
    const server = new Server()
    const reader = open(server, { whose: async () => new Map(), last: async () => undefined, answered: async () => 0 })
    const { cursor } = await drain(reader, null)
    server.add(1, { raw: write('<same@customer.test>', 'one') })
    server.add(2, { raw: write('<same@customer.test>', 'two') })
    server.add(3, { raw: write('<same@customer.test>', 'one', ['Received: by another way']) })
    const ids = idsOf((await drain(reader, cursor)).events)
    expect(ids[0]).toBe('<same@customer.test>')
    expect(ids[1]).toMatch(/^<same@customer\.test>#[0-9a-f]{16}$/)
    expect(ids[2]).toBe(ids[0])
  })

  test('lets no sender have more answers of machines than an hour may bring', async () => {
    const server = new Server()
    const reader = open(server, { whose: async () => new Map(), last: async () => undefined, answered: async () => 1 })
    const { cursor } = await drain(reader, null)
    for (let uid = 1; uid <= 4; uid++) server.add(uid)
    const { events } = await drain(reader, cursor)
    expect(events.map((event) => event.type === 'message' && event.automatic === true)).toEqual([false, false, true, true])
  })

  test('knows what was sent from elsewhere, and what it sent itself', async () => {
    const server = new Server()
    server.sent = '已发送'
    server.folders.set('已发送', { validity: '1', mails: [] })
    const reader = open(server)
    const { cursor } = await drain(reader, null)
    const from = (id: string) =>
      [
        `From: 安娜 <${ADDRESS}>`,
        'To: wang@customer.test, Help <help@example.test>, li@customer.test',
        `Message-ID: ${id}`,
        '',
        '在上海',
      ].join('\r\n')
    server.add(1, { raw: from('<outlook@laptop>') }, '已发送')
    server.add(2, { raw: from('<dlv_0123456789abcdef0123456789abcdef@example.test>') }, '已发送')
    const { events } = await drain(reader, cursor)
    expect(events.map(({ type, from: { user } }) => [type, user])).toEqual([
      ['echo', 'wang@customer.test'],
      ['echo', 'li@customer.test'],
    ])
    expect(new Set(idsOf(events)).size).toBe(2)
  })
})

test('a mailbox that is lost is opened again, and its check does not sign in while the reader has just been there', async () => {
  const server = new Server()
  const reader = open(server)
  const { cursor } = await drain(reader, null)
  const opened = server.opened
  expect(await reader.check(signal)).toEqual({ state: 'connected' })
  expect(server.opened).toBe(opened)
  server.fails = new ConnectorError('unauthorized', 'the mailbox refuses our user or password')
  expect(await open(server).check(signal)).toMatchObject({ state: 'bad_credentials' })
  await expect(open(server).poll(cursor, signal)).rejects.toMatchObject({ kind: 'unauthorized' })
  server.fails = undefined
  server.add(9)
  expect(idsOf((await drain(open(server), cursor)).events)).toEqual(['<m9@customer.test>'])
})
