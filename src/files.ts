// Files on their way through the house: copied from the platform before it forgets them, opened for whoever sends them on.

import { admit, type Limits, type Scan, safeName, tooLarge } from '#core/admission.ts'
import { readBounded } from '#core/bytes.ts'
import type { Clock } from '#core/clock.ts'
import type { Connector, Logger, StoredFile } from '#core/connector.ts'
import { type Converter, type Goal, isTelephones } from '#core/convert.ts'
import type { Desk } from '#core/desk.ts'
import { ConnectorError, FileMissing, reason } from '#core/errors.ts'
import type { MediaKind, MediaRef } from '#core/message.ts'
import { type Pass, unwatched } from '#core/milestone.ts'
import { findAttachment, findRemote, markFailed, markStored } from '#store/attachments.ts'
import type { Blobs } from '#store/blobs.ts'
import type { Db } from '#store/database.ts'
import type { AttachmentRow } from '#store/rows.ts'

/** What we take where the config says nothing else. */
export const FILE_MAX_BYTES = 20 * 1024 * 1024
const TAKEN: Limits = { maxBytes: FILE_MAX_BYTES, refuse: [] }

/** What everything plays. */
const PLAYED = 'audio/mpeg'

/** How long a platform may take over a file that somebody waits for. */
const FETCH_MS = 30_000
/** And how long where other words wait behind it. */
const READY_MS = 10_000

export interface Files {
  /** What is taken, as the config says it now. */
  limits(): Limits
  /** A new file of somebody's: looked at, then kept under this id. Throws `FileRefused`, or why it cannot be looked at or kept now. */
  keep(id: string, file: StoredFile): Promise<void>
  /** The bytes of an attachment, fetched from its platform when we do not have them yet; under a name that is safe everywhere. */
  open(id: string): Promise<StoredFile>
  /** Sees to it that `open` finds the bytes here. Both throw `FileMissing`. */
  ready(id: string): Promise<void>
  /**
   * A file in the form that a channel takes, to be opened under the handle until it is given back. Throws `FileMissing`, or why it cannot
   * be made.
   */
  convert(media: MediaRef, kind: MediaKind, goal: Goal, signal: AbortSignal): Promise<{ media: MediaRef; giveBack(): void }>
  /** Copies what is still at the platforms and due, at most `limit` at once; how many were tried. */
  collect(signal: AbortSignal, limit?: number): Promise<number>
}

export interface FilesParts {
  db: Db
  blobs: Blobs
  clock: Clock
  log?: Logger
  connectors: Map<string, Connector>
  desks: Map<string, Desk>
  limits?(): Limits
  scan?: Scan
  converter?: Converter
  pass?: Pass
}

/** Whose handle a converted file has: links lead to the file itself. */
export function originalOf(id: string): string {
  return id.split('~')[0] as string
}

export function createFiles(parts: FilesParts): Files {
  const { db, blobs, clock, pass = unwatched, limits = () => TAKEN, scan, converter } = parts
  /** Converted files, while they are on their way out. */
  const lent = new Map<string, StoredFile>()
  let lendings = 0

  async function fetchRemote(row: AttachmentRow, signal: AbortSignal): Promise<StoredFile> {
    const source = row.source === 'channel' ? parts.connectors.get(row.sourceId) : parts.desks.get(row.sourceId)
    if (!source?.media) throw new ConnectorError('unsupported', `${row.sourceId} gives out no files`)
    const response = await source.media(row.ref, signal)
    const { bytes, cut } = await readBounded(response, limits().maxBytes)
    if (cut) throw tooLarge(limits().maxBytes)
    const mime = row.mime === 'application/octet-stream' ? (response.headers.get('content-type') ?? row.mime) : row.mime
    const given = { bytes, name: row.ref.name ? row.name : (nameIn(response) ?? row.name), mime }
    const file = await playable(given, signal)
    await keep(row.id, file, signal)
    pass('file.stored')
    await markStored(db, row.id, { bytes: file.bytes.length, mime: file.mime, name: file.name })
    return file
  }

  /** A voice from a telephone as one that browsers and agents' tools play. */
  async function playable(file: StoredFile, signal: AbortSignal): Promise<StoredFile> {
    if (!isTelephones(file.mime) || !converter?.audio || !converter.makes.audio?.includes(PLAYED)) return file
    try {
      return await converter.audio(file, { mimes: [PLAYED], maxBytes: limits().maxBytes }, signal)
    } catch (error) {
      parts.log?.warn({ error: reason(error) }, 'a voice could not be converted; it is kept as it came')
      return file
    }
  }

  async function keep(id: string, file: StoredFile, signal: AbortSignal): Promise<void> {
    await admit(file, limits(), scan, signal)
    await blobs.put(id, file.bytes)
  }

  async function copy(row: AttachmentRow, signal: AbortSignal): Promise<void> {
    try {
      await fetchRemote(row, AbortSignal.any([signal, AbortSignal.timeout(FETCH_MS)]))
    } catch (error) {
      await markFailed(db, row.id, reason(error), clock.now(), isFinal(error))
    }
  }

  async function find(id: string): Promise<AttachmentRow> {
    const row = await findAttachment(db, id)
    if (!row) throw new FileMissing(id, 'no such file', { isFinal: true })
    if (row.state === 'failed') throw new FileMissing(row.name, row.error ?? '', { isFinal: true })
    return row
  }

  async function fetchNow(row: AttachmentRow, ms: number): Promise<StoredFile> {
    try {
      return await fetchRemote(row, AbortSignal.timeout(ms))
    } catch (error) {
      throw new FileMissing(row.name, reason(error), { isFinal: isFinal(error), cause: error })
    }
  }

  async function open(id: string): Promise<StoredFile> {
    const one = lent.get(id)
    if (one) return one
    const row = await find(id)
    const bytes = row.state === 'stored' ? await blobs.get(id) : undefined
    const file = bytes ? { bytes, name: row.name, mime: row.mime } : await fetchNow(row, FETCH_MS)
    return { ...file, name: safeName(file.name) }
  }

  return {
    limits,
    keep: (id, file) => keep(id, file, AbortSignal.timeout(FETCH_MS)),
    open,
    async convert(media, kind, goal, signal) {
      const make = kind === 'image' || kind === 'audio' ? converter?.[kind] : undefined
      if (!make) throw new Error(`no ${kind} is converted here`)
      const file = await make(await open(media.id), goal, signal)
      const id = `${originalOf(media.id)}~${++lendings}`
      lent.set(id, file)
      return { media: { id, name: file.name, mime: file.mime, bytes: file.bytes.length }, giveBack: () => void lent.delete(id) }
    },
    async ready(id) {
      const row = await find(id)
      if (row.state === 'stored') return
      // Whoever copies has just tried, and knows when to try again.
      if (row.attempts > 0 && row.nextAt > clock.now()) throw new FileMissing(row.name, row.error ?? '', { isFinal: false })
      await fetchNow(row, READY_MS)
    },
    async collect(signal, limit) {
      const rows = await findRemote(db, clock.now(), limit)
      await Promise.all(rows.map((row) => copy(row, signal)))
      return rows.length
    },
  }
}

/** The platform's own word that there is nothing to be had; with better credentials there may be. */
function isFinal(error: unknown): boolean {
  return error instanceof ConnectorError && !['transient', 'rate_limited', 'unauthorized'].includes(error.kind)
}

/** What the platform calls a file of which its message said nothing but that it is one. */
function nameIn({ headers }: Response): string | undefined {
  const disposition = headers.get('content-disposition') ?? ''
  const [, wide] = /filename\*=UTF-8''([^;]+)/i.exec(disposition) ?? []
  const [, quoted, bare] = /filename="([^"]+)"|filename=([^;"]+)/i.exec(disposition) ?? []
  try {
    const name = wide === undefined ? (quoted ?? bare) : decodeURIComponent(wide)
    return name && safeName(name)
  } catch {
    return undefined // Not what it says it is: then the file keeps the name that it has.
  }
}

/** Reads a body, and stops reading when it is larger than it may be: a length header may lie. */
export async function readLimited(source: Request | Response, max: number): Promise<Uint8Array<ArrayBuffer>> {
  const { bytes, cut } = await readBounded(source, max)
  if (cut) throw new ConnectorError('rejected', `larger than ${max} bytes`)
  return bytes
}
