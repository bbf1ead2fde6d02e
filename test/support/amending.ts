// A customer with an agent in a thread, and what the agent writes there, changes and takes back.
import { eq } from 'drizzle-orm'
import { messages } from '#store/schema.ts'
import type { StageOptions } from './stage.ts'
import { stages } from './stages.ts'
import { until } from './until.ts'

export const ALL: StageOptions['able'] = { channel: ['edit', 'recall'], desk: ['mark', 'edit', 'remove'] }

/** To be called once in a file, outside its tests. */
export function amending() {
  const at = stages()
  /** What was sent until a test's own part began. */
  let before = 0

  const { group } = at

  /** A customer with an agent, in a thread. */
  async function talking(options: StageOptions = {}): Promise<string> {
    const thread = await at.waiting({ able: ALL, ...options })
    await at.house.agent(group(), 'u-anna', { type: 'button', thread, command: 'claim', callback: 'cb' })
    await at.house.settle()
    before = at.house.sent.length
    return thread
  }

  let counter = 0
  const writes = async (thread: string, text: string, user = 'u-anna') => {
    const messageId = `w${++counter}`
    await at.house.agent(group(), user, { type: 'message', thread, parts: [{ type: 'text', text }], messageId })
    return messageId
  }
  const rewrites = (thread: string, target: string, text: string, user = 'u-anna') =>
    at.house.agent(group(), user, { type: 'edit', thread, target, parts: [{ type: 'text', text }] })
  const ticksAt = (target: string) => at.house.shown.flatMap((one) => (one.op === 'mark' && one.target === target ? [one.state] : []))
  const tick = (target: string, state: string) =>
    until(`the tick ${state}`, () => {
      at.house.clock.ms += 50
      return ticksAt(target).at(-1) === state
    })
  const said = () =>
    at.house.sent.slice(before).map(({ message }) => message.parts.map((part) => ('text' in part ? part.text : part.type)).join(' '))
  const whispers = () => at.house.shown.flatMap((one) => (one.op === 'whisper' ? [one] : []))
  const row = async (text: string) => (await at.database.db.select().from(messages).where(eq(messages.text, text)))[0]
  return { at, group, talking, writes, rewrites, ticksAt, tick, said, whispers, row }
}
