// What somebody who waits may choose.
import type { Button } from '#core/message.ts'
import { phrase } from '#core/phrases.ts'
import type { ConversationRow } from '#store/rows.ts'
import { mailChannel } from './answer.ts'
import type { House } from './house.ts'

export const CHOICES = ['stay', 'message', 'callback', 'elsewhere', 'leave'] as const
export type Choice = (typeof CHOICES)[number]

export function choices({ locale, channelId }: ConversationRow, house: House): Button[] {
  const isMail = house.channels.get(channelId)?.type === 'email'
  return CHOICES.filter((choice) => choice !== 'elsewhere' || (!isMail && mailChannel(house, channelId) !== undefined)).map((choice) => ({
    id: `wait:${choice}`,
    label: phrase(`wait.do_${choice}`, locale),
  }))
}
