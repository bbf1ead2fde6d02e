// What a part of the bench says.

/** A figure is a ratio: ours to a limit that was measured in the same run, in turns with it. */
export interface Figure {
  id: string
  title: string
  unit: string
  ours: number
  /** What `limit` is. */
  against: string
  limit: number
  ratio: number
  /** What the ratio has to be; absent where it only informs. */
  target?: { at: 'least' | 'most'; value: number }
  /** Each round's pair, in order. */
  rounds: { limit: number; ours: number }[]
}

/** Something that must hold beside the speed: counts that agree, rows that are there. */
export interface Check {
  title: string
  ok: boolean
  detail: string
}

/** More that was seen: a row of a table of its own. */
export interface Detail {
  table: string
  row: Record<string, string | number>
}

export interface PartResult {
  part: string
  figures: Figure[]
  checks: Check[]
  details: Detail[]
  notes: string[]
  /** Why this part, or something of it, did not run. */
  skipped?: string
}

export interface Context {
  seconds: number
  rounds: number
  quick: boolean
  /** A CPU profile of ours, where the part has one. */
  profile: boolean
  /** Says what goes on, and how many of the planned steps are done. */
  step(label: string): void
  plan(steps: number): void
}

export const emptyResult = (part: string): PartResult => ({ part, figures: [], checks: [], details: [], notes: [] })

export function meets({ ratio, target }: Figure): boolean | undefined {
  if (!target) return undefined
  if (!Number.isFinite(ratio)) return false
  return target.at === 'least' ? ratio >= target.value : ratio <= target.value
}
