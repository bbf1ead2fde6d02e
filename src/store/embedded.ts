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
  const engine = createEngine(folder, image)
  try {
    await engine.alive()
  } catch (error) {
    unlock()
    throw error
  }
  const pool = new pg.Pool({
    max: 1,
    pipeline: true,
    user: 'postgres',
    database: 'postgres',
    stream: () => wire(engine) as never,
    idleTimeoutMillis: 0,
  })
  pool.on('error', () => undefined) // A connection that broke while nobody used it: the next query opens another, or says why not.
  return {
    kind: 'embedded',
    db: wrap(pool),
    durability: async () => ({
      safe: false,
      detail: 'the embedded database survives crashes of the process, not power cuts; name a PostgreSQL server in DATABASE_URL for that',
    }),
    async close() {
      await pool.end()
      await engine.close()
      unlock()
    },
  }
}

interface Engine {
  /** The thread with the open database. One that broke off (a full disk can do that) is started again when it is needed. */
  alive(): Promise<Worker>
  close(): Promise<void>
}

function createEngine(folder: string | undefined, image: Uint8Array | undefined): Engine {
  let current: Promise<Worker> | undefined
  let first = true
  const start = async () => {
    if (!first && folder === undefined) throw new Error('The database in memory broke off, and what it held with it.')
    const worker = new Worker(new URL('./embedded-worker.ts', import.meta.url), {
      workerData: { folder: folder && join(folder, 'db'), image: first ? image : undefined },
      stdout: false,
    })
    worker.once('exit', () => {
      current = undefined
    })
    try {
      await ready(worker)
    } catch (error) {
      await worker.terminate()
      throw error
    }
    worker.on('error', () => undefined) // Its end is what counts, and comes next.
    first = false
    return worker
  }
  return {
    alive() {
      current ??= start().catch((error) => {
        current = undefined
        throw error
      })
      return current
    },
    async close() {
      const worker = await current?.catch(() => undefined)
      if (!worker) return
      await new Promise<void>((resolve) => {
        worker.once('exit', () => resolve())
        worker.postMessage({ type: 'close' })
      })
    },
  }
}

function ready(worker: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.once('message', (message: { type: string; error?: string }) =>
      message.type === 'ready' ? resolve() : reject(new Error(`The embedded database does not open: ${message.error}`)),
    )
    worker.once('error', reject)
    worker.once('exit', () => reject(new Error('The embedded database does not open: it broke off.')))
  })
}

/** Carries the PostgreSQL protocol to the worker. Each write is one batch of protocol messages; answers come back in order. */
function wire(engine: Engine): Duplex {
  let worker: Worker | undefined
  let started = false
  const onMessage = (message: { type: string; bytes?: Uint8Array }) => {
    if (message.type === 'bytes' && message.bytes) stream.push(message.bytes)
  }
  const onExit = () => stream.destroy(new Error('the embedded database broke off; it is opened again'))
  const send = (chunks: Buffer[], done: () => void) => {
    const bytes = Buffer.concat(chunks)
    if (!started) {
      // The first message of a client is the start-up packet; PGlite is started already: say 'authenticated, ready'.
      started = true
      stream.push(Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0, 0x5a, 0, 0, 0, 5, 0x49]))
    } else if (bytes[0] !== 0x58) {
      worker?.postMessage({ type: 'bytes', bytes })
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
      worker?.off('message', onMessage).off('exit', onExit)
      done(error)
    },
  })
  // What `pg` expects of a socket.
  const connect = () => {
    engine.alive().then(
      (alive) => {
        worker = alive.on('message', onMessage).once('exit', onExit)
        stream.emit('connect')
      },
      (error) => stream.destroy(error),
    )
    return stream
  }
  return Object.assign(stream, { connect, setNoDelay: () => stream, setKeepAlive: () => stream, ref: () => stream, unref: () => stream })
}
