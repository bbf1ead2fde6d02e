// Waiting for a time to come.
import { ConnectorError } from './errors.ts'

/** Rejects with `stopped` as soon as the signal says so: what was waited for was certainly not done. */
export function pause(ms: number, signal: AbortSignal, stopped: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer)
      reject(new ConnectorError('transient', stopped, { certain: true }))
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop)
      resolve()
    }, ms)
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
  })
}
