// Live updates on Workers: hints go to Durable Objects, which hold the browsers' sockets. Best effort, as everywhere: whoever
// misses one reads after the cursor.
import type { Logger } from '#core/connector.ts'
import { reason } from '#core/errors.ts'
import type { LivePayload } from '#core/live.ts'
import type { Rooms } from '#http/parts.ts'
import type { Execution, Namespace } from './runtime.ts'

/** Agents' sockets are spread over so many objects; each hint for the console goes to all of them. */
const CONSOLES = 2

/** Addresses within our own objects; the host means nothing. */
export const ROOM = 'https://room'

export type Hints = (topic: string, payload: LivePayload) => void

/** The hints of one turn. What one piece of work changes many times leaves as one hint. */
export function createHints(rooms: Namespace, execution: Execution, log: Logger): Hints {
  let waiting = new Set<string>()
  const flush = async () => {
    await Promise.resolve() // The rest of what this piece of work has to say.
    const batch = waiting
    waiting = new Set()
    const sent = await Promise.allSettled([...batch].map((hint) => send(rooms, JSON.parse(hint))))
    for (const one of sent) if (one.status === 'rejected') log.debug({ error: reason(one.reason) }, 'a live hint was lost')
  }
  return (topic, payload) => {
    // Nobody follows single conversations.
    if (topic !== 'console' && !topic.startsWith('visitor:')) return
    if (waiting.size === 0) execution.waitUntil(flush())
    waiting.add(JSON.stringify([topic, payload]))
  }
}

async function send(rooms: Namespace, [topic, payload]: [string, LivePayload]): Promise<void> {
  const hint = { method: 'POST', body: JSON.stringify(payload) }
  if (topic !== 'console') {
    await rooms.get(rooms.idFromName(topic)).fetch(`${ROOM}/publish`, hint)
    return
  }
  await Promise.all(Array.from({ length: CONSOLES }, (_, n) => rooms.get(rooms.idFromName(`console:${n}`)).fetch(`${ROOM}/hint`, hint)))
}

export function createRooms(rooms: Namespace): Rooms {
  return {
    // Whose socket it is, its first frame tells: so each has an object of its own, which then follows the visitor's.
    chat: (request, line) => open(rooms.get(rooms.newUniqueId()), request, 'chat', { line }),
    async console(request, session) {
      const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(session)))
      const shard = (digest[0] ?? 0) % CONSOLES
      return open(rooms.get(rooms.idFromName(`console:${shard}`)), request, 'console', { session })
    },
  }
}

async function open(room: ReturnType<Namespace['get']>, request: Request, kind: string, memory: object): Promise<Response> {
  if (request.headers.get('upgrade')?.toLowerCase() !== 'websocket') return new Response('a WebSocket is expected here', { status: 426 })
  const headers = { upgrade: 'websocket', 'x-memory': encodeURIComponent(JSON.stringify({ kind, ...memory })) }
  const { status, webSocket } = (await room.fetch(new Request(`${ROOM}/open`, { headers }))) as Response & { webSocket?: unknown }
  // Anew, for the headers of an answer from elsewhere cannot be added to.
  return new Response(null, { status, webSocket } as ResponseInit)
}
