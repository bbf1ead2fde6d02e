import type { AddressInfo } from 'node:net'
import { createServer, type Server, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { httpScan } from '#platforms/scan-http.ts'
import { type Listening, listen } from '../../test/support/listen.ts'
import { clamdScan, pingClamd } from './clamd.ts'

const file = (text: string) => ({ name: '发票.pdf', mime: 'application/pdf', bytes: new TextEncoder().encode(text) })
const signal = () => AbortSignal.timeout(10_000)
const LIMIT = 300_000

let server: Server | undefined
let web: Listening | undefined
afterEach(async () => {
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)))
  await web?.close()
  server = undefined
  web = undefined
})

/** Speaks as clamd does: a command that ends with zero, pieces after their length, an answer that ends with zero. */
async function clamd(): Promise<{ host: string; port: number }> {
  server = createServer((socket) => serve(socket))
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve))
  return { host: '127.0.0.1', port: (server.address() as AddressInfo).port }
}

function serve(socket: Socket): void {
  let bytes = Buffer.alloc(0)
  socket.on('data', (chunk) => {
    bytes = Buffer.concat([bytes, chunk])
    if (bytes.toString('latin1') === 'zPING\0') return socket.end('PONG\0')
    const command = 'zINSTREAM\0'
    if (!bytes.subarray(0, command.length).equals(Buffer.from(command))) return
    const pieces: Buffer[] = []
    for (let at = command.length; at + 4 <= bytes.length; ) {
      const size = bytes.readUInt32BE(at)
      if (size === 0) return socket.end(answerTo(Buffer.concat(pieces)))
      if (at + 4 + size > bytes.length) return
      pieces.push(bytes.subarray(at + 4, at + 4 + size))
      at += 4 + size
    }
  })
}

function answerTo(content: Buffer): string {
  if (content.length > LIMIT) return 'INSTREAM size limit exceeded. ERROR\0'
  return content.includes('EICAR') ? 'stream: Win.Test.EICAR_HDB-1 FOUND\0' : 'stream: OK\0'
}

test('clamd is shown every byte, and what it finds has its name', async () => {
  const scan = clamdScan(await clamd())
  expect(await scan(file('clean'), signal())).toBeUndefined()
  expect(await scan(file(`${'x'.repeat(200_000)}EICAR`), signal())).toEqual({ found: 'Win.Test.EICAR_HDB-1' })
  expect(await scan(file(''), signal())).toBeUndefined()
})

test('a clamd that is not there, that will not, or that hangs lets nothing in, for now', async () => {
  const place = await clamd()
  await pingClamd(place, signal())
  const later = { kind: 'transient', certain: true }
  await expect(clamdScan(place)(file('x'.repeat(LIMIT + 1)), signal())).rejects.toMatchObject(later)
  await expect(clamdScan({ ...place, port: 2 })(file('x'), signal())).rejects.toMatchObject(later)
  server?.removeAllListeners('connection')
  server?.on('connection', (socket) => socket.on('error', () => undefined))
  const stop = new AbortController()
  const waiting = clamdScan(place)(file('x'), stop.signal)
  stop.abort()
  await expect(waiting).rejects.toMatchObject(later)
})

test('a scanner behind HTTP says by its status what it thinks, and knows the name', async () => {
  const seen: unknown[] = []
  let status = 200
  web = await listen((request, response) => {
    seen.push([request.headers['x-file-name'], request.headers.authorization])
    response.writeHead(status).end('Eicar-Test-Signature\nmore')
  })
  const scan = httpScan({ url: web.url, token: 't' }, fetch)
  expect(await scan(file('x'), signal())).toBeUndefined()
  status = 422
  expect(await scan(file('x'), signal())).toEqual({ found: 'Eicar-Test-Signature' })
  status = 500
  await expect(scan(file('x'), signal())).rejects.toMatchObject({ kind: 'transient' })
  expect(seen[0]).toEqual([encodeURIComponent('发票.pdf'), 'Bearer t'])
})
