// Mails that no person wrote (RFC 3834): they are shown, and no machine of ours answers them.
import { type Field, headerOf } from './headers.ts'

/** How a mail was handed over, where that is known: mail servers say it beside the mail itself. */
export interface Envelope {
  /** Empty for bounces and other mail that must not be answered. */
  from?: string
}

const ROBOT =
  /^(?:mailer[-_.]?daemon|post[-_.]?master|no[-_.]?reply|do[-_.]?not[-_.]?reply|bounces?|auto[-_.]?(?:reply|responder|answer)|listserv|majordomo|owner-[\w.-]+|[\w.-]+-(?:request|owner|bounces))(?:[+._=-].*)?@/i
/** A header that no person's mail has; what it says does not matter. */
const MACHINE = [
  'x-autoreply',
  'x-autorespond',
  'x-autoresponse',
  'x-auto-reply-from',
  'x-mail-autoreply',
  'list-id',
  'list-unsubscribe',
  'list-post',
  'x-failed-recipients',
  'feedback-id',
]
const SUBJECT =
  /^(?:auto(?:matic|mated|)[- ]?(?:reply|response|respons|answer)|automatische antwort|réponse automatique|respuesta automática|risposta automatica|out of (?:the )?office|abwesenheit|自动回复|自動回覆|自动答复|不在办公室|外出自动)/i

export interface Signs {
  envelope: Envelope
  fields: readonly Field[]
  /** Who an answer would go to. */
  sender: string
  /** Ours. */
  address: string
  /** It is addressed to us by name, and not only delivered here (RFC 3834, 2). */
  isMeant: boolean
  subject: string
}

export function isAutomatic({ envelope, fields, sender, address, isMeant, subject }: Signs): boolean {
  const header = (name: string) => headerOf(fields, name)
  const submitted = header('auto-submitted').split(/[;(]/)[0]?.trim().toLowerCase()
  const precedence = header('precedence').trim()
  return (
    envelope.from === '' ||
    isNullPath(header('return-path')) ||
    (submitted !== '' && submitted !== 'no') ||
    /^(?:bulk|list|junk|auto_reply)$/i.test(precedence) ||
    /^multipart\/report\b/i.test(header('content-type')) ||
    // `None` asks for nothing; DR, NDR, RN, NRN, OOF and AutoReply only come from machines and lists.
    (header('x-auto-response-suppress') !== '' && !/^none$/i.test(header('x-auto-response-suppress').trim())) ||
    MACHINE.some((name) => header(name) !== '') ||
    // Through us once already, whatever stood between.
    fields.some(({ name, value }) => name === 'x-loop' && value.toLowerCase().includes(address)) ||
    ROBOT.test(sender) ||
    SUBJECT.test(subject) ||
    sender === address ||
    !isMeant
  )
}

export function isNullPath(value: string): boolean {
  return /^<\s*(?:MAILER-DAEMON(?:@[^>]*)?)?\s*>$/i.test(value.trim())
}
