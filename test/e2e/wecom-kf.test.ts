// WeCom 微信客服 in the whole house: the greeting on its code, an answer that WeCom takes and does not deliver, a lost place.
import { sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { startFakeKf } from '../fakes/wecom-kf.ts'
import { openHouse, premises } from '../support/house.ts'
import { until } from '../support/until.ts'

const COMPANY = { corpId: 'ww1', secret: 'kf-secret', token: 'kfToken', encodingAesKey: 'jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C' }

test('a customer is welcomed, answered once, told of nothing twice; what does not get through is on record as that', async ({
  onTestFinished,
}) => {
  const fake = await startFakeKf({ ...COMPANY, accounts: ['wk1'] })
  const keys = `corpId: ww1, secret: "\${KF_SECRET}", token: "\${KF_TOKEN}", encodingAesKey: "\${KF_AES}", apiRoot: "${fake.url}"`
  const place = await premises(`brand: { name: 示例商城 }\nchannels:\n  - { id: kf, type: wecom-kf, ${keys} }\n`, {
    KF_SECRET: COMPANY.secret,
    KF_TOKEN: COMPANY.token,
    KF_AES: COMPANY.encodingAesKey,
  })
  let house = await openHouse(place)
  onTestFinished(async () => {
    await house.stop()
    await fake.close()
    place.remove()
  })
  fake.hook = `${house.url}/hooks/kf`
  const person = fake.customer('wm1')
  const sent = (count: number) =>
    until(`${count} messages`, () => fake.world.sent.length === count, { ms: 15_000, state: () => fake.calls })

  // The first look is over before anything happens, so that nothing of this is history.
  await until('the accounts are read', () => fake.calls.some(({ path }) => path === 'kf/sync_msg'))
  person.enter('123', 'spring')
  await fake.ring()
  await sent(1)
  expect(fake.world.sent[0]).toMatchObject({ granted: true })

  person.text('多久发货')
  await fake.ring()
  await sent(2)
  expect(fake.world.sent[1]).toMatchObject({ granted: false, content: { content: '客户wm1，付款后 24 小时内发货。' } })

  fake.world.lateFailures.push(4)
  person.text('怎么退货')
  await fake.ring()
  await until('WeCom took the answer', () => fake.calls.filter(({ path, ok }) => path === 'kf/send_msg' && ok).length === 2)
  await fake.ring()
  const unsent = () => place.look<{ state: string; error: string }>(sql`select state, error from deliveries where state <> 'sent'`)
  await until('it is told that it failed', async () => (await unsent()).some(({ state }) => state === 'failed'), { state: unsent })
  await house.quiet()
  await house.stop()
  const failed = await unsent()
  expect(failed).toEqual([{ state: 'failed', error: expect.stringContaining('48') }])

  // The place is lost on both sides: everything is read again, and nobody is answered again.
  await place.look(sql`delete from settings where key = 'cursor:kf'`)
  fake.forgetCursors()
  const reads = fake.calls.length
  house = await openHouse(place)
  fake.hook = `${house.url}/hooks/kf`
  await until('the accounts are read again', () => fake.calls.slice(reads).some(({ path }) => path === 'kf/sync_msg'))
  person.text('多久发货')
  await fake.ring()
  await sent(3)
  await house.quiet()
  expect(fake.world.sent).toHaveLength(3)
})
