// So many at once; the others wait, first come, first served.

export type Places = <T>(task: () => Promise<T>) => Promise<T>

export function createPlaces(count: number): Places {
  const waiting: (() => void)[] = []
  let free = count
  return async (task) => {
    if (free > 0) free -= 1
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      return await task()
    } finally {
      // Whoever waits gets this place before anybody who comes now.
      const next = waiting.shift()
      if (next) next()
      else free += 1
    }
  }
}
