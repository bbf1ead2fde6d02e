// Natural batching: while one write is under way the next ones gather, and go together. No timer: alone, nobody waits.

export interface BatchOptions<I, O> {
  /** Writes all or nothing, and answers in the order of the items. */
  write(items: I[]): Promise<O[]>
  /** How many items one write takes at most. */
  most: number
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

/** One write at a time: a second one beside it gained a twentieth when measured, and two can wait for each other's rows. */
export function createBatch<I, O>({ write, most, bound, patienceMs, refusal, isPoison }: BatchOptions<I, O>): Batch<I, O> {
  const queue: Entry<I, O>[] = []
  let isBusy = false

  async function pump(): Promise<void> {
    isBusy = true
    while (queue.length > 0) await flush(queue.splice(0, most))
    isBusy = false
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
        if (!isBusy && queue.length === 1) queueMicrotask(() => void (isBusy || pump()))
      }),
    waiting: () => queue.length,
  }
}
