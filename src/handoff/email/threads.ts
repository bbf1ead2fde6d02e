// The mail threads of conversations: who is told what of them, and what is not worth a mail.
import { cut } from '#core/adapt.ts'
import type { Receipt } from '#core/connector.ts'
import type { Card, Desk, DeskEntry, Offer } from '#core/desk.ts'
import { ConnectorError } from '#core/errors.ts'
import type { DeskUser } from '#core/event.ts'
import type { Page } from './books.ts'
import { type Mailing, mailTo, type Sender } from './send.ts'
import { type Content, factsOf, linesOf, wordOf, wordsOf } from './words.ts'

/** Whoever wrote to us so lately knows what they did. */
const DEED_MS = 2 * 60_000
const DEEDS_MAX = 2_000
const SHOWN_MAX = 200
const ADDRESS = /^[^\s@<>"]+@[^\s@<>"]+$/

export interface Threads extends Required<Pick<Desk, 'post' | 'whisper'>> {
  /** The thread's name. */
  open(thread: string, card: Card, key: string, signal: AbortSignal): Promise<string>
  update(thread: string, card: Card, signal: AbortSignal): Promise<void>
  offer(to: DeskUser, offer: Offer, signal: AbortSignal): Promise<Receipt>
  acted(thread: string, address: string): void
}

const idOf = ({ id }: DeskUser) => id.trim().toLowerCase()

function pageOf(card: Card, before: Page | undefined, told: DeskUser[]): Page {
  const [first] = card.to ?? []
  const isOwned = card.status === 'assigned' || card.status === 'snoozed'
  return {
    title: cut(card.title, 100, 'utf16'),
    status: card.status,
    ...(isOwned && first && { owner: idOf(first) }),
    seen: [...new Set([...(before?.seen ?? []), ...told.map(idOf)])],
    buttons: card.buttons,
    ...(card.url && { url: card.url }),
    shown: before?.shown ?? [],
    turn: (before?.turn ?? 0) + 1,
  }
}

/** Does the page say something else now? A redraw for other reasons is none of ours. */
function hasChanged(before: Page, card: Card): boolean {
  // Compared by what it says: a store may give keys back in another order.
  const gist = ({ title, status, owner, buttons, url }: Page) =>
    JSON.stringify([title, status, owner, url, buttons.map(({ id, label }) => [id, label])])
  return gist(before) !== gist(pageOf(card, before, []))
}

/** Blanks alone are no mail. */
function saysSomething({ said, files }: ReturnType<typeof wordsOf>): boolean {
  return said.text.trim() !== '' || files.length > 0
}

export function createThreads(sender: Sender, mails: 'needed' | 'all'): Threads {
  const { books, locale, deps } = sender
  /** Who did something in which thread, and when. */
  const deeds = new Map<string, number>()
  const now = () => deps.now().getTime()
  const hasActed = (thread: string, address: string) => now() - (deeds.get(`${thread} ${address}`) ?? Number.NEGATIVE_INFINITY) < DEED_MS

  function contentOf(card: Card, lead: string): Omit<Content, 'presses' | 'links'> {
    return { lead, title: card.title, facts: factsOf(card), history: linesOf(card.history), ...(card.url && { url: card.url }) }
  }

  async function sendCard(key: string, thread: string, card: Card, to: DeskUser[], signal: AbortSignal): Promise<void> {
    const isOwned = card.status === 'assigned' || card.status === 'snoozed'
    const lead = isOwned ? wordOf('yours', locale) : card.status === 'queued' ? wordOf('unclaimed', locale) : ''
    const mailing: Mailing = { key, thread, title: card.title, content: contentOf(card, lead), buttons: card.buttons }
    await mailTo(sender, to, mailing, signal)
  }

  async function open(thread: string, card: Card, key: string, signal: AbortSignal): Promise<string> {
    const to = card.to ?? []
    if (to.length === 0) deps.log.info({ desk: deps.id, conversation: card.conversation }, 'nobody of this desk may take this conversation')
    await sendCard(key, thread, card, to, signal)
    await books.turn(thread, (before) => pageOf(card, before, to))
    return thread
  }

  /** A card cannot be changed in somebody's mailbox. Only a new owner is worth a mail, and that it waits again. */
  async function update(thread: string, card: Card, signal: AbortSignal): Promise<void> {
    const before = await books.page(thread)
    const to = whoIsNews(thread, card, before)
    // The same turn drawn again is the same mail, and the next one is another: servers drop a second mail with an id that they know.
    if (to.length > 0) await sendCard(`card-${thread}-${before?.turn ?? 0}`, thread, card, to, signal)
    if (to.length > 0 || !before || hasChanged(before, card)) await books.turn(thread, (page) => pageOf(card, page, to))
  }

  function whoIsNews(thread: string, card: Card, before: Page | undefined): DeskUser[] {
    const to = card.to ?? []
    const isSame = before?.status === card.status
    if (card.status === 'queued') return isSame ? [] : to.filter((one) => !hasActed(thread, idOf(one)))
    if (card.status !== 'assigned') return []
    const isNew = (address: string) => before?.owner !== address
    return to.filter((one) => isNew(idOf(one)) && !(before?.seen.includes(idOf(one)) && hasActed(thread, idOf(one))))
  }

  async function show(thread: string, entry: DeskEntry, signal: AbortSignal): Promise<Receipt> {
    const receipt = { externalIds: [entry.key], at: deps.now() }
    const page = await books.page(thread)
    const shown = new Set(page?.shown)
    if (shown.has(entry.key)) return receipt
    const batch = [entry, ...(entry.along ?? []).filter(({ key }) => !shown.has(key))]
    if (batch.some((one) => isLoud(one) && ((one.commands?.length ?? 0) > 0 || saysSomething(wordsOf(one, locale))))) {
      const words = batch.map((one) => wordsOf(one, locale)).filter(saysSomething)
      const buttons = batch.flatMap(({ commands = [] }) => commands)
      const content = { title: page?.title ?? '', said: words.map(({ said }) => said), ...(page?.url && { url: page.url }) }
      const files = words.flatMap((one) => one.files)
      await mailTo(
        sender,
        entry.to ?? [],
        { key: entry.key, thread, title: content.title, content, buttons, links: page?.buttons, files },
        signal,
      )
    }
    const [, ...others] = batch
    if (page && others.length > 0)
      await books.turn(thread, (now) => ({
        ...(now ?? page),
        shown: [...(now ?? page).shown, ...others.map(({ key }) => key)].slice(-SHOWN_MAX),
      }))
    return receipt
  }

  /** The customer's words, and notes of colleagues; and whatever asks for a decision. The rest goes along. */
  function isLoud({ author, commands }: DeskEntry): boolean {
    return mails === 'all' || author === 'customer' || author === 'note' || (commands?.length ?? 0) > 0
  }

  return {
    open,
    update,
    post: show,
    async whisper(thread, to, { key, text, buttons = [] }, signal) {
      if (text === '' && buttons.length === 0) return
      if (!ADDRESS.test(to.id)) throw new ConnectorError('recipient_gone', `“${cut(to.id, 100, 'utf16')}” is no address of a mailbox`)
      const page = await books.page(thread)
      const title = page?.title ?? ''
      const lead = to.name ? `${to.name}: ${text}` : text
      // A question has its own answers; what else can be done stands below.
      const mailing: Mailing = { key, thread, title, content: { lead, title }, buttons, links: page?.buttons }
      await mailTo(sender, [to], mailing, signal)
    },
    async offer(to, { key, card, buttons, thread = '', until }, signal) {
      if (!ADDRESS.test(to.id)) throw new ConnectorError('recipient_gone', `“${cut(to.id, 100, 'utf16')}” is no address of a mailbox`)
      const lead = `${wordOf('offered', locale)} (${until.toISOString().slice(0, 16).replace('T', ' ')} UTC)`
      await mailTo(sender, [to], { key, thread, title: card.title, content: contentOf(card, lead), buttons }, signal)
      return { externalIds: [key], at: deps.now() }
    },
    acted(thread, address) {
      const key = `${thread} ${address.toLowerCase()}`
      deeds.delete(key)
      deeds.set(key, now())
      if (deeds.size > DEEDS_MAX) deeds.delete(deeds.keys().next().value as string)
    },
  }
}
