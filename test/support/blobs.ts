// Files in memory.
import type { Blobs } from '#store/blobs.ts'

export function memoryBlobs(): Blobs {
  const blobs = new Map<string, Uint8Array<ArrayBuffer>>()
  return {
    async put(id, bytes) {
      blobs.set(id, new Uint8Array(bytes))
    },
    async get(id) {
      return blobs.get(id)
    },
    async remove(id) {
      blobs.delete(id)
    },
  }
}
