// The same thing done to several conversations: each by itself, the way a single one is done, so that nobody may more than otherwise. Pure.
import type { ConversationSummary } from '#http/console/protocol.ts'

export type Bulk = { type: 'resolve' } | { type: 'claim' } | { type: 'tag'; add: string[] }

/** Why it is not even tried. */
export type Hindrance = { why: 'theirs'; agent: string } | { why: 'mine' } | { why: 'resolved' } | { why: 'not_allowed' }

export interface Sorted {
  able: ConversationSummary[]
  unable: { row: ConversationSummary; hindrance: Hindrance }[]
}

/** What the screen knows of already. The server decides, and may still refuse what others changed meanwhile. */
export function sortOut(rows: readonly ConversationSummary[], bulk: Bulk['type'], me: string): Sorted {
  const sorted: Sorted = { able: [], unable: [] }
  for (const row of rows) {
    const can = bulk === 'tag' || row.can[bulk]
    if (can) sorted.able.push(row)
    else sorted.unable.push({ row, hindrance: hindranceOf(row, bulk, me) })
  }
  return sorted
}

function hindranceOf({ status, agent }: ConversationSummary, bulk: Bulk['type'], me: string): Hindrance {
  if (status === 'resolved') return { why: 'resolved' }
  if (agent?.id === me && bulk === 'claim') return { why: 'mine' }
  return agent && agent.id !== me ? { why: 'theirs', agent: agent.name } : { why: 'not_allowed' }
}

export interface Outcome {
  done: ConversationSummary[]
  refused: { row: ConversationSummary; why: string }[]
  /** Stopped before they were tried. */
  left: ConversationSummary[]
}

/** So many are under way at once: each is worked on and answered before the next takes its place. */
const AT_ONCE = 4

export interface BulkParts {
  /** Throws with words when it is refused. */
  act(row: ConversationSummary): Promise<void>
  /** How many are over, whatever became of them. */
  progressed(count: number): void
  stopped(): boolean
}

export async function runBulk(rows: readonly ConversationSummary[], { act, progressed, stopped }: BulkParts): Promise<Outcome> {
  const outcome: Outcome = { done: [], refused: [], left: [] }
  const waiting = [...rows]
  const work = async () => {
    for (let row = waiting.shift(); row; row = waiting.shift()) {
      if (stopped()) {
        outcome.left.push(row)
        continue
      }
      try {
        await act(row)
        outcome.done.push(row)
      } catch (error) {
        outcome.refused.push({ row, why: error instanceof Error ? error.message : String(error) })
      }
      progressed(outcome.done.length + outcome.refused.length)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return outcome
}
