// A house whose mailbox is opened with tokens: the consent is taken back, everybody is told, nothing is lost, and it goes on.
import { sql } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import { CLIENT, startSignIn } from '../fakes/sign-in.ts'
import { hasDovecot, NO_DOVECOT, startDovecot, USER } from '../support/dovecot.ts'
import { openHouse, premises } from '../support/house.ts'
import { startSmtp } from '../support/smtp.ts'
import { until } from '../support/until.ts'
import { ADDRESS, write } from './estate.ts'

const isHere = hasDovecot || process.env.FRONTDESK_TEST_ALL === '1'

describe.skipIf(!isHere)(`a house with a mailbox that takes tokens${isHere ? '' : ` (${NO_DOVECOT})`}`, () => {
  test('tells that the consent is gone, keeps what comes meanwhile, and answers all of it with the next one', async (context) => {
    const signIn = await startSignIn({ user: USER, refreshToken: 'first', renews: 'once' })
    const box = await startDovecot({ introspect: signIn.introspectUrl })
    const relay = await startSmtp({ isGood: signIn.isGood })
    const server = (port: number, more = '') => `{ host: 127.0.0.1, port: ${port}, secure: false${more} }`
    const oauth = `{ provider: google, clientId: ${CLIENT.id}, clientSecret: "\${MAIL_CLIENT}", refreshToken: "\${MAIL_REFRESH}", tokenUrl: "${signIn.tokenUrl}" }`
    const yaml = `brand: { name: 示例商城 }
channels:
  - { id: mail, type: email, address: ${ADDRESS}, imap: ${server(box.port, `, user: ${USER}`)}, smtp: ${server(relay.port)}, oauth: ${oauth} }
skills: [aftersales]
`
    const place = await premises(yaml, { MAIL_CLIENT: CLIENT.secret, MAIL_REFRESH: 'first' })
    const open: { stop(): Promise<void> }[] = []
    context.onTestFinished(async () => {
      for (const one of open.reverse()) await one.stop()
      await Promise.all([relay.close(), box.remove(), signIn.close()])
      place.remove()
    })
    const start = async () => {
      const house = await openHouse(place)
      open.push(house)
      return house
    }
    const answered = (user: string) => relay.taken.filter(({ to }) => to === user).length

    const house = await start()
    const looked = async () => (await place.look(sql`select 1 from settings where key = 'cursor:mail'`)).length > 0
    await until('the mailbox was looked at', looked)
    box.deliver(write('多久发货', { from: 'before@customer.test' }))
    await until('it is answered', () => answered('before@customer.test') === 1)

    signIn.revoke()
    await box.stop() // Gmail hangs up on everybody when a consent is taken back.
    await box.start()
    box.deliver(write('怎么退货', { from: 'during@customer.test' }))
    const state = async () => {
      const { channels } = (await (await fetch(`${house.url}/readyz`)).json()) as {
        channels: Record<string, { state: string; detail?: string }>
      }
      return channels.mail
    }
    await until('it is told', async () => (await state())?.state === 'bad_credentials', { ms: 30_000, state: () => signIn.refused })
    expect((await state())?.detail).toMatch(/invalid_grant.*sign in again as the mailbox/)
    await open.pop()?.stop()

    // The admin consents again, writes the token into the config, and starts the house.
    signIn.consent('second')
    place.variables.MAIL_REFRESH = 'second'
    await start()
    await until('what came meanwhile is answered', () => answered('during@customer.test') === 1, { ms: 30_000 })
    expect(answered('before@customer.test')).toBe(1)
    expect(signIn.used).toContain('second')
  })
})
