// What somebody who waits may choose.
import type { Button } from '#core/message.ts'
import { phrase } from '#core/phrases.ts'
import type { ConversationRow } from '#store/rows.ts'
import { mailChannel } from './answer.ts'
import { type House, isAsync } from './house.ts'

export const CHOICES = ['stay', 'message', 'callback', 'elsewhere', 'leave'] as const
export type Choice = (typeof CHOICES)[number]

export function choices({ locale, channelId }: ConversationRow, house: House): Button[] {
  const isMail = house.channels.get(channelId)?.type === 'email'
  // Who wrote a mail left a message already, and does not sit and wait.
  const isLeft = isAsync(house, channelId)
  const may: Record<Choice, boolean> = {
    stay: !isLeft,
    message: !isLeft,
    callback: true,
    elsewhere: !isMail && mailChannel(house, channelId) !== undefined,
    leave: true,
  }
  return CHOICES.filter((choice) => may[choice]).map((choice) => ({ id: `wait:${choice}`, label: phrase(`wait.do_${choice}`, locale) }))
}
