// Ends a process at a named moment, with no chance to finish anything.
import type { Milestone, Pass } from '#core/milestone.ts'

export interface Crash {
  at: Milestone
  /** The n-th passing from now on; the first unless told. */
  nth?: number
}

export interface Crashing {
  pass: Pass
  /** From now on: takes the place of what was asked for before. */
  arm(crash: Crash): void
}

export function crashing(end: () => void, first?: Crash): Crashing {
  let armed: Required<Crash> | undefined
  const arm = ({ at, nth = 1 }: Crash) => {
    armed = { at, nth }
  }
  if (first) arm(first)
  return {
    arm,
    pass(milestone) {
      if (armed?.at !== milestone) return
      armed.nth -= 1
      if (armed.nth === 0) end()
    },
  }
}

/** `delivery.answered:3`, as it stands in a variable. */
export function readCrash(text: string | undefined): Crash | undefined {
  const [at, nth = '1'] = (text ?? '').split(':')
  return at ? { at: at as Milestone, nth: Number(nth) } : undefined
}
