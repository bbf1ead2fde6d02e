// Lines that a customer wrote in a burst, or while a tool let nothing through, are shown as one: tools count messages (Telegram twenty a
// minute in a group, Slack one a second in a channel), and readers are spared. Order and words stay; what has files or buttons stands alone.
import type { Part } from '#core/message.ts'
import { isSent } from '#store/deliveries.ts'
import { gatherBehind } from '#store/lanes.ts'
import type { DeliveryRow } from '#store/rows.ts'
import type { RunnerParts } from './parts.ts'

/** What goes out within this time waits for nobody and gathers nothing. */
const SOON_MS = 300
const LINES_MAX = 20
const LETTERS_MAX = 2_000

/** The lines of several as one; undefined where this is shown already, with what stood before it. */
export async function gather(parts: RunnerParts, row: DeliveryRow): Promise<Part[] | undefined> {
  const own = row.payload.parts ?? []
  const { db } = parts.database
  if (row.payload.with && row.payload.with !== row.id) return (await isSent(db, row.payload.with)) ? undefined : own
  const isLate = parts.clock.now().getTime() - row.createdAt.getTime() >= SOON_MS
  if (!isLate || !isPlain(row) || (row.attempts > 1 && row.payload.with !== row.id)) return own
  let letters = lineOf(row).length
  const behind = await gatherBehind(db, row, LINES_MAX, row.attempts > 1, (other) => {
    letters += lineOf(other).length + 1
    return isPlain(other) && other.payload.name === row.payload.name && letters <= LETTERS_MAX
  })
  return behind.length === 0 ? own : [{ type: 'text', text: [row, ...behind].map(lineOf).join('\n') }]
}

/** A customer's words and nothing else. */
function isPlain({ op, payload: { author, parts = [], buttons, late } }: DeliveryRow): boolean {
  return op === 'post' && author === 'customer' && !buttons && !late && parts.length > 0 && parts.every(({ type }) => type === 'text')
}

function lineOf({ payload: { parts = [] } }: DeliveryRow): string {
  return parts.map((part) => (part.type === 'text' ? part.text : '')).join('\n')
}
