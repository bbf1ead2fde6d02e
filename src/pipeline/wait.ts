// What somebody who waits may choose: to stay, to be answered later, to be called back, to be answered by mail, to leave. By button, by
// number where there are none, and in words. It stays in the queue as a task with what they want on its card.
import type { Inbound } from '#core/event.ts'
import type { Locale } from '#core/message.ts'
import { plainText } from '#core/message.ts'
import { phrase } from '#core/phrases.ts'
import type { ConversationRow, Draft } from '#store/rows.ts'
import { mailChannel } from './answer.ts'
import { cameFrom } from './bot.ts'
import { CHOICES, type Choice } from './choices.ts'
import { audit, own, redraw, say } from './draft.ts'
import { openingOf } from './hours.ts'
import type { House } from './house.ts'
import { DONE } from './idle.ts'

/** What customers write instead of pressing; whole messages only, so that nobody leaves by the way. */
const WORDS: Record<Choice, RegExp> = {
  stay: /^(?:继续等|继续等待|我等|继续排队|保留位置|keep waiting|i(?:'| wi)ll wait|keep my place)$/i,
  message: /^(?:留言|我要留言|先留言|稍后回复(?:我)?|leave a message|answer (?:me )?later)$/i,
  callback: /^(?:回电|回电话|请回电|给我回电话?|请给我打电话|电话联系我?|call me back|call me|request a call)$/i,
  elsewhere: /^(?:邮件回复(?:我)?|用邮件回复(?:我)?|发邮件给我|answer (?:me )?by e-?mail|e-?mail me)$/i,
  leave: /^(?:退出排队|不等了|取消排队|离开队列|leave the queue|stop waiting)$/i,
}
const BACK = /^(?:取消|算了|不用了|cancel|never mind)$/i
const PHONE = /^\+?[\d\s().-]{6,24}$/
const EMAIL = /^[^\s@<>"]{1,64}@[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+$/i

/** Is this about the wait? Then what it changes. Only while people are waited for. */
export function waiting(
  conversation: ConversationRow | undefined,
  event: Extract<Inbound, { type: 'message' | 'press' }>,
  house: House,
): ((draft: Draft, cause: string) => void) | undefined {
  if (conversation?.status !== 'queued' || !house.service.queue.choices) return undefined
  const { wait } = conversation
  const text =
    event.type === 'message'
      ? plainText(event.parts)
          .normalize('NFKC')
          .trim()
          .replace(/[。.!！]+$/, '')
      : ''
  const pressed = event.type === 'press' ? event.buttonId : wait?.offered?.[Number(/^[1-9]$/.exec(text)?.[0] ?? 0) - 1]
  const choice = CHOICES.find((one) => pressed === `wait:${one}` || (text !== '' && WORDS[one].test(text)))
  if (choice) return (draft, cause) => choose(draft, choice, house, cause)
  if (wait?.asking && text !== '') return (draft, cause) => answer(draft, text, house, cause)
  return undefined
}

function choose(draft: Draft, choice: Choice, house: House, cause: string): void {
  const { conversation } = draft
  const { locale, wait } = conversation
  audit(draft, house, 'queue.chose', { kind: 'customer', id: draft.customer.id }, { choice })
  if (choice === 'leave') {
    own(draft, { status: 'bot' }, house)
    // Who leaves the queue must not be sent back to it by a rule.
    conversation.botState = { ...cameFrom(conversation), returned: true }
    tell(draft, phrase('queue.left', locale), house, cause)
  } else if (choice === 'callback' || (choice === 'elsewhere' && mailChannel(house, conversation.channelId) !== undefined)) {
    conversation.wait = { ...wait, choice, asking: choice === 'callback' ? 'phone' : 'email' }
    tell(draft, phrase(choice === 'callback' ? 'wait.ask_phone' : 'wait.ask_email', locale), house, cause)
  } else if (choice === 'stay') {
    const { asking: _, contact: __, ...rest } = wait ?? {}
    conversation.wait = { ...rest, choice }
    tell(draft, phrase('wait.kept', locale), house, cause)
  } else {
    const { asking: _, ...rest } = wait ?? {}
    conversation.wait = { ...rest, choice: 'message' }
    tell(draft, phrase('queue.leave_message', locale), house, cause)
  }
  redraw(draft, house)
}

/** The number or the address that was asked for. */
function answer(draft: Draft, text: string, house: House, cause: string): void {
  const { conversation } = draft
  const { locale } = conversation
  const { asking, ...rest } = conversation.wait ?? {}
  if (asking === undefined) return
  if (BACK.test(text)) {
    choose(draft, 'stay', house, cause)
    return
  }
  const isGood = asking === 'phone' ? PHONE.test(text) && text.replace(/\D/g, '').length >= 6 : EMAIL.test(text) && text.length <= 254
  if (!isGood) {
    tell(draft, phrase(asking === 'phone' ? 'wait.bad_phone' : 'wait.bad_email', locale), house, cause)
    return
  }
  const value = asking === 'phone' ? text.replace(/\s+/g, ' ') : text.toLowerCase()
  conversation.wait = { ...rest, contact: { kind: asking, value } }
  audit(draft, house, 'queue.contact', { kind: 'customer', id: draft.customer.id }, { kind: asking })
  tell(
    draft,
    phrase(asking === 'phone' ? 'wait.will_call' : 'wait.will_mail', locale, { contact: value, opens: opens(draft, house, locale) }),
    house,
    cause,
  )
  redraw(draft, house)
}

function opens({ conversation }: Draft, house: House, locale: Locale): string | undefined {
  const opening = openingOf(house, conversation.skill, locale)
  return opening.open ? undefined : opening.text
}

function tell(draft: Draft, text: string, house: House, cause: string): void {
  say(draft, 'system', [{ type: 'text', text }], house, `${cause}:wait`)
}

/** What a button of ours says: platforms tell only its id. */
export function ownLabel(buttonId: string, locale: Locale): string | undefined {
  if (buttonId === DONE) return phrase('conversation.idle_done', locale)
  const choice = CHOICES.find((one) => buttonId === `wait:${one}`)
  return choice && phrase(`wait.do_${choice}`, locale)
}
