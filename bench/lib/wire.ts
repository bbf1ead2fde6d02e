// HTTP/1.1 on bare sockets. The load generator shares two cores with what it measures: every microsecond that it spends is one that
// the measured program does not get, so nothing here is general. Both ends are ours or well-known servers on loopback.
import { connect, createServer, type Socket } from 'node:net'

/** A message as far as we need it: the first line, and the body. */
interface Message {
  head: string
  body: string
}

/** Cuts a stream of bytes into messages: `content-length` or chunked, kept-alive, one after the other. */
function reader(onMessage: (message: Message) => void): (chunk: Buffer) => void {
  let rest: Buffer | undefined
  return (chunk) => {
    let bytes = rest ? Buffer.concat([rest, chunk]) : chunk
    rest = undefined
    while (bytes.length > 0) {
      const end = bytes.indexOf('\r\n\r\n')
      const head = end < 0 ? '' : bytes.toString('latin1', 0, end)
      const whole = end < 0 ? undefined : bodyOf(bytes, end + 4, head)
      if (!whole) {
        rest = bytes
        return
      }
      onMessage({ head, body: whole.body })
      bytes = bytes.subarray(whole.next)
    }
  }
}

/** Undefined while not all of it is there. */
function bodyOf(bytes: Buffer, start: number, head: string): { body: string; next: number } | undefined {
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)
  if (length) {
    const next = start + Number(length[1])
    return bytes.length < next ? undefined : { body: bytes.toString('utf8', start, next), next }
  }
  if (!/\r\ntransfer-encoding: *chunked/i.test(head)) return { body: '', next: start }
  const pieces: Buffer[] = []
  for (let at = start; ; ) {
    const line = bytes.indexOf('\r\n', at)
    if (line < 0) return undefined
    const size = Number.parseInt(bytes.toString('latin1', at, line), 16)
    const next = line + 2 + size + 2
    if (bytes.length < next) return undefined
    if (size === 0) return { body: Buffer.concat(pieces).toString(), next }
    pieces.push(bytes.subarray(line + 2, line + 2 + size))
    at = next
  }
}

export interface Line {
  /** One call at a time. `answered` hears the status; 0 when the connection broke. */
  send(request: Buffer | string, answered: (status: number) => void): void
  close(): void
}

/** One kept-alive connection; a broken one is made anew for the next call. */
export function openLine(host: string, port: number): Line {
  let socket: Socket | undefined
  let waiting: ((status: number) => void) | undefined
  const answer = (status: number) => {
    const answered = waiting
    waiting = undefined
    answered?.(status)
  }
  const dial = () => {
    const made = connect({ host, port, noDelay: true })
    const read = reader(({ head }) => answer(Number(head.slice(9, 12))))
    made.on('data', read)
    made.on('error', () => made.destroy()) // The close that follows says it.
    made.on('close', () => {
      if (socket !== made) return
      socket = undefined
      answer(0)
    })
    return made
  }
  return {
    send(request, answered) {
      waiting = answered
      socket ??= dial()
      socket.write(request)
    },
    close() {
      const open = socket
      socket = undefined
      open?.destroy()
    },
  }
}

export interface Request {
  method: string
  path: string
  body: string
}

/** Serves JSON on loopback; its port. `handle` answers at once. */
export function serveJson(handle: (request: Request) => string): Promise<number> {
  const server = createServer({ noDelay: true }, (socket) => {
    const read = reader(({ head, body }) => {
      const line = head.slice(0, head.indexOf('\r\n'))
      const [method = '', path = ''] = line.split(' ')
      const json = handle({ method, path, body })
      socket.write(
        `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(json)}\r\nconnection: keep-alive\r\n\r\n${json}`,
      )
    })
    socket.on('data', read)
    socket.on('error', () => socket.destroy()) // A killed bot's end.
  })
  return new Promise((resolve, reject) => {
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve(typeof address === 'object' && address ? address.port : 0)
    })
  })
}

/** The bytes of one POST of JSON. */
export function post(path: string, host: string, headers: Record<string, string>, json: string): string {
  const more = Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')
  return `POST ${path} HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\n${more}content-length: ${Buffer.byteLength(json)}\r\n\r\n${json}`
}
