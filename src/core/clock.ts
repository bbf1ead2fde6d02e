// Time and chance come in as arguments, so that tests own them.

export interface Clock {
  now(): Date
  /** As Math.random: at least 0, less than 1. Not for secrets. */
  random(): number
}

const scratch = new Uint32Array(1024)
let used = scratch.length

/** Whether it is time again for what is done every so often. */
export interface Turn {
  /** True when it is; then the next one is `ms` away. */
  isDue(now: Date): boolean
}

/**
 * A turn every `ms`, at once or, with `from`, only so long after that. A clock that was put back makes nobody wait until it shows again what
 * it showed before: leases would not be renewed, nor anything else looked after, for the hours by which it was wrong.
 */
export function every(ms: number, from?: Date): Turn {
  let last = from?.getTime() ?? Number.NEGATIVE_INFINITY
  return {
    isDue(now) {
      const since = now.getTime() - last
      if (since >= 0 && since < ms) return false
      last = now.getTime()
      return true
    },
  }
}

/** The real time, and random numbers from the system's generator: ids made on many machines must not collide. */
export const systemClock: Clock = {
  now: () => new Date(),
  random: () => {
    if (used === scratch.length) {
      crypto.getRandomValues(scratch)
      used = 0
    }
    return (scratch[used++] as number) / 0x1_0000_0000
  },
}
