// How far a message got, as one icon, one tone and words.
import type { ConsoleMessage, DeliveryState } from '#http/console/protocol.ts'
import type { IconName } from './icons.tsx'
import type { Words } from './words.en.ts'

type Tone = 'quiet' | 'ok' | 'warn' | 'bad'

const LOOK: Record<DeliveryState, { icon: IconName; tone: Tone }> = {
  pending: { icon: 'clock', tone: 'quiet' },
  sending: { icon: 'clock', tone: 'quiet' },
  sent: { icon: 'check', tone: 'quiet' },
  delivered: { icon: 'checks', tone: 'quiet' },
  read: { icon: 'checks', tone: 'ok' },
  retry: { icon: 'refresh', tone: 'warn' },
  failed: { icon: 'alert', tone: 'bad' },
  unknown: { icon: 'question', tone: 'warn' },
  held: { icon: 'pause', tone: 'warn' },
  expired: { icon: 'alert', tone: 'bad' },
}

export interface DeliveryLook {
  icon: IconName
  tone: Tone
  words: string
  /** The agent may ask for another attempt. A held reply with a question is answered by its buttons instead. */
  again: boolean
}

export function deliveryLook(message: Pick<ConsoleMessage, 'delivery' | 'question'>, t: Words): DeliveryLook | null {
  const { delivery } = message
  if (!delivery) return null
  const { icon, tone } = LOOK[delivery.state]
  const words = [t.delivery[delivery.state], delivery.reason, delivery.possiblyTwice && t.possiblyTwice].filter(Boolean).join(' · ')
  const again = ['failed', 'unknown', 'expired'].includes(delivery.state) || (delivery.state === 'held' && !message.question)
  return { icon, tone: delivery.possiblyTwice && tone === 'quiet' ? 'warn' : tone, words, again }
}
