// Which conversations of the list are picked, to do something with all of them. Pure, but for the store that holds it.
import { createStore } from '../store.ts'

export interface Picked {
  ids: ReadonlySet<string>
  /** The one that was picked last: a range begins there. */
  anchor?: string
  /** Boxes are shown, whether or not anything is picked yet. */
  picking: boolean
}

export const NOTHING: Picked = { ids: new Set(), picking: false }
export const picked = createStore<Picked>(NOTHING)

/** `range`: with everything between it and the one before, in the order on screen. */
export function pick(before: Picked, id: string, on: boolean, range: false | readonly string[] = false): Picked {
  const ids = new Set(before.ids)
  for (const one of range ? between(range, before.anchor, id) : [id]) {
    if (on) ids.add(one)
    else ids.delete(one)
  }
  return { ids, anchor: id, picking: before.picking || ids.size > 0 }
}

function between(order: readonly string[], from: string | undefined, to: string): readonly string[] {
  const end = order.indexOf(to)
  const start = from === undefined ? -1 : order.indexOf(from)
  return start < 0 || end < 0 ? [to] : order.slice(Math.min(start, end), Math.max(start, end) + 1)
}
