// A part that breaks, or that somebody interrupts, leaves no process and no folder behind.
import { rmSync } from 'node:fs'

const tidying = new Set<() => void>()
const folders = new Set<string>()
const LAST_WORDS_MS = 500

process.on('exit', () => {
  for (const tidy of tidying) tidy()
  // Whoever was killed may still write for a moment, and nothing asynchronous happens any more.
  if (folders.size > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LAST_WORDS_MS)
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130))

/** `tidy` runs when this process ends, unless the function that comes back was called before. It must not wait for anything. */
export function tidyAtExit(tidy: () => void): () => void {
  tidying.add(tidy)
  return () => void tidying.delete(tidy)
}

/** A folder that is gone when this process ends. */
export function removeAtExit(folder: string): void {
  folders.add(folder)
}
