// Who somebody in a tool is.
import { expect, test } from 'vitest'
import { systemClock } from '#core/clock.ts'
import { hashCode } from '#core/code.ts'
import { makeLinkCode } from '#http/console/auth.ts'
import { createPeople } from '#src/runner/people.ts'
import { syncAgents } from '#store/agents.ts'
import { findCode } from '#store/links.ts'
import { agentLinks, agents } from '#store/schema.ts'
import { findInvite } from '#store/sessions.ts'
import { silent } from '../../test/support/database.ts'
import { stages } from '../../test/support/stages.ts'
import { until } from '../../test/support/until.ts'

const at = stages()
const { group, heard, notes, whispers } = at

const mailed = [
  { id: 'anna', name: '安娜', email: 'anna@example.test' },
  { id: 'ben', name: '小本' },
]
/** Nobody's name in the tool is in the file. */
async function unlinked(): Promise<string> {
  const thread = await at.waiting({ agents: mailed })
  await at.database.db.update(agents).set({ identities: {} })
  return thread
}
let counter = 0
const writes = (thread: string, text: string, by: object) =>
  at.house.agent(group(), 'x', { type: 'message', thread, parts: [{ type: 'text', text }], messageId: `n${++counter}`, by } as never)

test('chatwoot#1479 chatwoot#4690: whoever the tool names with a verified e-mail is that agent, from the first words on', async () => {
  const thread = await unlinked()
  await writes(thread, '您好', { id: 'U7', email: 'Anna@Example.test' })
  await until('the words', () => heard().find((text) => text.includes('您好')))
  expect(await at.database.db.select().from(agentLinks)).toMatchObject([{ deskId: group(), userId: 'U7', agentId: 'anna', how: 'email' }])
  // The tool need not say so again.
  await writes(thread, '请稍等', { id: 'U7' })
  await until('the next words', () => heard().find((text) => text.includes('请稍等')))
})

test('a stranger is asked for once; what the tool vouches for goes with their words, what it does not say is not made up', async () => {
  await unlinked()
  const asked: string[] = []
  const user = async (id: string) => {
    asked.push(id)
    if (id === 'U9') throw new Error('slow')
    return { id, ...(id === 'U7' && { email: 'anna@example.test' }) }
  }
  const desks = new Map([[group(), { ...(at.house.parts.desks.get(group()) as never as object), desk: { user } }]]) as never
  const people = createPeople({ database: at.database, desks, clock: at.house.house.clock, log: silent })
  const event = (id: string) => ({ type: 'presence', state: 'online', externalId: id, at: new Date(), by: { id }, raw: null }) as const
  const introduced = await people.introduce(group(), [event('U7'), event('U8'), event('U9'), event('U7'), event('U\0')])
  expect(introduced.map(({ by }) => by.email)).toEqual(['anna@example.test', undefined, undefined, 'anna@example.test', undefined])
  // The database cannot even be asked for a NUL: it is gone before anything is looked up.
  expect(asked).toEqual(['U7', 'U8', 'U9', 'U\ufffd'])
})

test('a one-time code links whoever types it, once, and is kept nowhere', async () => {
  const thread = await unlinked()
  const { code } = await makeLinkCode(at.database.db, at.house.house.clock, 'ben')
  await writes(thread, '您好', { id: '9', name: 'Ben' })
  await until('the advice', () => whispers().find((text) => text.includes('/link')))
  await writes(thread, `/link ${code.toLowerCase()}`, { id: '9', name: 'Ben' })
  await until('the word', () => whispers().find((text) => text.includes('已关联')))
  await writes(thread, '您好', { id: '9' })
  await until('the words', () => heard().find((text) => text.includes('您好')))
  await writes(thread, `/link ${code}`, { id: '10' })
  await until('it is used', () => whispers().find((text) => text.includes('已过期')))
  expect((await notes()).join()).not.toContain(code)
  expect(await at.database.db.select().from(agentLinks)).toMatchObject([{ userId: '9', agentId: 'ben', how: 'code' }])
})

test('a new code ends the one before, an old one is worth nothing, and no code opens an account', async () => {
  await at.open({ agents: mailed })
  const { clock } = at.house.house
  const first = await makeLinkCode(at.database.db, clock, 'anna')
  const second = await makeLinkCode(at.database.db, clock, 'anna')
  expect(await findCode(at.database.db, await hashCode(first.code), clock.now())).toBeUndefined()
  expect(await findCode(at.database.db, await hashCode(second.code), clock.now())).toBe('anna')
  expect(await findInvite(at.database.db, await hashCode(second.code), clock.now())).toBeUndefined()
  at.house.clock.ms += 11 * 60_000
  expect(await findCode(at.database.db, await hashCode(second.code), clock.now())).toBeUndefined()
})

test('one person in a tool is one agent: the file counts before a link', async () => {
  const thread = await unlinked()
  await writes(thread, '您好', { id: 'U7', email: 'anna@example.test' })
  await until('the words', () => heard().find((text) => text.includes('您好')))
  const file = mailed.map((one) => ({
    publicName: one.name,
    email: null,
    role: 'agent' as const,
    skills: [],
    capacity: 5,
    identities: {},
    ...one,
  }))
  await syncAgents(at.database.db, file, systemClock.now())
  const identities = async () =>
    Object.fromEntries((await at.database.db.select().from(agents)).map(({ id, identities }) => [id, identities]))
  expect(await identities()).toEqual({ anna: { [group()]: 'U7' }, ben: {} })
  await syncAgents(
    at.database.db,
    file.map((one) => (one.id === 'ben' ? { ...one, identities: { [group()]: 'U7' } } : one)),
    systemClock.now(),
  )
  expect(await identities()).toEqual({ anna: {}, ben: { [group()]: 'U7' } })
  expect(await at.database.db.select().from(agentLinks)).toEqual([])
})
