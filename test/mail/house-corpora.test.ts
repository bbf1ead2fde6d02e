// Everything that people and programs ever wrote, through a real mailbox: what comes of it, and that nothing is lost.
import { sql } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import { hasDovecot, NO_DOVECOT } from '../support/dovecot.ts'
import { until } from '../support/until.ts'
import { hasMails, LACKS_MAILS, mails } from './corpora.ts'
import { openEstate, write } from './estate.ts'

const isHere = hasDovecot || process.env.FRONTDESK_TEST_ALL === '1'
const full = process.env.FRONTDESK_CHAOS === 'full'

describe.skipIf(!isHere)(`a mailbox full of mail${isHere ? '' : ` (${NO_DOVECOT})`}`, () => {
  test.skipIf(!hasMails)(
    `every mail of the corpora is an event, none is answered, none breaks anything${hasMails ? '' : ` (${LACKS_MAILS})`}`,
    async (context) => {
      const estate = await openEstate(context)
      const house = await estate.open()
      const all = mails()
      for (const { raw } of all) estate.box.deliver(raw)
      // One behind them all: whoever has it has read the others.
      estate.box.deliver(write('多久发货', { from: 'last@customer.test', id: '<last@customer.test>' }))
      await estate.hears('last@customer.test', 1, 120_000)
      await house.quiet()
      const events = await estate.events()
      expect(events.filter(({ state }) => state !== 'done').map(({ external_id, state }) => [external_id, state])).toEqual([])
      expect(events.length - 1).toBe(all.length)
      const [{ shown } = { shown: 0 }] = await estate.place.look<{ shown: number }>(
        sql`select count(*)::int as shown from messages where author = 'customer' and text <> ''`,
      )
      expect(shown - 1).toBe(all.length)
      expect(estate.relay.taken.map(({ to }) => to)).toEqual(['last@customer.test'])
    },
  )

  test('thousands of mails after a long absence arrive once, in order, and each is answered once', async (context) => {
    const count = full ? 5_000 : 400
    const estate = await openEstate(context)
    const before = await estate.open()
    await before.stop()
    for (let n = 0; n < count; n++) {
      // Half of them from lists, as after a holiday.
      const headers: Record<string, string> = n % 2 === 0 ? {} : { 'List-Id': '<news.example.test>' }
      estate.box.deliver(write('多久发货', { from: `c${n}@customer.test`, id: `<m${n}@customer.test>`, headers }))
    }
    const house = await estate.open()
    const stored = async () =>
      (await estate.place.look<{ n: number }>(sql`select count(*)::int as n from events where state = 'done'`))[0]?.n ?? 0
    await until('all are worked on', async () => (await stored()) >= count, { ms: 600_000, state: stored })
    await house.quiet()
    const ids = (await estate.events()).map(({ external_id }) => external_id)
    expect(ids).toEqual(Array.from({ length: count }, (_, n) => `<m${n}@customer.test>`))
    const heard = estate.relay.taken.map(({ to }) => to)
    expect(heard).toHaveLength(count / 2)
    expect(new Set(heard).size).toBe(count / 2)
  }, 900_000)
})
