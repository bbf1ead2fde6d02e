// A tool that fails: whose conversations it had, who is told, and the way back.
import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { localLive } from '#core/live.ts'
import { deliveries, settings } from '#store/schema.ts'
import { silent } from '../../test/support/database.ts'
import { stages } from '../../test/support/stages.ts'
import { readDown, watchDesks } from './ailing.ts'

const at = stages()

// chatwoot#1455: one failure switches the tool off, and nobody is told.
test('chatwoot: a revoked token leaves no conversation silent – the next desk shows it, the admins are told once, and it goes back', async () => {
  await at.waiting()
  const other = `other-${at.group()}`
  const main = at.group()
  const part = at.house.parts.desks.get(main) as NonNullable<ReturnType<typeof at.house.parts.desks.get>>
  const opened: string[] = []
  at.house.parts.desks.set(other, {
    ...part,
    id: other,
    desk: { ...part.desk, open: async (card) => ({ thread: `${opened.push(card.conversation)}` }) },
  })
  at.house.house.desks.set(main, { ...(at.house.house.desks.get(main) as never as object), skills: ['aftersales'] } as never)
  at.house.house.desks.set(other, { ...(at.house.house.desks.get(main) as never as object), skills: ['nothing'] } as never)
  await at.database.db.execute(`update conversations set skill = 'aftersales'`)
  await at.house.stop()
  const told: string[] = []
  const log = { ...silent, error: (_fields: object, message: string) => void told.push(message) }
  const parts = { ...at.house.parts, log, live: localLive() }
  const look = async (seconds: number, state: 'connected' | 'bad_credentials') => {
    at.house.clock.ms += seconds * 1000
    parts.health.set(main, { state, ...(state !== 'connected' && { detail: 'account_inactive' }) })
    return [...(await watchDesks(parts, () => at.house.house))]
  }
  expect(await look(0, 'bad_credentials')).toEqual([])
  expect(await look(60, 'bad_credentials')).toEqual([])
  expect(await look(61, 'bad_credentials')).toEqual([main])
  expect(await look(30, 'bad_credentials')).toEqual([main])
  expect(told).toHaveLength(1)
  expect([...(await readDown(at.database.db)).keys()]).toEqual([main])
  const rows = await at.database.db.select().from(deliveries).where(eq(deliveries.targetId, other))
  expect(rows.map(({ op }) => op)).toEqual(['open'])
  expect(await look(10, 'connected')).toEqual([main])
  expect(await look(91, 'connected')).toEqual([])
  expect((await readDown(at.database.db)).size).toBe(0)
  await at.database.db.delete(settings).where(eq(settings.key, 'desks:ailing'))
})
