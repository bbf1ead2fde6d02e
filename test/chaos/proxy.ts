// A line between two programs that can be made to fail: what a kernel, a cable, a load balancer or a bad proxy does to a connection.

import type { AddressInfo } from 'node:net'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

export type LineFault =
  | { kind: 'none' }
  /** Every piece comes later. */
  | { kind: 'latency'; ms: number }
  /** Connections open and nothing passes, in either direction. What was held comes when the fault ends. */
  | { kind: 'hang' }
  /** Requests pass, answers are held. */
  | { kind: 'mute' }
  /** Nobody listens; open connections are reset. */
  | { kind: 'refuse' }
  /** A reset after so many bytes of the answer. */
  | { kind: 'cut'; bytes: number }
  /** An orderly end after so many bytes of the answer. */
  | { kind: 'truncate'; bytes: number }
  /** The answer comes in small pieces with pauses. */
  | { kind: 'drip'; bytes: number; ms: number }

export interface FaultProxy {
  port: number
  /** Holds for connections that are open, and for those to come. */
  set(fault: LineFault): Promise<void>
  /** Connections that were opened so far. */
  opened(): number
  /** Directions that hold bytes back just now. */
  holding(): number
  close(): Promise<void>
}

interface Line {
  fault: LineFault
  /** Ends when the fault changes. */
  change: AbortController
  pairs: Set<[Socket, Socket]>
  opened: number
  holding: number
}

type Direction = 'up' | 'down'

export async function faultProxy(target: { host: string; port: number }): Promise<FaultProxy> {
  const line: Line = { fault: { kind: 'none' }, change: new AbortController(), pairs: new Set(), opened: 0, holding: 0 }
  const server = createServer({ allowHalfOpen: true }, (client) => join(line, client, target))
  await listen(server, 0)
  const { port } = server.address() as AddressInfo
  const setFault = (fault: LineFault) => {
    line.fault = fault
    const { change } = line
    line.change = new AbortController()
    change.abort()
  }
  return {
    port,
    opened: () => line.opened,
    holding: () => line.holding,
    async set(fault) {
      setFault(fault)
      if (fault.kind === 'refuse') {
        const closed = new Promise((resolve) => server.close(resolve))
        reset(line)
        await closed
      } else if (!server.listening) {
        await listen(server, port)
      }
    },
    async close() {
      setFault({ kind: 'none' })
      const closed = server.listening ? new Promise((resolve) => server.close(resolve)) : undefined
      reset(line)
      await closed
    },
  }
}

function join(line: Line, client: Socket, target: { host: string; port: number }): void {
  line.opened += 1
  const upstream = connect({ ...target, allowHalfOpen: true })
  const pair: [Socket, Socket] = [client, upstream]
  line.pairs.add(pair)
  const end = () => {
    line.pairs.delete(pair)
    for (const socket of pair) if (!socket.destroyed) socket.resetAndDestroy()
  }
  // One side broke: the other hears of it the same way.
  for (const socket of pair) socket.on('error', end)
  for (const socket of pair) socket.setNoDelay(true)
  Promise.all([carry(line, client, upstream, 'up'), carry(line, upstream, client, 'down')]).then(() => line.pairs.delete(pair), end)
}

/** Carries one direction to its end. Throws when the connection is to be cut. */
async function carry(line: Line, from: Socket, to: Socket, direction: Direction): Promise<void> {
  let fault = line.fault
  let passed = 0
  for await (const chunk of from as AsyncIterable<Buffer>) {
    await held(line, direction)
    if (fault !== line.fault) {
      fault = line.fault
      passed = 0 // Bytes count from the moment that the fault began.
    }
    await pass(fault, chunk, to, { direction, passed })
    passed += chunk.length
  }
  await held(line, direction)
  to.end()
}

async function held(line: Line, direction: Direction): Promise<void> {
  while (line.fault.kind === 'hang' || (line.fault.kind === 'mute' && direction === 'down')) {
    const { signal } = line.change
    line.holding += 1
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
    line.holding -= 1
  }
}

async function pass(
  fault: LineFault,
  chunk: Buffer,
  to: Socket,
  { direction, passed }: { direction: Direction; passed: number },
): Promise<void> {
  if (fault.kind === 'latency') await pause(fault.ms)
  if (direction === 'down' && (fault.kind === 'cut' || fault.kind === 'truncate') && passed + chunk.length > fault.bytes) {
    await write(to, chunk.subarray(0, Math.max(0, fault.bytes - passed)))
    if (fault.kind === 'cut') throw new Error('cut')
    to.end()
    return
  }
  if (direction === 'down' && fault.kind === 'drip') {
    for (let at = 0; at < chunk.length && !to.destroyed; at += fault.bytes) {
      await write(to, chunk.subarray(at, at + fault.bytes))
      await pause(fault.ms)
    }
    return
  }
  await write(to, chunk)
}

function write(to: Socket, bytes: Buffer): Promise<void> {
  if (bytes.length === 0 || to.destroyed || to.writableEnded) return Promise.resolve()
  return new Promise((resolve) => to.write(bytes, () => resolve()))
}

function reset(line: Line): void {
  for (const pair of line.pairs) for (const socket of pair) socket.resetAndDestroy()
  line.pairs.clear()
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, failed) => {
    server.once('error', failed)
    server.listen(port, '127.0.0.1', () => {
      server.off('error', failed)
      resolve()
    })
  })
}
