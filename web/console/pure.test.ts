import { describe, expect, test } from 'vitest'
import type { ConsoleMessage, ConversationDetail } from '#http/console/protocol.ts'
import { errorOf } from './src/api.ts'
import { trailWords } from './src/conversations/context.tsx'
import { dueWords, levelOf } from './src/conversations/due.tsx'
import { nextOf } from './src/conversations/moving.ts'
import { ownerOf, warning } from './src/conversations/owner.ts'
import { timeline } from './src/conversations/timeline.ts'
import { createUploads } from './src/conversations/uploads.ts'
import { deliveryLook } from './src/delivery.ts'
import { changeDraft, draftOf, parseDraft } from './src/drafts.ts'
import { backOff, readFrame } from './src/live.ts'
import { matchItems } from './src/palette.tsx'
import { rowsOf } from './src/queries.ts'
import { safeNext } from './src/router.tsx'
import { checkPassword } from './src/screens/password.tsx'
import { healthOf } from './src/screens/system.tsx'
import { fileSize, shortTime, urgency, waited } from './src/time.ts'
import { initials } from './src/ui.tsx'
import { uuid } from './src/uuid.ts'
import { en } from './src/words.en.ts'
import { localeOf } from './src/words.ts'
import { zh } from './src/words.zh.ts'

describe('words', () => {
  const leaves = (value: unknown, path = ''): string[] =>
    typeof value === 'object' && value !== null ? Object.entries(value).flatMap(([key, inner]) => leaves(inner, `${path}.${key}`)) : [path]

  test('both languages say the same things', () => {
    expect(leaves(zh).sort()).toEqual(leaves(en).sort())
  })

  test('the language is the chosen one, else the browser’s', () => {
    expect([localeOf('en', 'zh-CN'), localeOf(null, 'zh-TW'), localeOf(null, 'de'), localeOf('fr', 'zh')]).toEqual(['en', 'zh', 'en', 'zh'])
  })
})

describe('times', () => {
  const now = Date.parse('2026-03-10T12:00:00')
  const ago = (minutes: number) => new Date(now - minutes * 60_000).toISOString()

  test('waiting is told in the largest unit that fits', () => {
    expect([0.5, 7, 75, 60 * 50].map((minutes) => waited(ago(minutes), now, en))).toEqual(['30s', '7m', '1h 15m', '2d'])
    expect(waited(ago(75), now, zh)).toBe('1 小时 15 分')
  })

  test('a clock that runs ahead never shows a negative wait', () => {
    expect(waited(ago(-3), now, en)).toBe('0s')
  })

  test('waiting gets urgent after five and fifteen minutes', () => {
    expect([4.9, 5, 14.9, 15].map((minutes) => urgency(ago(minutes), now))).toEqual(['calm', 'warm', 'warm', 'late'])
  })

  test('a list shows the time today and the day before that', () => {
    expect([shortTime(ago(60), now, en), shortTime(ago(60 * 24), now, en)]).toEqual(['11:00', 'Yesterday'])
  })

  test('what is owed counts on from what the server said, as the words and the sign do; while it is closed it stands still', () => {
    const due = { term: 'firstReply', leftMs: 12 * 60_000, warnMs: 5 * 60_000, asOf: ago(0), at: ago(-12), ticks: true } as const
    const past = (minutes: number) => now + minutes * 60_000
    expect([0, 7, 12, 15].map((minutes) => levelOf(due, past(minutes)))).toEqual(['calm', 'soon', 'over', 'over'])
    expect(dueWords(due, past(4), en)).toBe('First reply: 8m left')
    expect(dueWords(due, past(15), zh)).toBe('首次回复超时 3 分钟')
    const night = { ...due, ticks: false, at: '2026-03-11T09:12:00' }
    expect([dueWords(night, past(60), zh), levelOf(night, past(60))]).toEqual(['首次回复期限 3月11日 09:12', 'calm'])
  })

  test('sizes are readable', () => {
    expect([512, 2048, 3_400_000].map(fileSize)).toEqual(['512 B', '2 KB', '3.2 MB'])
  })
})

describe('who has a conversation', () => {
  const can = { reply: true, claim: true, release: false, transfer: true, resolve: true, reopen: false, toBot: true, snooze: true }
  const of = (more: Partial<ConversationDetail>) => ({ status: 'assigned' as const, agent: undefined, can, ...more })
  const lin = { id: 'lin', name: 'Lin' }
  const wang = { id: 'wang', name: 'Wang' }

  test('is told apart', () => {
    expect(ownerOf(of({ agent: lin }), 'lin')).toBe('me')
    expect(ownerOf(of({ agent: wang }), 'lin')).toBe('other')
    expect(ownerOf(of({ status: 'queued' }), 'lin')).toBe('queue')
    expect(ownerOf(of({ status: 'bot' }), 'lin')).toBe('bot')
    expect(ownerOf(of({ status: 'resolved', agent: lin }), 'lin')).toBe('nobody')
  })

  test('my own conversation needs no warning', () => {
    expect(warning(of({ agent: lin }), 'lin', en)).toBeNull()
  })

  test('every other one says what typing will do', () => {
    expect(warning(of({ agent: wang }), 'lin', en)).toContain('Wang')
    expect(warning(of({ status: 'bot' }), 'lin', en)).toBe(en.bannerBot)
    expect(warning(of({ status: 'queued' }), 'lin', en)).toBe(en.bannerQueued)
    expect(warning(of({ status: 'resolved' }), 'lin', en)).toBe(en.bannerResolved)
    expect(warning(of({ agent: lin, can: { ...can, reply: false } }), 'lin', en)).toBe(en.bannerNoReply)
  })
})

describe('j and k', () => {
  const ids = ['a', 'b', 'c']

  test('begin at the top, stop at both ends', () => {
    expect([
      nextOf(ids, undefined, -1, 1),
      nextOf(ids, 'a', 0, 1),
      nextOf(ids, 'c', 2, 1),
      nextOf(ids, 'a', 0, -1),
      nextOf([], 'a', 0, 1),
    ]).toEqual(['a', 'b', 'c', 'a', undefined])
  })

  test('go on from where a conversation stood that has left the list', () => {
    expect([nextOf(ids, 'gone', 1, 1), nextOf(ids, 'gone', 1, -1), nextOf(ids, 'gone', 3, 1)]).toEqual(['b', 'a', 'c'])
  })
})

describe('a thread', () => {
  const say = (author: ConsoleMessage['author'], at: string): ConsoleMessage => ({ id: at, seq: 0, author, name: author, parts: [], at })

  test('has days between its messages and draws runs of one author together', () => {
    const items = timeline([
      say('customer', '2026-03-09T12:00:00'),
      say('customer', '2026-03-09T12:01:00'),
      say('agent', '2026-03-09T12:02:00'),
      say('agent', '2026-03-10T12:02:00'),
    ])
    expect(items.map((item) => (item.type !== 'message' ? item.type : `${item.message.author} ${item.first} ${item.last}`))).toEqual([
      'day',
      'customer true false',
      'customer false true',
      'agent true true',
      'day',
      'agent true true',
    ])
  })

  test('every delivery state has words, and only the lost ones can be sent again', () => {
    const states = ['pending', 'sending', 'sent', 'delivered', 'read', 'retry', 'failed', 'unknown', 'held', 'expired', 'dropped'] as const
    const again = states.filter((state) => deliveryLook({ delivery: { state } }, en)?.again)
    expect(again).toEqual(['failed', 'unknown', 'held', 'expired'])
    expect(deliveryLook({ delivery: { state: 'held' }, question: [{ id: 'x', label: 'x' }] }, en)?.again).toBe(false)
    const calm = states.filter((state) => deliveryLook({ delivery: { state } }, en)?.calm)
    expect(calm).toEqual(['pending', 'sending', 'sent', 'delivered', 'read'])
    expect(deliveryLook({ delivery: { state: 'sent', possiblyTwice: true } }, en)).toMatchObject({ words: 'Sent', twice: true })
    expect(deliveryLook({ delivery: { state: 'dropped', reason: 'Lin' } }, en)).toMatchObject({ reason: 'by Lin', again: false })
    expect(deliveryLook({}, en)).toBeNull()
  })

  test('what happened is told in the agent’s language, and unknown words as they come', () => {
    expect([trailWords('claimed', zh), trailWords('开了新工单', zh), trailWords('toString', en)]).toEqual([
      '接手',
      '开了新工单',
      'toString',
    ])
  })
})

describe('drafts', () => {
  const kept = new Map<string, string>()
  const memory = {
    read: (key: string) => kept.get(key) ?? null,
    write: (key: string, value: string | null) => void (value === null ? kept.delete(key) : kept.set(key, value)),
  }

  test('are kept per conversation and forgotten when empty', () => {
    draftOf('cnv_a', memory)
    changeDraft('cnv_a', { text: 'half a sent' })
    expect(parseDraft(kept.get('frontdesk.draft.cnv_a') ?? null)).toMatchObject({ text: 'half a sent', mode: 'reply' })
    changeDraft('cnv_a', { text: '' })
    expect(kept.size).toBe(0)
  })

  test('survive rubbish in the storage', () => {
    expect(parseDraft('{"mode":')).toMatchObject({ mode: 'reply', text: '' })
    expect(parseDraft('{"mode":"shout","text":3}')).toMatchObject({ mode: 'reply', text: '' })
  })
})

describe('uploads', () => {
  const file = new File(['x'], 'a.txt')

  test('a finished file leaves the list for the draft', async () => {
    const done: string[] = []
    const uploads = createUploads({
      upload: async () => ({ id: 'att_1', name: 'a.txt', mime: '', bytes: 1 }),
      done: (_, one) => done.push(one.id),
      newId: () => 'u1',
    })
    uploads.add('cnv', [file])
    await expect.poll(() => done).toEqual(['att_1'])
    expect(uploads.items.get()).toEqual([])
  })

  test('a failed one says why and can be tried again', async () => {
    let fail = true
    const done: string[] = []
    const uploads = createUploads({
      upload: async () => {
        if (fail) throw errorOf(413, { error: { code: 'too_large', message: 'too large' } })
        return { id: 'att_1', name: 'a.txt', mime: '', bytes: 1 }
      },
      done: (_, one) => done.push(one.id),
      newId: () => 'u1',
    })
    uploads.add('cnv', [file])
    await expect.poll(() => uploads.items.get()[0]?.failed).toBe('too large')
    fail = false
    uploads.retry('u1')
    await expect.poll(() => done).toEqual(['att_1'])
  })
})

describe('the socket', () => {
  test('waits longer each time, at most half a minute, never all clients at once', () => {
    expect([0, 1, 2, 10].map((attempt) => backOff(attempt, () => 1))).toEqual([1000, 2000, 4000, 30_000])
    expect(backOff(3, () => 0)).toBe(4000)
  })

  test('reads only frames it knows', () => {
    expect(readFrame('{"type":"changed","conversation":"c"}')).toEqual({ type: 'changed', conversation: 'c' })
    expect([readFrame('{"type":"other"}'), readFrame('nonsense'), readFrame(new Uint8Array())]).toEqual([null, null, null])
  })
})

describe('small things', () => {
  test('after signing in one lands only on pages of this console', () => {
    expect([
      safeNext('/team'),
      safeNext('//evil.example'),
      safeNext('/\\evil'),
      safeNext('https://evil.example'),
      safeNext('/login'),
      safeNext(3),
    ]).toEqual(['/team', undefined, undefined, undefined, undefined, undefined])
  })

  test('passwords have clear rules', () => {
    const about = { name: 'Lin', email: 'lin@example.com' }
    expect(checkPassword('three wet cats', about)).toEqual({ length: true, own: true, varied: true })
    expect(checkPassword('lin is my name', about).own).toBe(false)
    expect(checkPassword('aaaaaaaaaaaa', about).varied).toBe(false)
    expect(checkPassword('', about)).toEqual({ length: false, own: false, varied: false })
  })

  test('initials fit a circle', () => {
    expect(['林晓', 'Amelia Clarke', 'marek', '', '上海云栖贸易有限公司', '阿May'].map(initials)).toEqual([
      '晓',
      'AC',
      'M',
      '?',
      '司',
      '阿',
    ])
  })

  test('ids are version 4', () => {
    expect(uuid()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  })

  test('a conversation that moved between two pages is shown once', () => {
    const row = { id: 'c' } as ConversationDetail
    const counts = { queue: 0, mine: 0, open: 0, bot: 0, resolved: 0 }
    const page = { items: [row], counts }
    expect(rowsOf({ pages: [page, page], pageParams: [] })).toEqual([row])
  })

  test('the palette wants every word', () => {
    const entry = (label: string) => ({ id: label, group: 'Go to', icon: 'talk' as const, label, run: () => undefined })
    expect(matchItems([entry('Queue'), entry('Mine')], 'go qu').map((one) => one.label)).toEqual(['Queue'])
  })

  test('an unknown health is not called healthy', () => {
    expect([healthOf('connected'), healthOf('unchecked')]).toEqual(['connected', null])
  })

  test('errors always have words', () => {
    expect(errorOf(502, null).message).toMatch(/502/)
    expect(errorOf(409, { error: { code: 'conflict', message: 'Wang was faster' } })).toMatchObject({
      code: 'conflict',
      message: 'Wang was faster',
    })
    const refused = { ok: false, code: 'claimed', message: 'Ben has it already.' }
    expect(errorOf(409, refused)).toMatchObject({ code: 'claimed', message: 'Ben has it already.' })
  })
})
