// Natural batching: while one write is under way the next ones gather, and go together. No timer: alone, nobody waits.

export interface BatchOptions<I, O> {
  /** Writes all or nothing, and answers in the order of the items. */
  write(items: I[]): Promise<O[]>
  /** How many items one write takes at most. */
  most: number
  /** How many writes are under way at most: one is decided here while the database is at the others. One, where nothing is said. */
  writes?: number
  /** So many that wait are worth another write beside those. */
  beside?: number
  /** Two writes side by side never hold items of one key, so that those keep their order. */
  keysOf?(item: I): string[]
  /** Before each write company is awaited for so long, for what nobody waits for; what is urgent, and a full write, go at once. */
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
  add(item: I, isUrgent?: boolean): Promise<O>
  waiting(): number
  /** What waits for company goes at once. */
  hurry(): void
  /** What waits travels with somebody else's write. */
  lend(): Loan<I, O>
}

export interface Loan<I, O> {
  items: I[]
  /** With the results, in order; without, the write failed: the items are written here after all, and lent to nobody again. */
  end(results?: O[]): void
}

interface Entry<I, O> {
  item: I
  isUrgent: boolean
  /** Was on loan, and came back. */
  stays?: true
  resolve(value: O): void
  reject(error: unknown): void
}

export function createBatch<I, O>({ write, most, writes = 1, beside = 1, ...options }: BatchOptions<I, O>): Batch<I, O> {
  const { keysOf = () => [], gatherMs, bound, patienceMs, refusal, isPoison } = options
  const queue: Entry<I, O>[] = []
  const busyKeys = new Set<string>()
  let writing = 0
  let timer: ReturnType<typeof setTimeout> | undefined

  /** Is there enough for one more write? */
  const isDue = () => (writing === 0 ? queue.length > 0 : writing < writes && queue.length >= beside)

  async function pump(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    if (!isDue()) return
    writing += 1
    for (let entries = take(); entries.length > 0; entries = gatherMs === undefined ? take() : []) {
      const keys = entries.flatMap(({ item }) => keysOf(item))
      for (const key of keys) busyKeys.add(key)
      await flush(entries)
      for (const key of keys) busyKeys.delete(key)
    }
    writing -= 1
    if (gatherMs !== undefined && queue.length > 0) arouse(queue.some(({ isUrgent }) => isUrgent))
  }

  /** In a microtask, so that whatever else arrives in this turn of the loop goes along. */
  function arouse(isUrgent: boolean): void {
    if (gatherMs === undefined || isUrgent || queue.length >= most) queueMicrotask(() => void pump())
    else timer ??= setTimeout(() => void pump(), gatherMs)
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
    add: (item, isUrgent = false) =>
      new Promise((resolve, reject) => {
        if (queue.length >= bound) return reject(refusal())
        const end = () => clearTimeout(late)
        const entry: Entry<I, O> = {
          item,
          isUrgent,
          resolve(value) {
            end()
            resolve(value)
          },
          reject(error) {
            end()
            reject(error)
          },
        }
        const late =
          patienceMs === undefined
            ? undefined
            : setTimeout(() => {
                const at = queue.indexOf(entry)
                if (at >= 0) queue.splice(at, 1)
                reject(refusal())
              }, patienceMs)
        queue.push(entry)
        if (gatherMs !== undefined || queue.length === 1 || (writes > 1 && queue.length === beside)) arouse(isUrgent)
      }),
    waiting: () => queue.length,
    hurry() {
      if (queue.length > 0) arouse(true)
    },
    lend() {
      const entries = queue.filter(({ stays }) => !stays).slice(0, most)
      const lent = new Set(entries)
      queue.splice(0, queue.length, ...queue.filter((entry) => !lent.has(entry)))
      return {
        items: entries.map(({ item }) => item),
        end(results) {
          if (results) return entries.forEach((entry, n) => void entry.resolve(results[n] as O))
          queue.unshift(...entries.map((entry) => Object.assign(entry, { stays: true as const })))
          if (entries.length > 0) arouse(true)
        },
      }
    },
  }
}
