// Chance that can be had again: every test prints its seed, FRONTDESK_SEED brings it back.
export const full = process.env.FRONTDESK_CHAOS === 'full'

export function seeded(name: string): { seed: number; random: () => number } {
  const seed = Number(process.env.FRONTDESK_SEED ?? Math.floor(Math.random() * 2 ** 31))
  console.log(`${name}: seed ${seed} (FRONTDESK_SEED=${seed} does the same again)`)
  return { seed, random: generator(seed) }
}

/** mulberry32: the same numbers for the same seed. */
export function generator(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

export function shuffled<T>(list: T[], random: () => number): T[] {
  const copy = [...list]
  for (let n = copy.length - 1; n > 0; n--) {
    const m = Math.floor(random() * (n + 1))
    ;[copy[n], copy[m]] = [copy[m] as T, copy[n] as T]
  }
  return copy
}
