// How far a message got, as one icon, one tone and words.
import type { ConsoleMessage, DeliveryState } from '#http/console/protocol.ts'
import type { IconName } from './icons.tsx'
import type { Words } from './words.en.ts'

type Tone = 'quiet' | 'ok' | 'warn' | 'bad'

export const TONES: Record<Tone, string> = { quiet: 'text-faint', ok: 'text-accent-text', warn: 'text-warn', bad: 'text-danger' }

export const LOOK: Record<DeliveryState, { icon: IconName; tone: Tone }> = {
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
  dropped: { icon: 'x', tone: 'quiet' },
}

export interface DeliveryLook {
  icon: IconName
  tone: Tone
  /** How far it got. */
  words: string
  /** Nothing is wrong: the icon says it, and words are for whoever asks. */
  calm: boolean
  /** Why it is so, for what went wrong. */
  reason?: string
  twice: boolean
  /** The agent may ask for another attempt, or give it up. A held reply with a question is answered by its buttons instead. */
  again: boolean
}

const CALM: readonly DeliveryState[] = ['pending', 'sending', 'sent', 'delivered', 'read']

export function deliveryLook(message: Pick<ConsoleMessage, 'delivery' | 'question'>, t: Words): DeliveryLook | null {
  const { delivery } = message
  if (!delivery) return null
  const { state, reason, possiblyTwice: twice = false } = delivery
  return {
    ...LOOK[state],
    words: t.delivery[state],
    calm: CALM.includes(state),
    ...(reason && { reason: state === 'dropped' ? t.gaveUp(reason) : reason }),
    twice,
    again: ['failed', 'unknown', 'expired'].includes(state) || (state === 'held' && !message.question),
  }
}
