// Where an answer goes, when it does not go where the question came from.
import type { ConversationRow } from '#store/rows.ts'
import type { House } from './house.ts'

/** The channel that mails are sent through; none: nobody can be answered by mail. */
export function mailChannel(house: House, besides: string): string | undefined {
  return [...house.channels].find(([id, { type }]) => type === 'email' && id !== besides)?.[0]
}

/** Where an agent's words go: by mail, where the customer asked for that while waiting. */
export function answerAddress({ wait, channelId }: ConversationRow, house: House): { channelId: string; user: string } | undefined {
  if (wait?.choice !== 'elsewhere' || wait.contact?.kind !== 'email') return undefined
  const mail = mailChannel(house, channelId)
  return mail === undefined ? undefined : { channelId: mail, user: wait.contact.value }
}
