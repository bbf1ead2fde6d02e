// Files on their way to the server, while a message is being written. Finished ones belong to the draft.
import type { Uploaded } from '#http/chat/protocol.ts'
import { ApiError } from '../api.ts'
import { createStore, type Store } from '../store.ts'

export interface Upload {
  id: string
  conversation: string
  file: File
  /** In words, when it went wrong. */
  failed?: string
}

export interface Uploads {
  items: Store<readonly Upload[]>
  add(conversation: string, files: Iterable<File>): void
  retry(id: string): void
  remove(id: string): void
}

export interface UploadDeps {
  upload(file: File, signal: AbortSignal): Promise<Uploaded>
  done(conversation: string, file: Uploaded): void
  newId(): string
}

export function createUploads(deps: UploadDeps): Uploads {
  const items = createStore<readonly Upload[]>([])
  const aborts = new Map<string, AbortController>()
  const drop = (id: string) => items.set(items.get().filter((item) => item.id !== id))
  const start = async (item: Upload) => {
    const abort = new AbortController()
    aborts.set(item.id, abort)
    try {
      const uploaded = await deps.upload(item.file, abort.signal)
      if (abort.signal.aborted) return
      drop(item.id)
      deps.done(item.conversation, uploaded)
    } catch (error) {
      if (abort.signal.aborted) return
      const failed = error instanceof ApiError ? error.message : String(error)
      items.set(items.get().map((other) => (other.id === item.id ? { ...item, failed } : other)))
    } finally {
      aborts.delete(item.id)
    }
  }
  return {
    items,
    add(conversation, files) {
      for (const file of files) {
        const item: Upload = { id: deps.newId(), conversation, file }
        items.set([...items.get(), item])
        void start(item)
      }
    },
    retry(id) {
      const item = items.get().find((other) => other.id === id)
      if (!item) return
      const fresh: Upload = { ...item, failed: undefined }
      items.set(items.get().map((other) => (other.id === id ? fresh : other)))
      void start(fresh)
    },
    remove(id) {
      aborts.get(id)?.abort()
      drop(id)
    },
  }
}
