// What a process remembers for a while, of which most is never asked for again.

/** A map that forgets its oldest. */
export interface Bounded<V> {
  get(key: string): V | undefined
  set(key: string, value: V): void
  delete(key: string): void
}

export function bounded<V>(most: number): Bounded<V> {
  const map = new Map<string, V>()
  return {
    get: (key) => map.get(key),
    set(key, value) {
      map.delete(key)
      map.set(key, value)
      if (map.size > most) map.delete(map.keys().next().value as string)
    },
    delete: (key) => void map.delete(key),
  }
}
