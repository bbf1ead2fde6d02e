// Natural batching: while one write is under way the next ones gather, and go together. No timer: alone, nobody waits.

export interface BatchOptions<I, O> {
  /** Writes all or nothing, and answers in the order of the items. */
  write(items: I[]): Promise<O[]>
  /** How many items one write takes at most. */
  most: number
  /** So many that wait are worth a second write beside the first: one is decided here while the database is at the other. */
  beside?: number
  /** Two writes side by side never hold items of one key, so that those keep their order. */
  keysOf?(item: I): string[]
  /** What comes after a write gathers for so long before the next one: for what nobody waits for. The first goes at once all the same. */
  gatherMs?: number
  /** How many may wait; more are refused at once. */
  bound: number
  /** How long an item may take altogether; then whoever waits hears `refusal`, and an item that is not under way yet is dropped. */
  patienceMs?: number
  refusal(): Error
  /** Is one of the items at fault, so that each is to be tried alone? Otherwise all fail alike. */
  isPoison(error: unknown): boolean
}

export interface Batch<I, O> {
  add(item: I): Promise<O>
  waiting(): number
}

interface Entry<I, O> {
  item: I
  resolve(value: O): void
  reject(error: unknown): void
}

export function createBatch<I, O>({ write, most, beside = Number.POSITIVE_INFINITY, ...options }: BatchOptions<I, O>): Batch<I, O> {
  const { keysOf = () => [], gatherMs, bound, patienceMs, refusal, isPoison } = options
  const queue: Entry<I, O>[] = []
  const busyKeys = new Set<string>()
  let writing = 0

  /** Is there enough for one more write? */
  const isDue = () => (writing === 0 ? queue.length > 0 : writing === 1 && queue.length >= beside)

  async function pump(): Promise<void> {
    if (!isDue()) return
    writing += 1
    for (let entries = take(); entries.length > 0; entries = take()) {
      const keys = entries.flatMap(({ item }) => keysOf(item))
      for (const key of keys) busyKeys.add(key)
      await flush(entries)
      for (const key of keys) busyKeys.delete(key)
      if (gatherMs !== undefined && queue.length > 0) await new Promise((resolve) => setTimeout(resolve, gatherMs))
    }
    writing -= 1
  }

  /** What may be written now, in order: nothing of a key that is being written, or of which something stays. */
  function take(): Entry<I, O>[] {
    if (busyKeys.size === 0) return queue.splice(0, most)
    const blocked = new Set(busyKeys)
    const taken: Entry<I, O>[] = []
    for (const entry of queue.splice(0)) {
      const keys = keysOf(entry.item)
      const isFree = taken.length < most && !keys.some((key) => blocked.has(key))
      if (!isFree) for (const key of keys) blocked.add(key)
      ;(isFree ? taken : queue).push(entry)
    }
    return taken
  }

  async function flush(entries: Entry<I, O>[]): Promise<void> {
    try {
      const results = await write(entries.map(({ item }) => item))
      entries.forEach((entry, n) => {
        entry.resolve(results[n] as O)
      })
    } catch (error) {
      if (entries.length === 1 || !isPoison(error)) for (const entry of entries) entry.reject(error)
      else for (const entry of entries) await flush([entry])
    }
  }

  return {
    add: (item) =>
      new Promise((resolve, reject) => {
        if (queue.length >= bound) return reject(refusal())
        const end = () => clearTimeout(timer)
        const entry: Entry<I, O> = {
          item,
          resolve(value) {
            end()
            resolve(value)
          },
          reject(error) {
            end()
            reject(error)
          },
        }
        const timer =
          patienceMs === undefined
            ? undefined
            : setTimeout(() => {
                const at = queue.indexOf(entry)
                if (at >= 0) queue.splice(at, 1)
                reject(refusal())
              }, patienceMs)
        queue.push(entry)
        // In a microtask, so that whatever else arrives in this turn of the loop goes along.
        if (queue.length === 1 || queue.length === beside) queueMicrotask(() => void pump())
      }),
    waiting: () => queue.length,
  }
}
