// Files on their way through the house: copied from the platform before it forgets them, opened for whoever sends them on.

import { readBounded } from '#core/bytes.ts'
import type { Clock } from '#core/clock.ts'
import type { Connector, StoredFile } from '#core/connector.ts'
import type { Desk } from '#core/desk.ts'
import { ConnectorError, FileMissing, reason } from '#core/errors.ts'
import { type Pass, unwatched } from '#core/milestone.ts'
import { findAttachment, findRemote, markFailed, markStored } from '#store/attachments.ts'
import type { Blobs } from '#store/blobs.ts'
import type { Db } from '#store/database.ts'
import type { AttachmentRow } from '#store/rows.ts'

/** What we take from a customer or an agent at most. */
export const FILE_MAX_BYTES = 20 * 1024 * 1024

/** How long a platform may take over a file that somebody waits for. */
const FETCH_MS = 30_000
/** And how long where other words wait behind it. */
const READY_MS = 10_000

export interface Files {
  /** The bytes of an attachment, fetched from its platform when we do not have them yet. */
  open(id: string): Promise<StoredFile>
  /** Sees to it that `open` finds the bytes here. Both throw `FileMissing`. */
  ready(id: string): Promise<void>
  /** Copies what is still at the platforms and due, at most `limit` at once; how many were tried. */
  collect(signal: AbortSignal, limit?: number): Promise<number>
}

export interface FilesParts {
  db: Db
  blobs: Blobs
  clock: Clock
  connectors: Map<string, Connector>
  desks: Map<string, Desk>
  pass?: Pass
}

export function createFiles(parts: FilesParts): Files {
  const { db, blobs, clock, pass = unwatched } = parts

  async function fetchRemote(row: AttachmentRow, signal: AbortSignal): Promise<StoredFile> {
    const source = row.source === 'channel' ? parts.connectors.get(row.sourceId) : parts.desks.get(row.sourceId)
    if (!source?.media) throw new ConnectorError('unsupported', `${row.sourceId} gives out no files`)
    const response = await source.media(row.ref, signal)
    const bytes = await readLimited(response, FILE_MAX_BYTES)
    const mime = row.mime === 'application/octet-stream' ? (response.headers.get('content-type') ?? row.mime) : row.mime
    await blobs.put(row.id, bytes)
    pass('file.stored')
    await markStored(db, row.id, { bytes: bytes.length, mime, name: row.name })
    return { bytes, name: row.name, mime }
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

  return {
    async open(id) {
      const row = await find(id)
      const bytes = row.state === 'stored' ? await blobs.get(id) : undefined
      return bytes ? { bytes, name: row.name, mime: row.mime } : fetchNow(row, FETCH_MS)
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

/** Reads a body, and stops reading when it is larger than it may be: a length header may lie. */
export async function readLimited(source: Request | Response, max: number): Promise<Uint8Array<ArrayBuffer>> {
  const { bytes, cut } = await readBounded(source, max)
  if (cut) throw new ConnectorError('rejected', `larger than ${max} bytes`)
  return bytes
}
