// The thread in which the embedded database lives. Speaks the PostgreSQL protocol in batches of bytes.
import { parentPort, workerData } from 'node:worker_threads'
import { PGlite } from '@electric-sql/pglite'

const port = parentPort
if (!port) throw new Error('embedded-worker.ts runs as a worker thread')

const { folder, image } = workerData as { folder?: string; image?: Uint8Array<ArrayBuffer> }

try {
  const database = await PGlite.create({
    // One small house on one machine: PGlite's own 128 MB of buffers would be most of the process (measured 437 against 248 MB).
    startParams: [...PGlite.defaultStartParams, '-c', 'shared_buffers=32MB', '-c', 'wal_buffers=1MB'],
    ...(folder ? { dataDir: folder } : {}),
    ...(image ? { loadDataDir: new Blob([image]) } : {}),
  })
  let last: Promise<unknown> = Promise.resolve()
  port.on('message', (message: { type: 'bytes'; bytes: Uint8Array } | { type: 'close' } | { type: 'dump' }) => {
    last = last.then(async () => {
      if (message.type === 'bytes') {
        port.postMessage({ type: 'bytes', bytes: await database.execProtocolRaw(message.bytes) })
      } else if (message.type === 'close') {
        await database.close()
        port.close()
      }
    })
  })
  port.postMessage({ type: 'ready' })
} catch (error) {
  port.postMessage({ type: 'failed', error: error instanceof Error ? error.message : String(error) })
}
