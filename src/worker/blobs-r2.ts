// Files in an R2 bucket; without one, a refusal in words.
import { ConnectorError } from '#core/errors.ts'
import type { Blobs } from '#store/blobs.ts'

/** What we use of an R2 binding. */
export interface Bucket {
  put(key: string, bytes: Uint8Array): Promise<unknown>
  get(key: string): Promise<{ arrayBuffer(): Promise<ArrayBuffer> } | null>
  delete(key: string): Promise<void>
}

export function r2Blobs(bucket: Bucket): Blobs {
  return {
    async put(id, bytes) {
      await bucket.put(id, bytes)
    },
    async get(id) {
      const found = await bucket.get(id)
      return found ? new Uint8Array(await found.arrayBuffer()) : undefined
    },
    remove: (id) => bucket.delete(id),
  }
}

/** Final, not worth another try: only a deployment with a bucket changes it. */
export const noBlobs: Blobs = {
  async put() {
    throw new ConnectorError('unsupported', 'This service cannot store files: no R2 bucket is bound as FILES. / 本服务未配置文件存储。')
  },
  get: async () => undefined,
  remove: async () => undefined,
}
