// What the company's server tells, as inbound events. Pure. A type that we do not know becomes a visible placeholder; what breaks
// the documented form is refused with the place of the mistake, for the developer who reads our answer.
import { z } from 'zod'
import { ConnectorError } from '#core/errors.ts'
import type { Inbound, Sender } from '#core/event.ts'
import type { Identity, MediaKind, Part } from '#core/message.ts'

/** Events in one call. */
const BATCH_MAX = 100

const id = z.string().regex(/^\P{Cc}{1,200}$/u, 'a string of 1 to 200 characters')
const word = z.string().max(200)
const words = z.string().max(20_000)

const envelope = z.object({
  type: z.string().min(1).max(60),
  user: z.object({
    id,
    name: z.string().optional(),
    locale: z.string().optional(),
    avatarUrl: z.string().optional(),
    email: z.string().optional(),
    emailVerified: z.boolean().default(false),
    phone: z.string().optional(),
    phoneVerified: z.boolean().default(false),
  }),
  thread: id.optional(),
  at: z.iso.datetime({ offset: true }).optional(),
})
const said = z.object({ text: words.optional(), parts: z.array(z.unknown()).max(50).optional() })
const forms = {
  kind: z.object({ type: z.string() }),
  batched: z.object({ id }),
  message: z.object({ message: said.extend({ id, replyTo: id.optional() }) }),
  press: z.object({ buttonId: z.string().min(1).max(300), label: word.optional(), target: id.optional() }),
  edit: z.object({ target: id, message: said }),
  recall: z.object({ target: id }),
  arrive: z.object({ source: word.optional() }),
  delivery: z.object({ target: id, state: z.enum(['delivered', 'read', 'failed']), reason: z.string().max(500).optional() }),
  strange: z.object({
    message: z
      .object({ id: id.optional().catch(undefined) })
      .optional()
      .catch(undefined),
  }),
}
const pieces = {
  text: z.object({ text: words, format: z.enum(['plain', 'markdown']).optional() }),
  file: z.object({
    url: z.url({ protocol: /^https?$/ }).max(2000),
    name: word.optional(),
    mime: z.string().max(120).optional(),
    bytes: z.int().nonnegative().optional(),
    caption: words.optional(),
  }),
  location: z.object({ lat: z.number().min(-90).max(90), lng: z.number().min(-180).max(180), title: word.optional() }),
}

/** `hookId` is the call's `webhook-id`; events in a batch bring their own ids. */
export function decode(raw: unknown, hookId: string, now: Date): Inbound[] {
  if (!Array.isArray(raw)) return decodeOne(raw, hookId, now, [])
  if (raw.length > BATCH_MAX) throw refusal([], `at most ${BATCH_MAX} events in one call, not ${raw.length}`)
  return raw.flatMap((one, n) => decodeOne(one, read(forms.batched, one, [n]).id, now, [n]))
}

type Path = readonly PropertyKey[]
type Base = Pick<Inbound, 'externalId' | 'at' | 'from' | 'raw'>

function decodeOne(raw: unknown, externalId: string, now: Date, path: Path): Inbound[] {
  // Says nothing of anybody: only whether the signature is right.
  if (read(forms.kind, raw, path).type === 'ping') return []
  const { type, user, thread, at } = read(envelope, raw, path)
  // The app's clock may run ahead of ours, but nothing comes from the future.
  const when = new Date(Math.min(at === undefined ? now.getTime() : Date.parse(at), now.getTime()))
  const base: Base = { externalId, at: when, from: { user: user.id, ...(thread !== undefined && { thread }) }, raw }
  return [eventOf(type, raw, base, senderOf(user), path)]
}

function eventOf(type: string, raw: unknown, base: Base, sender: Sender, path: Path): Inbound {
  switch (type) {
    case 'message': {
      const { message } = read(forms.message, raw, path)
      const reply = message.replyTo === undefined ? {} : { replyTo: message.replyTo }
      return { ...base, type, parts: partsOf(message, [...path, 'message']), messageId: message.id, ...reply, sender }
    }
    case 'press':
      return { ...base, type, ...read(forms.press, raw, path), sender }
    case 'edit': {
      const { target, message } = read(forms.edit, raw, path)
      return { ...base, type, target, parts: partsOf(message, [...path, 'message']) }
    }
    case 'recall':
      return { ...base, type, ...read(forms.recall, raw, path) }
    case 'arrive':
      return { ...base, type, ...read(forms.arrive, raw, path), sender }
    case 'leave':
    case 'typing':
      return { ...base, type }
    case 'delivery':
      return { ...base, type, ...read(forms.delivery, raw, path) }
    default: {
      const messageId = read(forms.strange, raw, path).message?.id ?? base.externalId
      return { ...base, type: 'message', parts: [{ type: 'unsupported', what: type }], messageId, sender }
    }
  }
}

/**
 * The app vouches for its own ids; what it did not verify joins nobody. What a user once typed into a profile may be anything:
 * an address that is none is left out, since the words that came with it matter more.
 */
function senderOf(user: z.output<typeof envelope>['user']): Sender {
  const name = user.name?.trim().slice(0, 200).toWellFormed()
  const locale = fitting(z.string().max(35), user.locale)
  const avatarUrl = fitting(z.url({ protocol: /^https$/ }).max(2000), user.avatarUrl)
  const email = fitting(z.email().max(254), user.email?.trim().toLowerCase())
  const phone = fitting(z.string().regex(/^\+[1-9]\d{6,14}$/), user.phone?.replaceAll(/[\s().-]/g, ''))
  const identities: Identity[] = [{ kind: 'channel', value: user.id, verified: true }]
  if (email) identities.push({ kind: 'email', value: email, verified: user.emailVerified })
  if (phone) identities.push({ kind: 'phone', value: phone, verified: user.phoneVerified })
  return { ...(name && { name }), ...(locale && { locale }), ...(avatarUrl && { avatarUrl }), identities }
}

function fitting(schema: z.ZodType<string>, value: string | undefined): string | undefined {
  return schema.safeParse(value).data
}

function partsOf({ text, parts = [] }: z.output<typeof said>, path: Path): Part[] {
  const all = parts.map((part, n) => partOf(part, [...path, 'parts', n]))
  if (text !== undefined) all.unshift({ type: 'text', text })
  if (all.length === 0) throw refusal(path, 'needs text or parts')
  return all
}

function partOf(raw: unknown, path: Path): Part {
  const { type } = read(forms.kind, raw, path)
  switch (type) {
    case 'text':
      return { type, ...read(pieces.text, raw, path) }
    case 'image':
    case 'audio':
    case 'video':
    case 'file':
      return fileOf(type, read(pieces.file, raw, path))
    case 'location':
      return { type, ...read(pieces.location, raw, path) }
    default:
      return { type: 'unsupported', what: type.slice(0, 60) || '?' }
  }
}

function fileOf(kind: MediaKind, { url, name, caption, ...rest }: z.output<typeof pieces.file>): Part {
  const { pathname } = new URL(url)
  const media = { id: url, name: name || lastStep(pathname) || kind, ...rest }
  return { type: 'media', kind, media, ...(caption !== undefined && { caption }) }
}

function lastStep(pathname: string): string {
  const step = pathname.split('/').at(-1) ?? ''
  try {
    return decodeURIComponent(step)
  } catch {
    return step // A lone percent sign: the name as it stands is good enough.
  }
}

function read<S extends z.ZodType>(schema: S, raw: unknown, path: Path): z.output<S> {
  const result = schema.safeParse(raw)
  if (result.success) return result.data
  const issue = result.error.issues[0]
  throw refusal([...path, ...(issue?.path ?? [])], issue?.message ?? 'cannot be read')
}

function refusal(path: Path, message: string): ConnectorError {
  const where = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`)).join('')
  const place = where.replace(/^\./, '')
  return new ConnectorError(
    'rejected',
    `${place || 'the event'}: ${message} – see docs/channels/app.md / 格式有误，参见 docs/channels/app.zh.md`,
  )
}
