// Waking a loop that waits.

export interface Signal {
  wake(): void
  /** Resolves when woken, after `ms`, or on abort; at once when woken since the last wait. */
  wait(ms: number, abort: AbortSignal): Promise<void>
}

export function createSignal(): Signal {
  let woken = false
  let release: (() => void) | undefined
  return {
    wake() {
      woken = true
      release?.()
    },
    async wait(ms, abort) {
      if (!woken && !abort.aborted) {
        await new Promise<void>((resolve) => {
          const end = () => {
            clearTimeout(timer)
            abort.removeEventListener('abort', end)
            release = undefined
            resolve()
          }
          const timer = setTimeout(end, ms)
          abort.addEventListener('abort', end)
          release = end
        })
      }
      woken = false
    },
  }
}
