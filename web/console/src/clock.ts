// One ticking clock for every row that shows a waiting time.
import { useSyncExternalStore } from 'react'

const listeners = new Set<() => void>()
let now = Date.now()
let timer: ReturnType<typeof setInterval> | undefined

function tick(): void {
  now = Date.now()
  for (const listener of [...listeners]) listener()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  if (timer === undefined) {
    now = Date.now()
    timer = setInterval(tick, 1000)
  }
  return () => {
    listeners.delete(listener)
    if (listeners.size > 0) return
    clearInterval(timer)
    timer = undefined
  }
}

export function useNow(): number {
  return useNowAs((at) => at)
}

/** What the time makes of something; drawn again only when that changes. */
export function useNowAs<T extends number | string | boolean>(of: (now: number) => T): T {
  return useSyncExternalStore(subscribe, () => of(now))
}
