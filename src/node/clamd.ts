// ClamAV's daemon over TCP: the file is streamed to it in pieces, each after its length, and it says what it found.
import { connect, type Socket } from 'node:net'
import type { Scan } from '#core/admission.ts'
import { reason } from '#core/errors.ts'
import { unable } from '#platforms/scan-http.ts'

export interface ClamdOptions {
  host: string
  port: number
}

const DEADLINE_MS = 30_000
const PIECE = 64 * 1024
const ANSWER_MAX = 4096

export function clamdScan(options: ClamdOptions): Scan {
  return async ({ bytes }, signal) => {
    const answer = await talk(options, signal, (socket) => {
      socket.write('zINSTREAM\0')
      for (let at = 0; at < bytes.length; at += PIECE) {
        const piece = bytes.subarray(at, at + PIECE)
        socket.write(lengthOf(piece.length))
        socket.write(piece)
      }
      socket.write(lengthOf(0))
    })
    const found = /^stream: (.+) FOUND$/.exec(answer)?.[1]
    if (found) return { found }
    if (answer !== 'stream: OK') throw unable(answer || 'no answer')
    return undefined
  }
}

/** Throws when nobody is there. */
export async function pingClamd(options: ClamdOptions, signal: AbortSignal): Promise<void> {
  const answer = await talk(options, signal, (socket) => socket.write('zPING\0'))
  if (answer !== 'PONG') throw unable(answer || 'no answer')
}

function lengthOf(size: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(size)
  return bytes
}

/** One question, one answer that ends with a zero. */
function talk({ host, port }: ClamdOptions, signal: AbortSignal, ask: (socket: Socket) => void): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = ''
    const bounded = AbortSignal.any([signal, AbortSignal.timeout(DEADLINE_MS)])
    const socket = connect({ host, port }, () => ask(socket))
    const fail = (error: unknown) => {
      socket.destroy()
      reject(unable(reason(error), error))
    }
    bounded.addEventListener('abort', () => fail(bounded.reason), { once: true })
    if (bounded.aborted) return fail(bounded.reason)
    socket.on('error', fail)
    socket.on('data', (chunk) => {
      answer += chunk.toString('utf8')
      const end = answer.indexOf('\0')
      if (end < 0 && answer.length < ANSWER_MAX) return
      socket.destroy()
      resolve(answer.slice(0, end < 0 ? ANSWER_MAX : end).trim())
    })
    socket.on('end', () => fail(new Error('the scanner hung up')))
  })
}
