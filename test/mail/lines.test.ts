// The lines themselves, against real servers, and what a broken line tells. Encryption and tokens: tls.test.ts and tokens.test.ts.
import { describe, expect, test } from 'vitest'
import { openMailbox } from '#src/node/mailbox.ts'
import { openPost } from '#src/node/post.ts'
import { recorder } from '../contract/support.ts'
import { hasDovecot, NO_DOVECOT, PASSWORD, startDovecot, USER } from '../support/dovecot.ts'
import { type SmtpFault, startSmtp } from '../support/smtp.ts'

const signal = () => AbortSignal.timeout(10_000)
const isHere = hasDovecot || process.env.FRONTDESK_TEST_ALL === '1'
const at = (port: number, more: object = {}) => ({ host: '127.0.0.1', port, secure: false, plain: true, ...more })
const posting = { from: 'help@example.test', to: 'wang@customer.test', raw: Buffer.from('Subject: x\r\n\r\nwords\r\n.\r\nmore') }

describe.skipIf(!isHere)(`a line to a mailbox${isHere ? '' : ` (${NO_DOVECOT})`}`, () => {
  test('sees at once what comes while it waits, and ends within a second of an abort', async () => {
    const box = await startDovecot()
    const line = await openMailbox(at(box.port, { login: { user: USER, password: PASSWORD } }), signal())
    expect(await line.examine('INBOX')).toMatchObject({ next: 1 })
    const waiting = line.wait(10_000, signal())
    box.deliver('From: a@b.test\r\n\r\nx')
    expect(await waiting).toBe(true)
    await line.examine('INBOX')
    expect(await line.uidsAfter(0)).toEqual([1])
    // `2:*` names the last mail even where it has the number 1.
    expect(await line.uidsAfter(1)).toEqual([])
    expect((await line.list([1]))[0]).toMatchObject({ uid: 1, seen: false })
    const stop = new AbortController()
    const stopped = line.wait(10_000, stop.signal)
    const before = performance.now()
    stop.abort()
    expect(await stopped).toBe(false)
    expect(performance.now() - before).toBeLessThan(1_000)
    await box.stop()
    await recorder().failure(() => line.examine('INBOX'))
    line.close()
    await box.remove()
  })
})

describe('a line to a mail server', () => {
  test('sends a mail as it is, and uses its connection again', async () => {
    const relay = await startSmtp()
    const post = openPost(at(relay.port))
    for (let n = 0; n < 3; n++) await post.send(posting, signal())
    expect(relay.taken).toHaveLength(3)
    expect(relay.taken[0]).toMatchObject({ from: posting.from, to: posting.to })
    expect(relay.taken[0]?.raw).toContain('words\r\n.\r\nmore')
    expect(relay.connections()).toBe(1)
    post.close()
    await relay.close()
  })

  const faults: [string, SmtpFault, object][] = [
    ['a server that is full', { at: 'mail', code: 452, text: '4.3.1 full' }, { kind: 'transient', certain: true }],
    ['greylisting', { at: 'rcpt', code: 451, text: '4.7.1 come again' }, { kind: 'transient', certain: true }],
    ['an unknown user', { at: 'rcpt', code: 550, text: '5.1.1 no such user' }, { kind: 'recipient_gone' }],
    ['a policy', { at: 'rcpt', code: 550, text: '5.7.1 relaying denied' }, { kind: 'rejected' }],
    ['a sender that is not ours', { at: 'mail', code: 553, text: '5.7.1 not yours' }, { kind: 'unauthorized' }],
    ['a mail that it will not have', { at: 'data', code: 554, text: '5.6.0 spam' }, { kind: 'rejected' }],
    ['a line that breaks before the mail', { at: 'rcpt', reset: true }, { kind: 'transient', certain: true }],
    ['a line that breaks after it', { at: 'taken', reset: true }, { kind: 'transient', certain: false }],
  ]
  test.each(faults)('%s becomes the right error', async (_what, fault, expected) => {
    const relay = await startSmtp()
    const post = openPost(at(relay.port))
    relay.fail(fault)
    expect(await recorder().failure(() => post.send(posting, signal()))).toMatchObject(expected)
    // The line after a broken one is a new one.
    await post.send(posting, signal())
    post.close()
    await relay.close()
  })

  test('signs in with a password or a token, and says nothing in the clear where it may not', async () => {
    for (const [options, login] of [
      [
        { user: 'help', password: 'pw-1' },
        { user: 'help', password: 'pw-1' },
      ],
      [{ token: 'token-1' }, { user: 'help', token: async () => 'token-1' }],
    ] as const) {
      const relay = await startSmtp(options)
      const post = openPost(at(relay.port, { login }))
      await post.verify(signal())
      await post.send(posting, signal())
      expect(relay.taken).toHaveLength(1)
      const heard = recorder()
      const wrong = openPost(
        at(relay.port, { login: 'token' in login ? { user: 'help', token: async () => 'x' } : { user: 'help', password: 'x' } }),
      )
      expect(await heard.failure(() => wrong.verify(signal()))).toMatchObject({ kind: 'unauthorized' })
      const careful = openPost(at(relay.port, { login, plain: false }))
      expect(await heard.failure(() => careful.send(posting, signal()))).toMatchObject({ kind: 'transient', certain: true })
      expect(relay.taken).toHaveLength(1)
      expect(heard.said.join()).not.toMatch(/pw-1|token-1/)
      post.close()
      await relay.close()
    }
  })

  test('a sender that is empty stays empty', async () => {
    const relay = await startSmtp()
    const post = openPost(at(relay.port))
    await post.send({ ...posting, from: '' }, signal())
    expect(relay.taken[0]?.from).toBe('')
    post.close()
    await relay.close()
  })
})
