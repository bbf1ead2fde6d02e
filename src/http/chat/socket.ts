// One browser's live connection, held by this process. Hints come at most as fast as the reader reads.
import type { WSContext, WSEvents } from 'hono/ws'
import { catchUp, HELLO_MS, type LineParts, newLine, receive, topicOf, WAITING_MAX, type Wire } from './line.ts'

export interface SocketParts extends LineParts {
  /** Open sockets, closed with 1012 when the process stops. */
  sockets: Set<WSContext>
}

export function chatSocket(parts: SocketParts, channel: string, locale: string | undefined): WSEvents {
  const line = newLine(channel, locale)
  let unsubscribe: () => void = () => undefined
  let isReading = false
  let again = false
  let changed = false
  let queue: Promise<void> = Promise.resolve()
  let waiting = 0
  let patience: ReturnType<typeof setTimeout> | undefined

  /** One read at a time; a hint during a read makes one more. */
  async function read(wire: Wire, isChanged: boolean): Promise<void> {
    again = true
    changed ||= isChanged
    if (isReading) return
    isReading = true
    while (again) {
      await parts.reads(() => {
        again = false
        const all = changed
        changed = false
        return catchUp(parts, line, wire, all)
      })
    }
    isReading = false
  }

  function follow(wire: Wire): void {
    if (!line.visitor) return
    clearTimeout(patience)
    unsubscribe()
    unsubscribe = parts.live.subscribe(topicOf(line.visitor), (hint) => {
      if (hint.type === 'typing') wire.send({ type: 'typing', name: hint.name })
      else void read(wire, hint.type === 'changed' && hint.again === true)
    })
    // Whoever comes back may have missed what changed meanwhile.
    void read(wire, true)
  }

  return {
    onOpen(_event, socket) {
      parts.sockets.add(socket)
      patience = setTimeout(() => socket.close(1008, 'no hello'), HELLO_MS)
    },
    onMessage(event, socket) {
      // One after the other: what a visitor sends first is first.
      if (++waiting > WAITING_MAX) return socket.close(1008, 'too fast')
      const wire = wireOf(socket)
      queue = queue
        .then(async () => {
          if (await receive(parts, line, wire, event.data)) follow(wire)
        })
        .finally(() => {
          waiting -= 1
        })
    },
    onClose(_event, socket) {
      clearTimeout(patience)
      unsubscribe()
      parts.sockets.delete(socket)
    },
  }
}

function wireOf(socket: WSContext): Wire {
  return {
    send: (frame) => socket.send(JSON.stringify(frame)),
    close: (code, reason) => socket.close(code, reason),
    isOpen: () => socket.readyState === 1,
  }
}
