// Blobs as files below the data folder, spread over 256 folders.
import { randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Blobs } from './blobs.ts'

export function diskBlobs(folder: string): Blobs {
  const path = (id: string) => {
    if (!/^att_[0-9a-f]{32}$/.test(id)) throw new Error('not an attachment id')
    return join(folder, id.slice(-2), id)
  }
  return {
    async put(id, bytes) {
      const file = path(id)
      await mkdir(dirname(file), { recursive: true })
      // Written beside and moved: a crash leaves no half file under the name. Each writer has a place of its own, since the
      // copying loop and somebody who opens the file may fetch it at the same moment.
      const part = `${file}.${randomUUID()}.part`
      try {
        await writeFile(part, bytes, { flush: true })
        await rename(part, file)
      } catch (error) {
        await rm(part, { force: true })
        throw error
      }
    },
    async get(id) {
      try {
        return new Uint8Array(await readFile(path(id)))
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
        throw error
      }
    },
    remove: (id) => rm(path(id), { force: true }),
  }
}
