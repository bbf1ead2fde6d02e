// A Durable Object that holds browsers' sockets, or knows who does. One class, three uses:
//   a room of its own for each visitor's socket · one for each visitor, which knows the rooms that follow them ·
//   a few for the console, each with the sockets of many agents.
// It sleeps between frames while its sockets stay open; what it must know then lies in their attachments. It asks no database:
// every frame that needs one is a turn of the Worker (`frames.ts`).
import type { LivePayload } from '#core/live.ts'
import { type ChatLine, HELLO_MS, topicOf, WAITING_MAX } from '#http/chat/line.ts'
import { consoleFrame, RENEW_MS } from '#http/console/socket.ts'
import type { Env } from './environment.ts'
import type { Gone, Question, Step } from './frames.ts'
import { ROOM } from './live.ts'
import type { HeldSocket, ObjectState } from './runtime.ts'

declare const WebSocketPair: new () => { 0: HeldSocket; 1: HeldSocket }
declare const WebSocketRequestResponsePair: new (request: string, response: string) => unknown

type Memory = { kind: 'chat'; line: ChatLine } | { kind: 'console'; session: string }

/** What happens to one socket happens one after the other. */
interface Work {
  queue: Promise<void>
  waiting: number
  /** A read is in the queue: it brings whatever a further hint is about. */
  willRead: boolean
  /** That read looks also at what was shown before. */
  again: boolean
  patience?: ReturnType<typeof setTimeout>
}

export class LiveRoom {
  readonly #state: ObjectState
  readonly #env: Env
  readonly #work = new Map<HeldSocket, Work>()

  constructor(state: ObjectState, env: Env) {
    this.#state = state
    this.#env = env
    // Widgets ask every 25 s whether we are there: the runtime says so without waking us.
    state.setWebSocketAutoResponse(new WebSocketRequestResponsePair('{"type":"ping"}', '{"type":"pong"}'))
  }

  async fetch(request: Request): Promise<Response> {
    switch (new URL(request.url).pathname) {
      case '/open':
        return this.#open(JSON.parse(decodeURIComponent(request.headers.get('x-memory') ?? '')) as Memory)
      case '/hint':
        return this.#hint((await request.json()) as LivePayload)
      case '/publish':
        return this.#publish(await request.text())
      case '/follow':
        await this.#state.storage.put(await request.text(), true)
        return new Response()
      case '/leave':
        await this.#state.storage.delete(await request.text())
        return new Response()
      default:
        return new Response(null, { status: 404 })
    }
  }

  async webSocketMessage(socket: HeldSocket, data: unknown): Promise<void> {
    const work = this.#workOf(socket)
    if (memoryOf(socket)?.kind !== 'chat') return // Agents' browsers only listen.
    if (work.waiting >= WAITING_MAX) return socket.close(1008, 'too fast')
    work.waiting += 1
    await this.#next(socket, async () => {
      work.waiting -= 1
      const step = await this.#step(socket, (line) => ({ op: 'receive', line, data: typeof data === 'string' ? data : null }))
      if (step?.greeted) await this.#follow(socket, step.line)
    })
  }

  async webSocketClose(socket: HeldSocket): Promise<void> {
    socket.close() // Says goodbye too, so that the browser need not wait for it.
    await this.webSocketError(socket)
  }

  async webSocketError(socket: HeldSocket): Promise<void> {
    clearTimeout(this.#work.get(socket)?.patience)
    this.#work.delete(socket)
    const memory = memoryOf(socket)
    if (memory?.kind === 'chat' && memory.line.visitor) await this.#tellTopic(memory.line, 'leave')
  }

  /** Each minute while agents look: are they still signed in? */
  async alarm(): Promise<void> {
    const sockets = this.#state.getWebSockets().filter((socket) => sessionOf(socket) !== undefined)
    if (sockets.length === 0) return
    const sessions = [...new Set(sockets.flatMap((socket) => sessionOf(socket) ?? []))]
    const answer = await this.#ask<Gone>({ op: 'stay', sessions })
    for (const socket of sockets) if (answer?.gone.includes(sessionOf(socket) ?? '')) socket.close(1008, 'signed out')
    await this.#state.storage.setAlarm(Date.now() + RENEW_MS)
  }

  async #open(memory: Memory): Promise<Response> {
    const { 0: theirs, 1: ours } = new WebSocketPair()
    this.#state.acceptWebSocket(ours)
    ours.serializeAttachment(memory)
    if (memory.kind === 'chat') this.#workOf(ours).patience = setTimeout(() => ours.close(1008, 'no hello'), HELLO_MS)
    else if ((await this.#state.storage.getAlarm()) === null) await this.#state.storage.setAlarm(Date.now() + RENEW_MS)
    return new Response(null, { status: 101, webSocket: theirs } as ResponseInit)
  }

  /** 410 when nobody is here any more. */
  #hint(hint: LivePayload): Response {
    const sockets = this.#state.getWebSockets()
    for (const socket of sockets) {
      const memory = memoryOf(socket)
      if (memory?.kind === 'console') send(socket, consoleFrame(hint))
      else if (hint.type === 'typing') send(socket, { type: 'typing', name: hint.name })
      else void this.#read(socket, hint.type === 'changed' && hint.again === true)
    }
    return new Response(null, { status: sockets.length > 0 ? 200 : 410 })
  }

  async #publish(hint: string): Promise<Response> {
    const { LIVE } = this.#env
    const followers = [...(await this.#state.storage.list()).keys()]
    const told = followers.map(async (room) => {
      const response = await LIVE?.get(LIVE.idFromString(room)).fetch(`${ROOM}/hint`, { method: 'POST', body: hint })
      if (response?.status === 410) await this.#state.storage.delete(room)
    })
    await Promise.allSettled(told)
    return new Response()
  }

  /** First the hints, then the read: what comes in between is in one of them. */
  async #follow(socket: HeldSocket, line: ChatLine): Promise<void> {
    clearTimeout(this.#workOf(socket).patience)
    await this.#tellTopic(line, 'follow')
    // Whoever comes back may have missed what changed meanwhile.
    await this.#step(socket, (now) => ({ op: 'read', line: now, again: true }))
  }

  async #tellTopic({ visitor }: ChatLine, what: 'follow' | 'leave'): Promise<void> {
    const { LIVE } = this.#env
    if (!LIVE || !visitor) return
    await LIVE.get(LIVE.idFromName(topicOf(visitor))).fetch(`${ROOM}/${what}`, { method: 'POST', body: this.#state.id.toString() })
  }

  async #read(socket: HeldSocket, isChanged: boolean): Promise<void> {
    const work = this.#workOf(socket)
    work.again ||= isChanged
    if (work.willRead) return
    work.willRead = true
    await this.#next(socket, async () => {
      work.willRead = false
      const { again } = work
      work.again = false
      await this.#step(socket, (line) => ({ op: 'read', line, again }))
    })
  }

  #next(socket: HeldSocket, task: () => Promise<void>): Promise<void> {
    const work = this.#workOf(socket)
    // A browser whose line broke comes back, and reads after its cursor.
    work.queue = work.queue.then(task).catch(() => socket.close(1013, 'try again'))
    return work.queue
  }

  async #step(socket: HeldSocket, question: (line: ChatLine) => Question): Promise<Step | undefined> {
    const memory = memoryOf(socket)
    if (memory?.kind !== 'chat' || socket.readyState !== 1) return undefined
    const step = await this.#ask<Step>(question(memory.line))
    if (!step) throw new Error('the house did not answer')
    socket.serializeAttachment({ kind: 'chat', line: step.line })
    for (const frame of step.frames) send(socket, frame)
    if (step.close) socket.close(step.close.code, step.close.reason)
    return step
  }

  async #ask<A extends Step | Gone>(question: Question): Promise<A | undefined> {
    const response = await this.#state.exports.frames.fetch(ROOM, { method: 'POST', body: JSON.stringify(question) })
    return response.ok ? ((await response.json()) as A) : undefined
  }

  #workOf(socket: HeldSocket): Work {
    const known = this.#work.get(socket)
    if (known) return known
    const made: Work = { queue: Promise.resolve(), waiting: 0, willRead: false, again: false }
    this.#work.set(socket, made)
    return made
  }
}

function memoryOf(socket: HeldSocket): Memory | undefined {
  return socket.deserializeAttachment() as Memory | undefined
}

function sessionOf(socket: HeldSocket): string | undefined {
  const memory = memoryOf(socket)
  return memory?.kind === 'console' ? memory.session : undefined
}

/** A socket may close between our look and our word. */
function send(socket: HeldSocket, frame: object): void {
  if (socket.readyState === 1) socket.send(JSON.stringify(frame))
}
