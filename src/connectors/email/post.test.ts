// What stands around the letters: who signs in and how, which sender a machine has, and the address that answers come back to.
import { describe, expect, test } from 'vitest'
import type { Answer, Ask } from '#core/connector.ts'
import { type Posting, SenderRefused } from '#core/mail.ts'
import { tokens } from '#platforms/mail/oauth.ts'
import { NOW, recorder } from '../../../test/contract/support.ts'
import { emailConnector } from './index.ts'
import { answeredBy, replyAddress } from './reply-address.ts'
import { recallThread, threadKey } from './thread.ts'

const ADDRESS = 'help@example.test'
const KEY = 'dlv_0198c1f2a3b47c5d8e9f0123456789ab'
const signal = AbortSignal.timeout(5_000)
const message = { key: KEY, to: { user: 'wang@customer.test' }, parts: [{ type: 'text' as const, text: '您好' }] }

function relay(settings: object, refusesNull = false) {
  const heard = recorder()
  const posted: Posting[] = []
  const openPost = () => ({
    async send(posting: Posting) {
      if (refusesNull && posting.from === '') throw new SenderRefused('501 5.1.7 sender')
      posted.push(posting)
      return '250'
    },
    verify: async () => undefined,
    close: () => undefined,
  })
  const deps = { ...heard.deps, secret: 'house', mail: { openMailbox: () => Promise.reject(new Error('none')), openPost } }
  const config = emailConnector.config.parse({ address: ADDRESS, smtp: { host: 'x' }, ...settings })
  return { connector: emailConnector.create(config, deps), posted }
}

describe('a letter', () => {
  test('of a machine has no sender; of a person it has ours, and both keep their id', async () => {
    const { connector, posted } = relay({})
    const bot = await connector.send(message, signal)
    const again = await connector.send(message, signal)
    await connector.send({ ...message, sender: { name: '安娜' } }, signal)
    expect(posted.map(({ from }) => from)).toEqual(['', '', ADDRESS])
    expect(again.externalIds).toEqual(bot.externalIds)
    expect(bot.externalIds).toEqual([`<${KEY}@example.test>`])
  })

  test('has ours where the server lets nobody send without one, and is sent once', async () => {
    const { connector, posted } = relay({}, true)
    await connector.send(message, signal)
    await connector.send({ ...message, key: `${KEY.slice(0, -1)}c` }, signal)
    expect(posted.map(({ from }) => from)).toEqual([ADDRESS, ADDRESS])
  })

  test('names a signed address for answers where that is asked for', async () => {
    const { connector, posted } = relay({ plusReplies: true })
    await connector.send(message, signal)
    const raw = Buffer.from(posted[0]?.raw ?? '').toString()
    expect(/^Reply-To: (.*)$/m.exec(raw)?.[1]?.trim()).toBe(await replyAddress(ADDRESS, KEY, 'house'))
  })

  test('goes to nobody whom no mail named', async () => {
    const { connector } = relay({})
    await expect(connector.send({ ...message, to: { user: 'unknown-sender@mail.invalid' } }, signal)).rejects.toMatchObject({
      kind: 'recipient_gone',
    })
  })
})

describe('the settings', () => {
  const parse = (value: object) => emailConnector.config.safeParse({ address: ADDRESS, ...value }).success
  const [imap, smtp, api] = [{ host: 'x', user: 'u', password: 'p' }, { host: 'x' }, { provider: 'resend', key: 'k' }]
  test.each([
    ['a mailbox', { imap, smtp }, true],
    ['a mailbox and an API', { imap, api }, true],
    ['no way out', { imap }, false],
    ['two ways out', { smtp, api }, false],
    ['no password', { imap: { host: 'x', user: 'u' }, smtp }, false],
    ['OAuth instead', { imap: { host: 'x', user: 'u' }, smtp, oauth: { provider: 'google', clientId: 'a', refreshToken: 'b' } }, true],
    ['a slip', { imap: { ...imap, pasword: 'x' }, smtp }, false],
  ])('%s', (_what, value, expected) => {
    expect(parse(value)).toBe(expected)
  })

  test('where no sockets are, imap and smtp say so', async () => {
    const heard = recorder()
    const connector = emailConnector.create(emailConnector.config.parse({ address: ADDRESS, imap, smtp }), {
      ...heard.deps,
      mail: undefined,
    })
    expect(await connector.check(signal)).toMatchObject({ state: 'misconfigured', detail: expect.stringContaining('Node') })
    await expect(connector.send(message, signal)).rejects.toMatchObject({ kind: 'unsupported' })
  })
})

describe('a signed address', () => {
  test('leads back to its delivery, in whatever letters it comes back', async () => {
    const signed = (await replyAddress(ADDRESS, KEY, 'house')) ?? ''
    expect(signed.split('@')[0]?.length).toBeLessThanOrEqual(64)
    expect(await answeredBy(['other@x.test', signed.toUpperCase()], ADDRESS, 'house')).toBe(KEY)
  })

  test('cannot be made, or changed, by anybody else', async () => {
    const signed = (await replyAddress(ADDRESS, KEY, 'house')) ?? ''
    for (let at = 0; at < signed.length; at++) {
      const letter = signed[at] === 'a' ? 'b' : 'a'
      const forged = signed.slice(0, at) + letter + signed.slice(at + 1)
      expect(await answeredBy([forged], ADDRESS, 'house'), forged).toBeUndefined()
    }
    expect(await answeredBy([signed], ADDRESS, 'other')).toBeUndefined()
    expect(await answeredBy([signed], 'help@other.test', 'house')).toBeUndefined()
    expect(await replyAddress(`${'x'.repeat(60)}@example.test`, KEY, 'house')).toBeUndefined()
  })
})

describe('a thread', () => {
  const links = { messageId: '<new@c.test>', inReplyTo: ['<near@c.test>'], references: ['<far@c.test>', '<near@c.test>'], subject: 'Re: x' }
  const known = (...ids: string[]) => ({
    whose: async () => new Map(ids.map((id) => [id, { address: { user: 'w', thread: `<root-of-${id.replaceAll(/\W/g, '')}@x> s` } }])),
  })
  test('is found by the signed address first, then by the nearest id on record, then by the headers alone', async () => {
    expect(await recallThread({ ...links, answers: KEY }, 'e.test', known(KEY, '<near@c.test>'))).toContain('root-of-dlv_')
    expect(await recallThread(links, 'e.test', known('<far@c.test>', '<near@c.test>'))).toContain('root-of-near')
    expect(await recallThread(links, 'e.test', known('<far@c.test>'))).toContain('root-of-far')
    expect(await recallThread(links, 'e.test', known())).toBe(threadKey({ root: '<far@c.test>', subject: 'x' }))
  })
})

describe('OAuth', () => {
  const config = {
    provider: 'google' as const,
    clientId: 'id',
    clientSecret: 'the-secret',
    refreshToken: 'refresh-1',
    tokenUrl: 'https://sign.test/token',
  }
  const answer = (status: number, text: string): Answer => ({ status, text, header: () => null })
  function signIn(...answers: Answer[]) {
    const asked: { url: string; ask: Ask }[] = []
    let at = NOW.getTime()
    const exchange = async (url: string, ask: Ask) => {
      asked.push({ url, ask })
      return answers.shift() ?? answer(500, '')
    }
    const later = (ms: number) => {
      at += ms
    }
    return { asked, later, token: tokens(config, { ...recorder().deps, exchange, now: () => new Date(at) }) }
  }

  test('changes the refresh token into one for an hour, keeps it, and takes a new refresh token up', async () => {
    const { token, asked, later } = signIn(
      answer(200, JSON.stringify({ access_token: 'a1', expires_in: 3600, refresh_token: 'refresh-2' })),
      answer(200, JSON.stringify({ access_token: 'a2' })),
    )
    expect(await Promise.all([token(), token()])).toEqual(['a1', 'a1'])
    later(3_500_000)
    expect(await token()).toBe('a1')
    later(100_000)
    expect(await token()).toBe('a2')
    expect(asked.map(({ ask }) => new URLSearchParams(ask.body).get('refresh_token'))).toEqual(['refresh-1', 'refresh-2'])
  })

  test('a refused token is a matter of credentials, a broken server is not, and neither tells a secret', async () => {
    const heard = recorder()
    const refused = await heard.failure(signIn(answer(400, '{"error":"invalid_grant","error_description":"the-secret"}')).token)
    expect(refused).toMatchObject({ kind: 'unauthorized' })
    expect(refused.message).toContain('invalid_grant')
    const numbered = '{"error":"invalid_client","error_codes":[7000222]}'
    const client = await heard.failure(signIn(answer(401, numbered)).token)
    expect(client.message).toMatch(/AADSTS7000222.*clientSecret.*ran out/)
    expect(await heard.failure(signIn(answer(400, '{"error":"temporarily_unavailable"}')).token)).toMatchObject({ kind: 'transient' })
    expect(await heard.failure(signIn(answer(503, 'busy')).token)).toMatchObject({ kind: 'transient', certain: true })
    expect(await heard.failure(signIn(answer(200, '<html>')).token)).toMatchObject({ kind: 'transient' })
    expect(heard.said.join()).not.toMatch(/the-secret|refresh-1/)
  })
})
