// Files on their way through the house: copied from the platform before it forgets them, opened for whoever sends them on.

import { readBounded } from '#core/bytes.ts'
import type { Clock } from '#core/clock.ts'
import type { Connector, StoredFile } from '#core/connector.ts'
import type { Desk } from '#core/desk.ts'
import { ConnectorError, reason } from '#core/errors.ts'
import { type Pass, unwatched } from '#core/milestone.ts'
import { findAttachment, findRemote, markFailed, markStored } from '#store/attachments.ts'
import type { Blobs } from '#store/blobs.ts'
import type { Db } from '#store/database.ts'
import type { AttachmentRow } from '#store/rows.ts'

/** What we take from a customer or an agent at most. */
export const FILE_MAX_BYTES = 20 * 1024 * 1024

export interface Files {
  /** The bytes of an attachment, fetched from its platform when we do not have them yet. */
  open(id: string): Promise<StoredFile>
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
      await fetchRemote(row, signal)
    } catch (error) {
      const final = error instanceof ConnectorError && error.kind !== 'transient' && error.kind !== 'rate_limited'
      await markFailed(db, row.id, reason(error), clock.now(), final)
    }
  }

  return {
    async open(id) {
      const row = await findAttachment(db, id)
      if (!row) throw new ConnectorError('rejected', `no attachment ${id}`)
      const bytes = row.state === 'stored' ? await blobs.get(id) : undefined
      if (bytes) return { bytes, name: row.name, mime: row.mime }
      if (row.state === 'failed') throw new ConnectorError('rejected', `the file ${row.name} could not be fetched: ${row.error ?? ''}`)
      return fetchRemote(row, AbortSignal.timeout(30_000))
    },
    async collect(signal, limit) {
      const rows = await findRemote(db, clock.now(), limit)
      await Promise.all(rows.map((row) => copy(row, signal)))
      return rows.length
    },
  }
}

/** Reads a body, and stops reading when it is larger than it may be: a length header may lie. */
export async function readLimited(source: Request | Response, max: number): Promise<Uint8Array<ArrayBuffer>> {
  const { bytes, cut } = await readBounded(source, max)
  if (cut) throw new ConnectorError('rejected', `larger than ${max} bytes`)
  return bytes
}
