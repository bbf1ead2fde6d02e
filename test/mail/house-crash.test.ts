// A house that dies at each step of reading a mailbox: nothing is lost, and nothing comes twice.
import { sql } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import type { Milestone } from '#core/milestone.ts'
import { arm, died, ENTRY, leasesRunOut } from '../chaos/bench.ts'
import { hasDovecot, NO_DOVECOT, PASSWORD, startDovecot } from '../support/dovecot.ts'
import { houseProcess, premises } from '../support/house.ts'
import { startSmtp } from '../support/smtp.ts'
import { until } from '../support/until.ts'
import { mailYaml, write } from './estate.ts'

const isHere = hasDovecot || process.env.FRONTDESK_TEST_ALL === '1'
const full = process.env.FRONTDESK_CHAOS === 'full'

/** In the order of the reader's steps; what follows from events has its own tests. */
const STEPS: Milestone[] = ['mail.asked', 'mail.read', 'poll.fetched', 'poll.committed']
const SECOND: [Milestone, number][] = [['poll.fetched', 2]]
const CRASHES: [Milestone, number][] = [
  ...STEPS.map((at): [Milestone, number] => [at, 1]),
  ...(full ? STEPS.slice(1).map((at): [Milestone, number] => [at, 2]) : SECOND),
]

/** Nine of ten are from lists, which nobody answers. */
function letter(n: number): string {
  const headers: Record<string, string> = n % 10 === 0 ? {} : { 'List-Id': '<news.example.test>' }
  return write('多久发货', { from: `c${n}@customer.test`, id: `<m${n}@customer.test>`, headers })
}

describe.skipIf(!isHere)(`a house that dies while it reads a mailbox${isHere ? '' : ` (${NO_DOVECOT})`}`, () => {
  test('at every step, and in its second batch: each mail is on record once, and none is answered twice', async (context) => {
    const box = await startDovecot()
    const relay = await startSmtp()
    const place = await premises(mailYaml({ box, relay }), { MAIL_PW: PASSWORD })
    const house = await houseProcess(place, { entry: ENTRY })
    context.onTestFinished(async () => {
      await house.kill()
      await relay.close()
      await box.remove()
      place.remove()
    })
    await house.ready()
    const looked = async () => (await place.look(sql`select 1 from settings where key = 'cursor:mail'`)).length > 0
    await until('the mailbox was looked at', looked, { ms: 20_000 })
    let total = 0
    for (const [at, nth] of CRASHES) {
      await arm(house, { at, nth })
      // More than one batch, so that the second one can die, too.
      for (const end = total + 70; total < end; total++) box.deliver(letter(total))
      await died(house)
      await leasesRunOut({ place })
      house.start()
      await house.ready()
      const done = async () => (await place.look<{ n: number }>(sql`select count(*)::int as n from events where state = 'done'`))[0]?.n ?? 0
      await until(`${at}:${nth} and everything is read`, async () => (await done()) >= total, { ms: 60_000, state: done })
      await house.quiet(60_000)
    }
    const all = Array.from({ length: total }, (_, n) => `<m${n}@customer.test>`)
    const stored = await place.look<{ external_id: string }>(sql`select external_id from events order by position`)
    expect(stored.map(({ external_id }) => external_id)).toEqual(all)
    const shown = await place.look<{ external_id: string }>(sql`select external_id from messages where author = 'customer'`)
    expect(shown.map(({ external_id }) => external_id).toSorted()).toEqual(all.toSorted())
    // What was on the wire when the house died is held, as everywhere; nothing was said twice.
    const heard = relay.taken.map(({ to }) => to)
    expect(new Set(heard).size).toBe(heard.length)
    const [{ held } = { held: 0 }] = await place.look<{ held: number }>(
      sql`select count(*)::int as held from deliveries where state = 'held'`,
    )
    expect(heard.length + held).toBeGreaterThanOrEqual(total / 10)
  }, 600_000)
})
