// What is not theirs: a conversation of somebody else, words that somebody else wrote, an owner who is gone meanwhile.
import { expect, test } from 'vitest'
import { deliveries, events, messages } from '#store/schema.ts'
import { byHand } from '../../test/support/byhand.ts'
import type { StageOptions } from '../../test/support/stage.ts'

const at = byHand()
const { pass, row } = at
const people = ['anna', 'ben'].map((id) => ({ id, name: id, skills: ['aftersales'], capacity: 1, presence: 'online' as const }))

/** Agents take conversations themselves. */
const open = (agents: StageOptions['agents'] = people) => at.open({ agents, routing: { mode: 'claim' } })
const asks = async () => {
  await at.says('转人工')
  return (await row()).id
}
const says = (id: string, thread: string, line: string) => at.house.agent('console', id, { type: 'command', thread, line } as never)

test('commands about a conversation that is not theirs are refused, and a supervisor’s are not', async () => {
  const lead = { id: 'lead', name: 'lead', role: 'supervisor' as const, skills: [] }
  await open([...people, lead])
  const id = await asks()
  await says('anna', id, '/claim')
  await at.house.agent('console', 'anna', {
    type: 'message',
    thread: id,
    parts: [{ type: 'text', text: '您好' }],
    messageId: 'w1',
  } as never)
  await pass()
  const [sent] = (await at.database.db.select().from(deliveries)).filter(({ op, automatic }) => op === 'send' && !automatic)
  const before = await row()
  const lines = ['/release', '/transfer tech', '/transfer @ben', '/resolve', '/bot', '/snooze 1h', `/resend ${sent?.messageId}`]
  const results = async (who: string) => {
    const asked = await Promise.all(lines.map((line) => says(who, id, line)))
    await pass()
    const rows = await at.database.db.select().from(events)
    return asked.map(([event]) => rows.find((row) => row.id === event)?.result)
  }
  for (const result of await results('ben')) expect(result).toMatchObject({ ok: false, code: 'not_yours' })
  expect(await row()).toEqual(before)
  await says('lead', id, '/snooze 1h')
  await pass()
  await says('ben', id, '/bot')
  await says('ben', id, '/resolve')
  await pass()
  expect(await row()).toMatchObject({ status: 'snoozed', agentId: 'anna' })
  await says('lead', id, '/resolve')
  await pass()
  expect((await row()).status).toBe('resolved')
})

test('held words are not sent beside the bot or the queue, once the owner they were to be sent beside is gone', async () => {
  for (const way of ['/bot', '/release']) {
    await open()
    const id = await asks()
    await says('anna', id, '/claim')
    await at.house.agent('console', 'ben', {
      type: 'message',
      thread: id,
      parts: [{ type: 'text', text: '我来答' }],
      messageId: 'w',
    } as never)
    await pass()
    const held = (await at.database.db.select().from(messages)).find(({ question }) => question)
    await says('anna', id, way)
    const [event] = await says('ben', id, `/held send ${held?.id}`)
    await pass()
    expect((await at.database.db.select().from(events)).find((row) => row.id === event)?.result).toMatchObject({
      ok: false,
      code: 'changed',
    })
    expect((await at.database.db.select().from(deliveries)).filter(({ op, automatic }) => op === 'send' && !automatic)).toEqual([])
    await at.house.stop()
  }
})

test('nobody changes what somebody else wrote, nor what they wrote themselves before they passed the conversation on', async () => {
  await open()
  const id = await asks()
  await says('anna', id, '/claim')
  const parts = (text: string) => [{ type: 'text', text }]
  await at.house.agent('console', 'anna', { type: 'message', thread: id, parts: parts('明天发货'), messageId: 'w' } as never)
  await pass()
  await says('anna', id, '/transfer @ben')
  await pass()
  const changes = (who: string) => [
    at.house.agent('console', who, { type: 'edit', thread: id, target: 'w', parts: parts('不发货') } as never),
    at.house.agent('console', who, { type: 'remove', thread: id, target: 'w' } as never),
  ]
  const asked = await Promise.all([...changes('anna'), ...changes('ben')])
  await pass()
  const rows = await at.database.db.select().from(events)
  for (const [event] of asked) expect(rows.find((row) => row.id === event)?.result).toMatchObject({ ok: false, code: 'not_yours' })
  const [kept] = (await at.database.db.select().from(messages)).filter(({ author }) => author === 'agent')
  expect(kept).toMatchObject({ text: '明天发货', editedAt: null, recalledAt: null })
})
