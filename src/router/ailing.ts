// When a desk counts as down, and when it is well again. A tool that fails for a moment is waited for; one that fails for minutes has its
// conversations shown elsewhere. Between two failures it may look well because nothing was tried: only quiet time makes it well.

export interface Ailing {
  /** ISO times: the first sign, and the last one. */
  since: string
  last: string
  why: string
  down?: true
}

export type Ailments = Record<string, Ailing>

/** So long without a sign, and it is well: longer than any rest between two tries. */
export const QUIET_MS = 90_000

export interface Turn {
  after: Ailments
  fell: string[]
  rose: string[]
}

/** `signs`: the desks that fail now, and why. */
export function ailingOf(before: Ailments, signs: ReadonlyMap<string, string>, now: Date, downMs: number): Turn {
  const turn: Turn = { after: {}, fell: [], rose: [] }
  for (const id of new Set([...Object.keys(before), ...signs.keys()])) {
    const known = before[id]
    const why = signs.get(id)
    if (why === undefined) {
      if (known && now.getTime() - Date.parse(known.last) < QUIET_MS) turn.after[id] = known
      else if (known?.down) turn.rose.push(id)
      continue
    }
    const since = known?.since ?? now.toISOString()
    const isDown = known?.down === true || now.getTime() - Date.parse(since) >= downMs
    if (isDown && !known?.down) turn.fell.push(id)
    turn.after[id] = { since, last: now.toISOString(), why, ...(isDown && { down: true as const }) }
  }
  return turn
}

/** Where a conversation is shown: where it should be, or, when all of that is down, in the next desk that is not. The console shows all. */
export function servingOf(wanted: readonly string[], all: readonly string[], down: ReadonlySet<string>): string[] {
  if (wanted.length === 0 || wanted.some((id) => !down.has(id))) return [...wanted]
  const next = all.find((id) => !wanted.includes(id) && !down.has(id))
  return next === undefined ? [...wanted] : [...wanted, next]
}
