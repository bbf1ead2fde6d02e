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
  port.on('message', (message: { type: 'bytes'; bytes: Uint8Array } | { type: 'close' }) => {
    last = last
      .then(async () => {
        if (message.type === 'bytes') {
          const answer = await database.execProtocolRaw(message.bytes)
          port.postMessage({ type: 'bytes', bytes: answer })
          // It has given up on itself (the log could not be written, say), and would never answer again. Opened anew, it recovers.
          if (hasPanic(answer)) process.exit(1)
        } else {
          await database.close()
          port.close()
        }
      })
      .catch(() => process.exit(1)) // The engine itself broke. Whoever waits sees this thread end.
  })
  port.postMessage({ type: 'ready' })
} catch (error) {
  port.postMessage({ type: 'failed', error: error instanceof Error ? error.message : String(error) })
}

/** An error of the highest severity among the messages of the protocol: a letter, a length, and for an error its fields. */
function hasPanic(answer: Uint8Array): boolean {
  const bytes = Buffer.from(answer.buffer, answer.byteOffset, answer.byteLength)
  if (!bytes.includes('VPANIC\0')) return false
  for (let at = 0; at + 5 <= bytes.length; at += 1 + bytes.readInt32BE(at + 1)) {
    if (bytes[at] === 0x45 && bytes.subarray(at, at + 1 + bytes.readInt32BE(at + 1)).includes('VPANIC\0')) return true
  }
  return false
}
