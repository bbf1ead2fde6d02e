// Mails to agents: one to each who is to be told, each with an address of its own to answer to. The same call again makes the same
// mails, with the same ids; who has got theirs already gets no second one.
import type { Deps } from '#core/connector.ts'
import { ConnectorError, reason } from '#core/errors.ts'
import type { DeskUser } from '#core/event.ts'
import type { Button, Locale } from '#core/message.ts'
import type { Letter } from '#platforms/mail/compose.ts'
import type { Post } from '#platforms/mail/post.ts'
import { oneLine } from '../speaker.ts'
import { dayOf, type Seal, type Sealer } from './address.ts'
import type { Books } from './books.ts'
import { html } from './html.ts'
import type { Pace } from './pace.ts'
import { type Content, MARK, type Press, plainText } from './words.ts'

/** To whom a mail came back gets none for so long. */
const LOST_MS = 24 * 3_600_000
const DONE_MAX = 1_000

export interface Sender {
  address: string
  name: string
  locale: Locale
  /** What of the customer a subject tells. */
  subject: 'title' | 'reference'
  post: Post
  sealer: Sealer
  books: Books
  pace: Pace
  deps: Deps
  /** Of unfinished calls: who has got their mail. */
  done: Map<string, Set<string>>
}

export interface Mailing {
  key: string
  thread: string
  title: string
  /** All but the buttons. */
  content: Omit<Content, 'presses' | 'links'>
  buttons: Button[]
  /** What else can be done, in small print. */
  links?: Button[]
  files?: string[]
}

/** To all of them. Those who cannot be reached are written down; only where nobody was reached it fails. */
export async function mailTo(sender: Sender, to: readonly DeskUser[], mailing: Mailing, signal: AbortSignal): Promise<void> {
  const { done, deps, books, sealer } = sender
  const reached = done.get(mailing.key) ?? new Set<string>()
  remember(done, mailing.key, reached)
  let refusal: ConnectorError | undefined
  for (const person of to) {
    const address = person.id.trim()
    if (reached.has(address)) continue
    const mark = await sealer.personOf(address)
    const known = await books.meet(mark, (before) => ({ ...before, address, ...(person.name && { name: person.name }) }))
    const lost = known.lost && deps.now().getTime() - Date.parse(known.lost.at) < LOST_MS ? known.lost : undefined
    try {
      if (lost) throw new ConnectorError('recipient_gone', `mails to ${address} do not arrive: ${lost.reason}`)
      await sender.pace(address, signal)
      await sender.post.send(await letterOf(sender, { address, mark, name: person.name }, mailing), signal)
      reached.add(address)
    } catch (error) {
      if (!(error instanceof ConnectorError) || error.kind !== 'recipient_gone') throw error
      refusal = error
      if (!lost) await books.meet(mark, (before) => ({ ...before, address, lost: { at: deps.now().toISOString(), reason: reason(error) } }))
      deps.log.warn({ desk: deps.id, agent: address, error: error.message }, 'an agent cannot be reached by mail')
    }
  }
  done.delete(mailing.key)
  if (refusal && reached.size === 0) throw refusal
}

/** Bounded, because most keys never come back. */
function remember(done: Sender['done'], key: string, reached: Set<string>): void {
  done.delete(key)
  done.set(key, reached)
  if (done.size > DONE_MAX) done.delete(done.keys().next().value as string)
}

async function letterOf(sender: Sender, to: { address: string; mark: string; name?: string }, mailing: Mailing): Promise<Letter> {
  const { address, name, locale, sealer, deps } = sender
  const { key, thread, buttons, links = [] } = mailing
  const seal: Seal = { thread, person: to.mark, day: dayOf(timeOf(key) ?? deps.now()) }
  const replyTo = await sealer.addressOf(seal)
  const presses = buttons.map((button) => pressOf(button, replyTo, thread))
  const content: Content = { ...mailing.content, presses, links: links.map((link) => pressOf(link, replyTo, thread)) }
  const root = sealer.rootOf(seal)
  const files = []
  for (const id of mailing.files ?? []) files.push(await deps.file(id))
  return {
    key,
    from: { name, address },
    to: to.address,
    replyTo,
    subject: subjectOf(mailing, sender.subject),
    text: plainText(content, locale),
    html: html(content, locale),
    messageId: await sealer.idOf(key, seal),
    headers: {
      // All mails of a thread name one that never was: whatever an agent deletes, programs keep the rest together.
      'In-Reply-To': root,
      References: root,
      'Auto-Submitted': 'auto-generated',
      'X-Auto-Response-Suppress': 'All',
      'X-Loop': address,
    },
    files,
    // Bounces come back to us: somebody must learn of them.
    automatic: false,
  }
}

/** A press is a mail: its subject is the command, and what a program puts below our line is no words. */
function pressOf({ id, label, url }: Button, replyTo: string, thread: string): Press {
  if (url !== undefined) return { label, href: url }
  const subject = `!${id}${referenceOf(thread)}`
  return {
    label,
    href: `mailto:${encodeURIComponent(replyTo).replaceAll('%40', '@')}?subject=${encodeURIComponent(subject)}&body=${encodeURIComponent(`\n\n${MARK}`)}`,
  }
}

/** Short enough to be read out; the whole is in the address. */
function referenceOf(thread: string): string {
  return thread ? ` #${thread.slice(-6)}` : ''
}

/** Alike on all mails of a thread: programs that go by the subject keep them together, too. */
function subjectOf({ thread, title }: Mailing, tells: Sender['subject']): string {
  const words = [...(thread ? [`[${referenceOf(thread).trim()}]`] : []), ...(tells === 'title' && title ? [oneLine(title)] : [])]
  return words.join(' ') || 'Frontdesk'
}

/** Our ids hold the time at which they were made: the same key has the same day, however late its mail goes out. */
function timeOf(key: string): Date | undefined {
  const [, hex] = /^dlv_([0-9a-f]{12})[0-9a-f]{20}$/.exec(key) ?? []
  return hex ? new Date(Number.parseInt(hex, 16)) : undefined
}
