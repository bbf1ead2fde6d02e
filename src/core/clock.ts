// Time and chance come in as arguments, so that tests own them.

export interface Clock {
  now(): Date
  /** As Math.random: at least 0, less than 1. Not for secrets. */
  random(): number
}

const scratch = new Uint32Array(1024)
let used = scratch.length

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
