// Mailboxes that are opened with tokens: a real Dovecot that asks about each token, an SMTP server that refuses as Gmail does, and a
// sign-in server that keeps to its protocol.
import { afterEach, describe, expect, test } from 'vitest'
import { localMemory } from '#core/memory.ts'
import { tokens } from '#platforms/mail/oauth.ts'
import { overFetch } from '#platforms/wire.ts'
import { openMailbox } from '#src/node/mailbox.ts'
import { openPost } from '#src/node/post.ts'
import { recorder } from '../contract/support.ts'
import { CLIENT, type SignInOptions, startSignIn } from '../fakes/sign-in.ts'
import { hasDovecot, NO_DOVECOT, startDovecot, USER } from '../support/dovecot.ts'
import { startSmtp } from '../support/smtp.ts'

const signal = () => AbortSignal.timeout(10_000)
const isHere = hasDovecot || process.env.FRONTDESK_TEST_ALL === '1'
const posting = { from: 'help@example.test', to: 'wang@customer.test', raw: Buffer.from('Subject: x\r\n\r\nwords') }
const REFRESH = 'refresh-of-the-config'

const cleanUps: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
})

/** A sign-in server, and what a house that is started with this config does with it. Time is moved by hand. */
async function signInServer(options: Partial<SignInOptions> = {}) {
  const clock = { ms: Date.UTC(2026, 2, 1) }
  const signIn = await startSignIn({ user: USER, refreshToken: REFRESH, now: () => clock.ms, ...options })
  cleanUps.push(signIn.close)
  const heard = recorder()
  const memory = localMemory()
  const start = (refreshToken = REFRESH, clientSecret = CLIENT.secret) => {
    const config = { provider: 'google' as const, clientId: CLIENT.id, clientSecret, refreshToken, tokenUrl: signIn.tokenUrl }
    return tokens(config, { ...heard.deps, exchange: overFetch(fetch), memory, now: () => new Date(clock.ms) })
  }
  return { signIn, clock, heard, memory, start }
}

async function mailServers(signIn: Awaited<ReturnType<typeof startSignIn>>) {
  const box = await startDovecot({ introspect: signIn.introspectUrl })
  const relay = await startSmtp({ isGood: signIn.isGood })
  cleanUps.push(box.remove, relay.close)
  const at = (port: number, token: (refused?: string) => Promise<string>) => ({
    host: '127.0.0.1',
    port,
    secure: false,
    plain: true,
    login: { user: USER, token },
  })
  return {
    relay,
    async reads(token: (refused?: string) => Promise<string>): Promise<void> {
      const line = await openMailbox(at(box.port, token), signal())
      await line.examine('INBOX')
      line.close()
    },
    async writes(token: (refused?: string) => Promise<string>): Promise<void> {
      const line = openPost(at(relay.port, token))
      try {
        await line.send(posting, signal())
      } finally {
        line.close()
      }
    },
  }
}

describe.skipIf(!isHere)(`a mailbox that takes tokens${isHere ? '' : ` (${NO_DOVECOT})`}`, () => {
  test('is read and written to with one of them until shortly before it ends, then with another', async () => {
    const { signIn, clock, start } = await signInServer({ seconds: 3600 })
    const { reads, writes, relay } = await mailServers(signIn)
    const token = start()
    await Promise.all([reads(token), writes(token)])
    clock.ms += 3_500_000
    await reads(token)
    expect(signIn.given()).toBe(1)
    clock.ms += 50_000 // Half a minute is left: less than a slow sign-in takes.
    await reads(token)
    await writes(token)
    expect(signIn.given()).toBe(2)
    expect(relay.taken).toHaveLength(2)
  })

  test('that ended a token early is opened with another at once, and a mail goes out once', async () => {
    const { signIn, heard, start } = await signInServer()
    const { reads, writes, relay } = await mailServers(signIn)
    const token = start()
    await reads(token)
    signIn.endAccess()
    await reads(token)
    expect(signIn.given()).toBe(2)
    signIn.endAccess()
    await writes(token)
    expect([signIn.given(), relay.taken.length]).toEqual([3, 1])
    expect(heard.said.join()).not.toMatch(/access-|refresh-of/)
  })

  test('whose consent was taken back says so, in both ways, and goes on with the next one', async () => {
    const { signIn, heard, start } = await signInServer()
    const { reads, writes, relay } = await mailServers(signIn)
    const token = start()
    await Promise.all([reads(token), writes(token)])
    signIn.revoke()
    for (const work of [reads, writes]) {
      const told = await heard.failure(() => work(token))
      expect(told).toMatchObject({ kind: 'unauthorized', certain: true })
      expect(told.message).toMatch(/invalid_grant, AADSTS700082.*sign in again.*refreshToken/)
      expect(told.message).toContain('重新授权')
    }
    signIn.consent('refresh-anew')
    const next = start('refresh-anew')
    await Promise.all([reads(next), writes(next)])
    expect(relay.taken).toHaveLength(2)
    expect(heard.said.join()).not.toMatch(/access-|refresh-/)
  })

  test('that lets nobody in with a good token asks once for another, and says whose fault it may be', async () => {
    const { signIn, heard, start } = await signInServer({ user: 'somebody-else' })
    const { reads, writes } = await mailServers(signIn)
    for (const work of [reads, writes]) {
      const before = signIn.given()
      const told = await heard.failure(() => work(start()))
      expect(told).toMatchObject({ kind: 'unauthorized' })
      expect(told.message).toMatch(/refuses our token.*scope/)
      expect(signIn.given()).toBe(before + 2)
    }
  })
})

describe('a refresh token', () => {
  test.each(['once', 'also'] as const)(
    'that is renewed (%s) is the newest after a start, too, and nobody reads it in the store',
    async (renews) => {
      const { signIn, clock, memory, start } = await signInServer({ renews, seconds: 300 })
      const token = start()
      await token()
      clock.ms += 3_600_000
      await token()
      expect(signIn.used).toEqual([REFRESH, 'renewed-1'])
      await start()()
      expect(signIn.used.at(-1)).toBe('renewed-2')
      expect(JSON.stringify(await memory.read('oauth'))).not.toMatch(/renewed|refresh/)
    },
  )

  test('that the admin writes anew counts more than what was kept of the old one', async () => {
    const { signIn, start } = await signInServer({ renews: 'also' })
    await start()()
    signIn.consent('refresh-anew')
    await start('refresh-anew')()
    expect(signIn.used).toEqual([REFRESH, 'refresh-anew'])
    await start('refresh-anew')()
    expect(signIn.used.at(-1)).toBe('renewed-2')
  })

  test('that was kept and ran out, as one of a backup, gives way to that of the config', async () => {
    const { signIn, start } = await signInServer({ renews: 'also' })
    await start()()
    signIn.revoke()
    signIn.consent(REFRESH)
    await start()()
    expect([signIn.refused, signIn.used]).toEqual([['invalid_grant'], [REFRESH, REFRESH]])
  })

  test('that cannot be written down serves the process that has it', async () => {
    const { signIn, clock, heard } = await signInServer({ renews: 'once' })
    const memory = { read: () => Promise.reject(new Error('no store')), write: () => Promise.reject(new Error('no store')) }
    const config = {
      provider: 'microsoft' as const,
      clientId: CLIENT.id,
      clientSecret: CLIENT.secret,
      refreshToken: REFRESH,
      tokenUrl: signIn.tokenUrl,
    }
    const token = tokens(config, { ...heard.deps, exchange: overFetch(fetch), memory, now: () => new Date(clock.ms) })
    await token()
    clock.ms += 3_600_000
    await token()
    expect(signIn.used).toEqual([REFRESH, 'renewed-1'])
  })

  test('is not to blame for a wrong client, a broken server or a missing one', async () => {
    const { signIn, heard, start } = await signInServer()
    expect(await heard.failure(start(REFRESH, 'ran-out'))).toMatchObject({
      kind: 'unauthorized',
      message: expect.stringMatching(/clientSecret is wrong or ran out/),
    })
    signIn.fail(503, 'busy')
    expect(await heard.failure(start())).toMatchObject({ kind: 'transient', certain: true })
    signIn.fail(200, '<html>')
    expect(await heard.failure(start())).toMatchObject({ kind: 'transient', certain: true })
    await start()()
    expect(heard.said.join()).not.toMatch(/ran-out|refresh-of/)
  })
})
