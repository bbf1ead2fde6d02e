// A mailbox read over IMAP, by UID: nothing is marked, moved or deleted there, so people may use it as they like. The cursor holds,
// for each folder, the last UID that was committed; what is named to us twice has the same id, and changes nothing.
import type { Deps, Health, PollResult } from '#core/connector.ts'
import { ConnectorError } from '#core/errors.ts'
import { healthOf } from '#core/health.ts'
import type { Listed, MailboxLine, MailServer } from '#core/mail.ts'

export const INBOX = 'INBOX'
/** So much is read at once, whatever waits: 5000 mails of a holiday take no more memory than these. */
const BATCH_MAILS = 64
const BATCH_BYTES = 4 * 1024 * 1024
/** A larger mail is shown with its beginning; all of it stays in the mailbox. */
const MAIL_MAX = 26 * 1024 * 1024
const START_BYTES = 256 * 1024
/** Shorter than the lease of whoever polls. */
const WAIT_MS = 20_000
/** Servers forget to tell: so they are asked, too. */
const ASK_MS = 120_000
/** In a new mailbox what came during the last day and nobody read is answered; everything older is history. */
const NEW_MS = 24 * 3_600_000
/** Who answered so lately need not be asked again: some providers count how often we sign in. */
export const ALIVE_MS = 150_000
/** A line that nobody reads from: another process took over. */
const IDLE_MS = 90_000

interface Place {
  validity: string
  uid: number
  /** What the server got before that is never read. */
  from: string
  /** Of mails up to this one only the unread count: they were there before us. */
  fresh?: number
}

type Places = Record<string, Place>

/** One mail as the server gave it. */
export interface Mail {
  folder: string
  raw: Uint8Array
  /** When the server got it, where it says so. */
  at: Date
  /** So large, in bytes, that only its beginning is here. */
  cut?: number
}

export interface MailboxOptions<E> {
  server: MailServer
  /** The folder for what people sent themselves; absent: what the server calls so; null: it is none of ours. */
  sent: string | null | undefined
  deps: Deps
  /** What mails mean, for one batch of them. */
  reading(): (mail: Mail) => Promise<E[]>
  /** How long one look waits for news. */
  waitMs?: number
}

export interface Mailbox<E> {
  poll(cursor: string | null, signal: AbortSignal): Promise<PollResult<E>>
  check(signal: AbortSignal): Promise<Health>
}

export function mailbox<E>({ server, sent, deps, reading, waitMs = WAIT_MS }: MailboxOptions<E>): Mailbox<E> {
  let line: MailboxLine | undefined
  let askedAt = 0
  /** UIDs that are known to wait, by folder: asked for once, not for each batch. They follow from the cursor that was given last. */
  const waiting = new Map<string, number[]>()
  let given: string | undefined
  let aliveAt = Number.NEGATIVE_INFINITY
  let idle: ReturnType<typeof setTimeout> | undefined

  function hangUp(): void {
    clearTimeout(idle)
    line?.close()
    line = undefined
    forget()
  }

  function forget(): void {
    waiting.clear()
    askedAt = 0
  }

  async function connected(signal: AbortSignal): Promise<MailboxLine> {
    clearTimeout(idle)
    if (line?.isOpen()) return line
    hangUp()
    line = await linesOf(deps).openMailbox(server, signal)
    return line
  }

  async function poll(cursor: string | null, signal: AbortSignal): Promise<PollResult<E>> {
    const stop = () => hangUp()
    signal.addEventListener('abort', stop, { once: true })
    try {
      const open = await connected(signal)
      // What was given last was not committed, or another process went on: everything is asked anew.
      if (cursor !== given) forget()
      const result = await readNext(open, cursor, signal)
      given = result.cursor
      idle = setTimeout(hangUp, IDLE_MS)
      return result
    } catch (error) {
      hangUp()
      throw error
    } finally {
      signal.removeEventListener('abort', stop)
    }
  }

  async function readNext(open: MailboxLine, cursor: string | null, signal: AbortSignal): Promise<PollResult<E>> {
    const places = placesOf(cursor)
    const outside = sent === undefined ? open.sent : sent
    // Answers from outside first: a customer's answer to one of them may wait in the other folder.
    const folders = outside ? [outside, INBOX] : [INBOX]
    const isWaiting = (folder: string) => (waiting.get(folder)?.length ?? 0) > 0
    const result = (events: E[] = []): PollResult<E> => ({ events, cursor: JSON.stringify(places) })
    // Who does not wait hears of nothing by itself.
    if (waitMs === 0 || now() - askedAt >= ASK_MS) await ask(open, folders, places)
    for (;;) {
      const folder = folders.find(isWaiting)
      if (folder) return result(await readBatch(open, folder, places))
      // A beginning is written down at once: what comes from now on is new, whatever happens to us.
      if (result().cursor !== cursor) return result()
      const isNew = await open.wait(open.tells ? waitMs : waitMs / 2, signal)
      if (signal.aborted || !(isNew || !open.tells || now() - askedAt >= ASK_MS)) return result()
      await ask(open, folders, places)
      if (!folders.some(isWaiting)) return result()
    }
  }

  /** What is new in each folder. The inbox last: it stays open, and its server tells of news. */
  async function ask(open: MailboxLine, folders: string[], places: Places): Promise<void> {
    for (const folder of folders) {
      const { validity, next } = await open.examine(folder)
      const place = places[folder]
      if (!place) places[folder] = await begin(open, folder, validity, next)
      else if (place.validity !== validity) {
        // All UIDs changed: everything since our beginning is looked at again, and what is known changes nothing.
        const [first = next] = await open.uidsSince(new Date(place.from))
        places[folder] = { validity, uid: first - 1, from: place.from }
        deps.log.warn({ channel: deps.id, folder }, 'the mailbox was made anew (UIDVALIDITY): its mails are looked through again')
      }
      const { uid } = places[folder] as Place
      waiting.set(folder, next > uid + 1 ? await open.uidsAfter(uid) : [])
    }
    askedAt = now()
    aliveAt = now()
    if ([...waiting.values()].some((uids) => uids.length > 0)) deps.pass?.('mail.asked')
  }

  /** The first look at a folder. */
  async function begin(open: MailboxLine, folder: string, validity: string, next: number): Promise<Place> {
    const from = new Date(now() - NEW_MS)
    const [first = next] = folder === INBOX ? await open.uidsSince(from) : []
    return { validity, uid: first - 1, from: from.toISOString(), fresh: next - 1 }
  }

  async function readBatch(open: MailboxLine, folder: string, places: Places): Promise<E[]> {
    const place = places[folder] as Place
    const uids = (waiting.get(folder) ?? []).slice(0, BATCH_MAILS)
    await open.examine(folder)
    const listed = await open.list(uids)
    const { taken, last } = batchOf(uids, listed, place)
    const raws = new Map((await open.read(small(taken), MAIL_MAX)).map(({ uid, raw }) => [uid, raw]))
    for (const { uid, bytes } of taken) {
      if (bytes <= MAIL_MAX) continue
      const [cut] = await open.read([uid], START_BYTES)
      if (cut) raws.set(uid, cut.raw)
    }
    deps.pass?.('mail.read')
    const read = reading()
    const events: E[] = []
    for (const { uid, bytes, at } of taken) {
      const raw = raws.get(uid)
      if (!raw) continue // Somebody deleted or moved it meanwhile.
      const received = at.getTime() > 0 ? at : deps.now()
      events.push(...(await read({ folder, raw, at: received, ...(bytes > MAIL_MAX && { cut: bytes }) })))
    }
    waiting.set(
      folder,
      (waiting.get(folder) ?? []).filter((uid) => uid > last),
    )
    places[folder] = { ...place, uid: last }
    // The inbox must be open while we wait: the question opens it.
    if (folder !== INBOX && waiting.get(folder)?.length === 0) askedAt = 0
    return events
  }

  const now = () => deps.now().getTime()

  return {
    poll,
    async check(signal) {
      if (now() - aliveAt < ALIVE_MS) return { state: 'connected' }
      let probe: MailboxLine | undefined
      try {
        probe = await linesOf(deps).openMailbox(server, signal)
        await probe.examine(INBOX)
        return { state: 'connected' }
      } catch (error) {
        return healthOf(error)
      } finally {
        probe?.close()
      }
    },
  }
}

export function linesOf({ mail }: Deps): NonNullable<Deps['mail']> {
  if (mail) return mail
  throw new ConnectorError(
    'unsupported',
    'imap and smtp need Node: on Workers use api / imap 和 smtp 只能在 Node 上使用，在 Workers 上请使用 api',
  )
}

/** As many as fit, at least one; and up to where the folder is read then. */
function batchOf(uids: number[], listed: Listed[], { from, fresh = 0 }: Place): { taken: Listed[]; last: number } {
  const taken: Listed[] = []
  let bytes = 0
  for (const one of listed) {
    const isOld = one.at.getTime() > 0 && one.at < new Date(from)
    if (isOld || (one.uid <= fresh && one.seen)) continue
    bytes += Math.min(one.bytes, MAIL_MAX)
    if (taken.length > 0 && bytes > BATCH_BYTES) return { taken, last: one.uid - 1 }
    taken.push(one)
  }
  return { taken, last: uids.at(-1) ?? 0 }
}

function small(taken: Listed[]): number[] {
  return taken.filter(({ bytes }) => bytes <= MAIL_MAX).map(({ uid }) => uid)
}

function placesOf(cursor: string | null): Places {
  return cursor ? (JSON.parse(cursor) as Places) : {}
}
