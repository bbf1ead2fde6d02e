// The embedded database: PGlite in a worker thread (it computes on the thread it lives on), spoken to by `pg` over a stream.
// One driver and one dialect for both databases; the price is a pool of one connection.
import { join } from 'node:path'
import { Duplex } from 'node:stream'
import { Worker } from 'node:worker_threads'
import pg from 'pg'
import { type Database, wrap } from './database.ts'
import { lockFolder } from './lock.ts'

export interface EmbeddedOptions {
  /** The data folder; `undefined` keeps everything in memory. */
  folder?: string
  /** A dump to start from, when the folder is empty. */
  image?: Uint8Array
}

export async function openEmbedded({ folder, image }: EmbeddedOptions): Promise<Database> {
  const unlock = folder === undefined ? () => undefined : lockFolder(folder)
  const worker = new Worker(new URL('./embedded-worker.ts', import.meta.url), {
    workerData: { folder: folder && join(folder, 'db'), image },
    stdout: false,
  })
  try {
    await ready(worker)
  } catch (error) {
    await worker.terminate()
    unlock()
    throw error
  }
  const pool = new pg.Pool({ max: 1, user: 'postgres', database: 'postgres', stream: () => wire(worker) as never, idleTimeoutMillis: 0 })
  return {
    kind: 'embedded',
    db: wrap(pool),
    durability: async () => ({
      safe: false,
      detail: 'the embedded database survives crashes of the process, not power cuts; name a PostgreSQL server in DATABASE_URL for that',
    }),
    async close() {
      await pool.end()
      await new Promise<void>((resolve) => {
        worker.once('exit', () => resolve())
        worker.postMessage({ type: 'close' })
      })
      unlock()
    },
  }
}

function ready(worker: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.once('message', (message: { type: string; error?: string }) =>
      message.type === 'ready' ? resolve() : reject(new Error(`The embedded database does not open: ${message.error}`)),
    )
    worker.once('error', reject)
  })
}

/** Carries the PostgreSQL protocol to the worker. Each write is one batch of protocol messages; answers come back in order. */
function wire(worker: Worker): Duplex {
  let started = false
  const onMessage = (message: { type: string; bytes?: Uint8Array }) => {
    if (message.type === 'bytes' && message.bytes) stream.push(message.bytes)
  }
  const send = (chunks: Buffer[], done: () => void) => {
    const bytes = Buffer.concat(chunks)
    if (!started) {
      // The first message of a client is the start-up packet; PGlite is started already: say 'authenticated, ready'.
      started = true
      stream.push(Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0, 0x5a, 0, 0, 0, 5, 0x49]))
    } else if (bytes[0] !== 0x58) {
      worker.postMessage({ type: 'bytes', bytes })
    } else {
      stream.push(null) // Terminate: the connection ends, the database stays open.
    }
    done()
  }
  const stream = new Duplex({
    read: () => undefined,
    write: (chunk: Buffer, _encoding, done) => send([chunk], done),
    writev: (chunks, done) =>
      send(
        chunks.map(({ chunk }) => chunk as Buffer),
        done,
      ),
    destroy(error, done) {
      worker.off('message', onMessage)
      done(error)
    },
  })
  worker.on('message', onMessage)
  // What `pg` expects of a socket.
  const connect = () => {
    queueMicrotask(() => stream.emit('connect'))
    return stream
  }
  return Object.assign(stream, { connect, setNoDelay: () => stream, setKeepAlive: () => stream, ref: () => stream, unref: () => stream })
}
