// Sees the config files change. Editors replace files, so the folder is watched, and a pause waits for the last write.
import { watch } from 'node:fs'
import type { Logger } from '#core/connector.ts'

const QUIET_MS = 200

export function watchConfig(folder: string, onChange: () => void, log: Logger): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  const watcher = watch(folder, (_event, name) => {
    if (name && !/\.ya?ml$/.test(name)) return
    clearTimeout(timer)
    timer = setTimeout(onChange, QUIET_MS)
  })
  watcher.on('error', (error) => log.warn({ error: error.message }, 'the config folder can no longer be watched; restart to read changes'))
  return () => {
    clearTimeout(timer)
    watcher.close()
  }
}
