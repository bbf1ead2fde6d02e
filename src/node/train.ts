// Training on a thread of its own: customers are answered meanwhile.
import { Worker } from 'node:worker_threads'
import type { MatcherEntry } from '#bot/faq.ts'

/** Ends the thread when `signal` says so, and rejects. */
export function trainInThread(entries: readonly MatcherEntry[], signal: AbortSignal, tell?: (share: number) => void): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    // The features of a phrase are garbage before the next is read: where little room is given to garbage, little is taken.
    const resourceLimits = { maxYoungGenerationSizeMb: 4 }
    const worker = new Worker(new URL('./train-worker.ts', import.meta.url), { workerData: entries, resourceLimits })
    const stop = () => {
      void worker.terminate()
      reject(signal.reason)
    }
    signal.addEventListener('abort', stop, { once: true })
    worker.on('message', (message: { share: number } | { model: Uint8Array }) => {
      if ('model' in message) resolve(message.model)
      else tell?.(message.share)
    })
    worker.once('error', reject)
    worker.once('exit', (code) => {
      signal.removeEventListener('abort', stop)
      reject(new Error(`the thread that trains ended with ${code}`)) // Of no effect after the model.
    })
  })
}
