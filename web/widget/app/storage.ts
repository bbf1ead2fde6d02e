// The browser's storage of our origin. Where the browser denies it to frames of other sites (private windows, blocked
// third-party cookies), the page around us keeps what must survive: without that, each click on a link would begin a new
// conversation. Where the page may not keep anything either, the chat works for as long as the page is open.

export interface Store {
  get<T>(key: string): T | undefined
  set(key: string, value: unknown): void
  remove(key: string): void
  /** All keys that begin so. */
  keys(prefix: string): string[]
  /** What the page kept for us; what our own storage has goes before it. */
  load(kept: Record<string, string>): void
}

/**
 * `find` is a function because reading `window.localStorage` itself throws where storage is denied. `keep` is called for
 * what our own storage would not take, with undefined when it is gone.
 */
export function openStore(find: () => Storage, prefix: string, keep: (key: string, text?: string) => void): Store {
  const memory = new Map<string, string>()
  const storage = attempt(find)
  const read = (key: string) => memory.get(key) ?? attempt(() => storage?.getItem(prefix + key)) ?? undefined
  const remove = (key: string) => {
    if (memory.delete(key)) keep(key)
    attempt(() => storage?.removeItem(prefix + key))
  }
  return {
    get: <T>(key: string) => {
      const text = read(key)
      return text === undefined ? undefined : attempt(() => JSON.parse(text) as T)
    },
    set(key, value) {
      const text = JSON.stringify(value)
      const stored = attempt(() => {
        storage?.setItem(prefix + key, text)
        return storage !== undefined
      })
      if (stored) {
        if (memory.delete(key)) keep(key)
      } else {
        memory.set(key, text)
        keep(key, text)
      }
    },
    remove,
    keys(start) {
      const stored = attempt(() => Object.keys(storage ?? {})) ?? []
      const own = stored.filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length))
      return [...new Set([...own, ...memory.keys()])].filter((key) => key.startsWith(start))
    },
    load(kept) {
      for (const [key, text] of Object.entries(kept)) if (read(key) === undefined) memory.set(key, text)
    },
  }
}

/** Undefined where the browser or the text says no: the caller has a way on without it. */
function attempt<T>(action: () => T): T | undefined {
  try {
    return action()
  } catch {
    return undefined
  }
}
