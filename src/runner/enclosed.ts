// Files that go to a desk with somebody's words. Words do not wait long for a file: without it they go on, with a line that says
// what is missing and why, and the file follows by itself.
import { FileMissing } from '#core/errors.ts'
import { newId } from '#core/ids.ts'
import type { Locale, Part } from '#core/message.ts'
import { phrase } from '#core/phrases.ts'
import type { DeliveryRow, NewDelivery } from '#store/rows.ts'
import type { RunnerParts } from './parts.ts'

/** How often words are tried with their file: a quarter of a minute at most, for which what stands behind them in the thread waits, too. */
const TRIES = 4

export interface Enclosed {
  shown: Part[]
  /** What follows, each in a lane of its own. */
  late: NewDelivery[]
}

export async function enclose(parts: RunnerParts, row: DeliveryRow, locale: Locale): Promise<Enclosed> {
  const enclosed: Enclosed = { shown: [], late: [] }
  for (const part of row.payload.parts ?? []) {
    const missing = part.type === 'media' ? await missed(parts, part.media.id) : undefined
    if (part.type !== 'media' || !missing) {
      enclosed.shown.push(part)
      continue
    }
    const isFinal = missing.kind === 'rejected'
    if (!isFinal && (row.payload.late || row.attempts < TRIES)) throw missing
    const line = phrase(isFinal ? 'file.lost' : 'file.late', locale, { name: missing.file, why: missing.why })
    enclosed.shown.push({ type: 'text', text: part.caption ? `${line}\n${part.caption}` : line })
    if (!isFinal) enclosed.late.push(follower(parts, row, { ...part, caption: undefined }))
  }
  return enclosed
}

async function missed(parts: RunnerParts, id: string): Promise<FileMissing | undefined> {
  try {
    await parts.files.ready(id)
    return undefined
  } catch (error) {
    if (error instanceof FileMissing) return error
    throw error
  }
}

function follower(parts: RunnerParts, row: DeliveryRow, part: Extract<Part, { type: 'media' }>): NewDelivery {
  const now = parts.clock.now()
  return {
    id: newId('dlv', parts.clock),
    kind: 'desk',
    targetId: row.targetId,
    lane: `${row.lane}:${part.media.id}`,
    conversationId: row.conversationId,
    messageId: row.messageId,
    op: 'post',
    payload: { ...row.payload, parts: [part], buttons: undefined, late: true },
    automatic: true,
    nextAt: now,
    originKey: `${row.id}:late:${part.media.id}`,
    createdAt: now,
  }
}
