// Which mails belong together. The core keeps one short text for each thread and gives it back with every answer, so all that
// an answer needs is in it: the id of the mail that began the thread, and its subject. Our own mails carry it in their ids, so
// that an answer to any of them leads back, whatever the customer's program, or the provider, does to the other headers.
import type { Recall } from '#core/connector.ts'

export interface Thread {
  /** `<…>`: the id of the first mail. */
  root: string
  /** Without `Re:` and the like. */
  subject: string
}

const ROOT_MAX = 250
const SUBJECT_MAX = 60
/** Looked for on record: the newest of a long chain. */
const KNOWN_MAX = 40
const ID = /^<[^<>\s]+>$/
const ANSWER = /^(?:\s*(?:re|fwd?|aw|sv|wg|tr|rv|vs|antw|回复|回覆|答复|答覆|转发|轉發|轉寄)\s*(?:\[\d+\]\s*)?[:：])+\s*/i

export function threadKey({ root, subject }: Thread): string {
  return `${root} ${subject}`.trim()
}

/** What `threadKey` made; undefined for anything else. */
export function readThread(key: string | undefined): Thread | undefined {
  const [, root = '', subject = ''] = /^(\S+)(?: (.*))?$/.exec(key ?? '') ?? []
  return isId(root) ? { root, subject: plainSubject(subject) } : undefined
}

/** One line, without the marks of answers, and not too long to travel in an id. */
export function plainSubject(subject: string): string {
  const line = subject.replaceAll(/\p{Cc}+/gu, ' ').replace(ANSWER, '')
  return [...line.trim()].slice(0, SUBJECT_MAX).join('').trim()
}

/** An id of ours: `<label.thread@domain>`. */
export function ownId(label: string, thread: Thread | undefined, domain: string): string {
  const token = thread && Buffer.from(threadKey(thread)).toString('base64url')
  return `<${label.replaceAll(/[^\w-]/g, '-')}${token ? `.${token}` : ''}@${domain}>`
}

/** The thread within an id of ours. Nobody is trusted for it: it only ever leads to a conversation of the same sender. */
export function threadOf(id: string, domain: string): Thread | undefined {
  const [, token, host] = /^<[\w-]+\.([\w-]+)@([^@<>]+)>$/.exec(id) ?? []
  return token && host?.toLowerCase() === domain ? readThread(Buffer.from(token, 'base64url').toString()) : undefined
}

/** A mail of ours that went out as a delivery. */
export function isDelivery(id: string, domain: string): boolean {
  const [, host] = /^<dlv[_-]\w+(?:\.[\w-]+)?@([^@<>]+)>$/.exec(id) ?? []
  return host?.toLowerCase() === domain
}

export interface Links {
  messageId: string
  inReplyTo: string[]
  /** Oldest first. */
  references: string[]
  subject: string
  /** The delivery that the mail was sent to, by its signed address. */
  answers?: string
}

/** From the headers alone. */
export function findThread({ messageId, inReplyTo, references, subject }: Links, domain: string): Thread {
  const known = [...inReplyTo, ...references.toReversed()]
  for (const id of known) {
    const own = threadOf(id, domain)
    if (own) return own
  }
  return { root: references[0] ?? inReplyTo[0] ?? messageId, subject: plainSubject(subject) }
}

/**
 * In the order of trust: the signed address, then every id that the mail names, the nearest first, against all that came in and
 * went out. A subject joins nothing, and whoever is not the customer of that thread begins one of their own.
 */
export async function recallThread(links: Links, domain: string, recall: Pick<Recall, 'whose'> | undefined): Promise<string> {
  const { answers, inReplyTo, references } = links
  const named = [...new Set([...inReplyTo, ...references.toReversed()])].slice(0, KNOWN_MAX)
  if (recall && (answers || named.length > 0)) {
    const known = await recall.whose([...(answers ? [answers] : []), ...named])
    for (const id of [answers ?? '', ...named]) {
      const thread = readThread(known.get(id)?.address.thread)
      if (thread) return threadKey(thread)
    }
  }
  return threadKey(findThread(links, domain))
}

function isId(text: string): boolean {
  return text.length <= ROOT_MAX && ID.test(text)
}
