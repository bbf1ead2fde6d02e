// A house whose queue is looked at by hand: agents of one place each, customers who ask for a person, and what is written down of it.

import { decisionText } from '#src/pipeline/decision.ts'
import { routePass, work } from '#src/pipeline.ts'
import { findAgent } from '#store/agents.ts'
import { lastDecisions } from '#store/decisions.ts'
import { conversations } from '#store/schema.ts'
import { fireTimers } from '#store/timers.ts'
import { byHand } from './byhand.ts'
import type { StageOptions } from './stage.ts'

export const people = (...ids: string[]) =>
  ids.map((id) => ({ id, name: id, skills: ['aftersales'], capacity: 1, presence: 'online' as const }))

/** To be called once in a file, outside its tests. */
export function queueing() {
  const at = byHand()
  /** A house that does nothing by itself: `go` does what is due. */
  async function open(routing: StageOptions['routing'], options: StageOptions = {}): Promise<void> {
    await at.open({ agents: people('anna', 'ben'), ...options, routing })
    for (const { id } of options.agents ?? people('anna', 'ben')) await online(id ?? '')
    await go()
  }

  const online = (id: string) => at.house.agent('console', id, { type: 'presence', state: 'online' } as never)
  const says = (id: string, thread: string, line: string) => at.house.agent('console', id, { type: 'command', thread, line } as never)

  /** Everything that is due now, and a look at the queue. */
  async function go(ms = 0): Promise<void> {
    at.house.clock.ms += ms
    await fireTimers(at.database.db, at.house.house.clock.now())
    while ((await work(at.database.db, at.house.house)).events > 0);
    await routePass(at.database.db, at.house.house)
  }

  async function asks(user: string): Promise<string> {
    at.house.clock.ms += 1
    await at.house.says(user, '转人工')
    await go()
    return (await conversationOf(user)).id
  }
  const conversationOf = async (user: string) => {
    const row = (await at.database.db.select().from(conversations)).find(({ userKey }) => userKey === user)
    if (!row) throw new Error(`no conversation of ${user}`)
    return row
  }
  const ownerOf = async (user: string) => (await conversationOf(user)).agentId
  const agent = async (id: string) => {
    const row = await findAgent(at.database.db, { id })
    if (!row) throw new Error(`no ${id}`)
    return row
  }
  const told = async (user: string) => {
    const { id } = await conversationOf(user)
    const names = ['anna', 'ben', 'cho'].map((one) => ({ id: one, name: one }))
    return (await lastDecisions(at.database.db, id)).map((row) => decisionText(row, names, 'en'))
  }
  /** The id of the tool that agents work in, beside the console. */
  const group = () => [...at.house.house.desks.keys()][0] ?? ''
  return { at, open, group, online, says, go, asks, conversationOf, ownerOf, agent, told }
}
