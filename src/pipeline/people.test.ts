// Who somebody in a tool is.
import { and, eq, inArray } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { systemClock } from '#core/clock.ts'
import { hashCode } from '#core/code.ts'
import { ConnectorError } from '#core/errors.ts'
import { makeLinkCode } from '#http/console/auth.ts'
import { createPeople } from '#src/runner/people.ts'
import { syncAgents } from '#store/agents.ts'
import { accountsOf, findCode, unlinkPerson } from '#store/links.ts'
import { agentLinks, agents, auditEvents, deliveries } from '#store/schema.ts'
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

test('an agent takes their link back: from then on that account is a stranger, whatever e-mail the tool vouches for, until a new code', async () => {
  const thread = await unlinked()
  const lost = { id: 'U7', email: 'anna@example.test' }
  await writes(thread, '您好', lost)
  await until('the words', () => heard().find((text) => text.includes('您好')))
  await writes(thread, '/unlink', lost)
  await until('the word', () => whispers().find((text) => text.includes('已解除')))
  expect(await at.database.db.select().from(agentLinks)).toEqual([])
  expect(await accountsOf(at.database.db)).toEqual([])
  const trail = await at.database.db.select().from(auditEvents)
  expect(trail.filter(({ action }) => action === 'agent.unlinked')).toMatchObject([
    { actorKind: 'agent', actorId: 'anna', data: { agent: 'anna', desk: group(), user: 'U7', how: 'email' } },
  ])

  await writes(thread, '我不是安娜', lost)
  await until('the advice', () => whispers().find((text) => text.includes('还没有关联')))
  expect(heard().join()).not.toContain('我不是安娜')
  expect((await notes()).join()).toContain('我不是安娜')
  expect(await at.database.db.select().from(agentLinks)).toEqual([])

  const { code } = await makeLinkCode(at.database.db, at.house.house.clock, 'anna')
  await writes(thread, `/link ${code}`, lost)
  await until('the link', () => whispers().find((text) => text.includes('已关联')))
  await writes(thread, '我回来了', lost)
  await until('the words', () => heard().find((text) => text.includes('我回来了')))
})

test('another account with the same e-mail is linked as ever: only the lost one is not', async () => {
  const thread = await unlinked()
  await writes(thread, '您好', { id: 'U7', email: 'anna@example.test' })
  await until('the words', () => heard().find((text) => text.includes('您好')))
  const [account] = await accountsOf(at.database.db, 'anna')
  if (!account) throw new Error('not linked')
  expect(await unlinkPerson(at.database.db, { account, by: null }, at.house.house.clock)).toBe(true)
  expect(await unlinkPerson(at.database.db, { account, by: null }, at.house.house.clock)).toBe(false)
  await writes(thread, '新账号', { id: 'U8', email: 'anna@example.test' })
  await until('the new words', () => heard().find((text) => text.includes('新账号')))
  expect(await accountsOf(at.database.db)).toMatchObject([{ agentId: 'anna', deskId: group(), userId: 'U8', how: 'email' }])
})

test('a link of the config file stays: whoever asks is told where it stands; the lost account is named in another tool', async () => {
  const thread = await unlinked()
  await at.database.db
    .update(agents)
    .set({ identities: { [group()]: '7' } })
    .where(eq(agents.id, 'anna'))
  await writes(thread, '/unlink', { id: '7' })
  const told = await until('the word', () => whispers().find((text) => text.includes('frontdesk.yaml')))
  expect(told).toContain(`identities: { ${group()}: "7" }`)
  expect(await accountsOf(at.database.db)).toMatchObject([{ userId: '7', how: 'file' }])
  await writes(thread, '/unlink nowhere', { id: '7' })
  expect(await until('the list', () => whispers().find((text) => text.includes('nowhere')))).toContain(`${group()} (7)`)

  const { code } = await makeLinkCode(at.database.db, at.house.house.clock, 'anna')
  await at.database.db.update(agents).set({ identities: {} })
  await writes(thread, `/link ${code}`, { id: '8' })
  await until('the link', () => whispers().find((text) => text.includes('已关联')))
  // From the console, by the tool's name.
  await at.house.agent('console', 'anna', { type: 'command', line: `/unlink ${group()}`, thread: '' })
  await until('it is gone', async () => ((await accountsOf(at.database.db)).length === 0 ? true : undefined))
})

test('what was still to be said to that account alone is not said to it any more', async () => {
  const thread = await unlinked()
  await writes(thread, '您好', { id: 'U7', email: 'anna@example.test' })
  await until('the words', () => heard().find((text) => text.includes('您好')))
  await at.house.settle()
  at.house.onDesk.now = async (_thread, op) => {
    if (op === 'whisper') throw new ConnectorError('transient', 'the tool is away', { certain: true })
  }
  await writes(thread, '/stats', { id: 'U7' })
  await writes(thread, '/stats', { id: 'U8' })
  const open = and(eq(deliveries.op, 'whisper'), inArray(deliveries.state, ['pending', 'retry']))
  const waiting = () => at.database.db.select().from(deliveries).where(open)
  await until('two words wait', async () => ((await waiting()).length === 2 ? true : undefined))
  const [account] = await accountsOf(at.database.db, 'anna')
  if (!account) throw new Error('not linked')
  await unlinkPerson(at.database.db, { account, by: null }, at.house.house.clock)
  expect((await waiting()).map(({ payload }) => payload.whom?.id)).toEqual(['U8'])
})
