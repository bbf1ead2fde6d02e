// The browser's word on how far it got: it has our messages, or the visitor has read them. Truth for the agent's screen; it goes
// past the events, since it says nothing that anybody answers and comes with every message.
import { RequestError } from '#core/errors.ts'
import { markSeen } from '#store/receipts.ts'
import { markOf } from '../../pipeline/tick.ts'
import type { LineParts } from './line.ts'
import type { SeenRequest } from './protocol.ts'
import type { Visitor } from './visitor.ts'

export async function takeSeen(parts: LineParts, visitor: Visitor | undefined, { seq, state }: SeenRequest): Promise<void> {
  if (!visitor) throw new RequestError(401, 'no_session', 'say hello first')
  const { channel, user } = visitor
  await parts.sends.take(`seen ${channel} ${user}`)
  const news = await markSeen(parts.database.db, { channelId: channel, user, seq, state }, parts.clock.now(), markOf(parts.clock))
  for (const conversation of news) parts.live.publish('console', { type: 'progress', conversation })
}
