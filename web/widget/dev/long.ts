// A talk as it stands after months: what tests put into the development server before the page comes back.
import type { Visitor } from './talk.ts'

/** So many things said, one a minute, numbered. */
export function lengthen(visitor: Visitor | undefined, count: number): void {
  const began = Date.now() - count * 60_000
  for (const [n, text] of numbered(1, count).entries()) {
    const at = new Date(began + n * 60_000).toISOString()
    visitor?.messages.push({ id: `old_${n}`, seq: n + 1, author: 'customer', parts: [{ type: 'text', text }], at })
  }
}

export const numbered = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => `第 ${from + n} 句`)

/** A line on which nothing comes before it is let go. */
export function held(): { open: Promise<void>; release(): void } {
  let release: () => void = () => undefined
  const open = new Promise<void>((resolve) => {
    release = resolve
  })
  return { open, release }
}
