// Sees the config files change. Editors replace files, so the folder is watched, and a pause waits for the last write.
import { type FSWatcher, watch } from 'node:fs'
import type { Logger } from '#core/connector.ts'
import { reason } from '#core/errors.ts'

const QUIET_MS = 200

export function watchConfig(folder: string, onChange: () => void, log: Logger): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  const blind = (error: unknown) => log.warn({ error: reason(error) }, 'the config folder cannot be watched; restart to read changes')
  let watcher: FSWatcher
  try {
    // Articles lie in a folder of their own.
    watcher = watch(folder, { recursive: true }, (_event, name) => {
      if (name && !/\.(ya?ml|csv|md)$/i.test(name)) return
      clearTimeout(timer)
      timer = setTimeout(onChange, QUIET_MS)
    })
  } catch (error) {
    // A system that has no watch left to give is no reason not to start.
    blind(error)
    return () => undefined
  }
  watcher.on('error', blind)
  return () => {
    clearTimeout(timer)
    watcher.close()
  }
}
