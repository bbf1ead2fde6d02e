// The live line to the server: a WebSocket that resumes by cursor, or HTTP polling where something on the way blocks
// WebSockets. It knows frames, not the screen: what comes in goes to `onFrame`, in order.
import type { ClientFrame, MessagePage, SeenRequest, SendRequest, ServerFrame } from '#http/chat/protocol.ts'
import { ApiError, type ChatApi } from './api.ts'
import { backoffMs } from './backoff.ts'

export type LinkState = 'connecting' | 'live' | 'polling' | 'offline'

export type SendOutcome =
  | { type: 'accepted' }
  | { type: 'refused'; code: string; message: string }
  /** Nobody knows: the same again later. */
  | { type: 'lost'; afterMs?: number }

export interface ConnectionOptions {
  api: ChatApi
  token(): string
  cursor(): number
  /** Where the changes of older messages stand, as the last page said. */
  changes(): string | undefined
  onFrame(frame: ServerFrame): void
  /** What polling brought. */
  onPage(page: MessagePage): void
  onState(state: LinkState): void
  /** The token is no longer good: get a new one, then the connection goes on with it. */
  renew(): Promise<void>
  random(): number
  /** Nobody looks: poll less often. */
  idle(): boolean
}

type Timer = ReturnType<typeof setTimeout>

const OPEN_TIMEOUT_MS = 8_000
/** A server with nothing to say after `hello` is asked whether it is there. */
const SILENCE_MS = 2_000
const HEARTBEAT_MS = 25_000
const PONG_TIMEOUT_MS = 8_000
const SEND_TIMEOUT_MS = 12_000
const POLL_MS = 3_000
const POLL_IDLE_MS = 15_000
const POLL_MAX_MS = 15_000
/** After so many sockets that never became live, something on the way blocks them. */
const MISSES_BEFORE_POLLING = 2
/** Codes that mean 'later', not 'no'; everything else that names a `clientId` is final. */
const LATER = /rate|too_many|busy|unavailable|internal|timeout/

export class Connection {
  readonly #options: ConnectionOptions
  readonly #waiting = new Map<string, (outcome: SendOutcome) => void>()
  #running = false
  #socket: WebSocket | undefined
  #live = false
  #polling = false
  #state: LinkState | undefined
  #attempt = 0
  #misses = 0
  #pollFailures = 0
  #dialTimer: Timer | undefined
  #pollTimer: Timer | undefined
  #beatTimer: Timer | undefined
  #deadline: Timer | undefined

  constructor(options: ConnectionOptions) {
    this.#options = options
  }

  start(): void {
    if (this.#running) return
    this.#running = true
    this.#dial()
  }

  stop(): void {
    this.#running = this.#polling = false
    clearTimeout(this.#dialTimer)
    clearTimeout(this.#pollTimer)
    this.#close()
  }

  /** Something changed for the better (network back, page in front): try now instead of later. */
  wake(): void {
    if (!this.#running) return
    this.#attempt = 0
    if (this.#live) this.#ask()
    else {
      if (this.#polling) void this.#poll()
      this.#dial()
    }
  }

  /** The browser says that there is no network. It may be wrong, so trying goes on. */
  drop(): void {
    if (!this.#running) return
    this.#close()
    this.#report('offline')
    this.#redial()
  }

  async send(request: SendRequest): Promise<SendOutcome> {
    if (this.#live) return this.#sendBySocket(request)
    return this.#polling ? this.#sendByHttp(request) : { type: 'lost' }
  }

  /** False when it surely did not go out: said again later. */
  async seen(word: SeenRequest): Promise<boolean> {
    if (this.#live) this.#write({ type: 'seen', ...word })
    else if (this.#polling)
      return this.#options.api.seen(this.#options.token(), word).then(
        () => true,
        () => false,
      )
    return this.#live
  }

  typing(): void {
    if (this.#live) this.#write({ type: 'typing' })
  }

  #report(state: LinkState): void {
    if (state === this.#state) return
    this.#state = state
    this.#options.onState(state)
  }

  #dial(): void {
    clearTimeout(this.#dialTimer)
    if (!this.#running || this.#socket) return
    if (!this.#polling && this.#state !== 'offline') this.#report('connecting')
    const socket = openSocket(this.#options.api.socketUrl)
    if (!socket) {
      this.#lost()
      return
    }
    this.#socket = socket
    this.#deadline = setTimeout(() => this.#lost(), OPEN_TIMEOUT_MS)
    socket.onopen = () => {
      this.#write({ type: 'hello', token: this.#options.token(), after: this.#options.cursor() })
      this.#beatTimer = setTimeout(() => this.#ask(), SILENCE_MS)
    }
    socket.onmessage = (event) => socket === this.#socket && this.#receive(event.data)
    socket.onclose = () => socket === this.#socket && this.#lost()
  }

  #receive(data: unknown): void {
    const frame = read(data)
    if (!frame) return
    if (frame.type === 'error' && (!frame.clientId || frame.code === 'no_session')) {
      void this.#refused()
      return
    }
    if (!this.#live && frame.type !== 'error') this.#becomeLive()
    this.#beat()
    if (frame.type === 'accepted') this.#waiting.get(frame.clientId)?.({ type: 'accepted' })
    else if (frame.type === 'error') this.#waiting.get(frame.clientId ?? '')?.(verdict(frame.code, frame.message))
    else this.#options.onFrame(frame)
  }

  #becomeLive(): void {
    this.#live = true
    this.#attempt = this.#misses = 0
    this.#polling = false
    clearTimeout(this.#pollTimer)
    this.#report('live')
  }

  /** The connection itself was refused: usually an old token. Back-off goes on, so that a confused server is not flooded. */
  async #refused(): Promise<void> {
    this.#close()
    await this.#renew()
    this.#redial()
  }

  async #renew(): Promise<void> {
    await this.#options.renew().catch(() => this.#report('offline'))
  }

  #lost(): void {
    if (!this.#live) this.#misses++
    this.#close()
    if (this.#misses >= MISSES_BEFORE_POLLING && !this.#polling) {
      this.#polling = true
      void this.#poll()
    } else if (!this.#polling) this.#report(navigator.onLine === false ? 'offline' : 'connecting')
    this.#redial()
  }

  #redial(): void {
    clearTimeout(this.#dialTimer)
    if (this.#running) this.#dialTimer = setTimeout(() => this.#dial(), backoffMs(this.#attempt++, this.#options.random()))
  }

  #close(): void {
    clearTimeout(this.#deadline)
    clearTimeout(this.#beatTimer)
    const socket = this.#socket
    this.#socket = undefined
    this.#live = false
    socket?.close()
    for (const settle of [...this.#waiting.values()]) settle({ type: 'lost' })
  }

  /** Any frame proves that the line lives; after a silence we ask. */
  #beat(): void {
    clearTimeout(this.#deadline)
    clearTimeout(this.#beatTimer)
    this.#beatTimer = setTimeout(() => this.#ask(), HEARTBEAT_MS)
  }

  #ask(): void {
    const asked = this.#socket
    this.#write({ type: 'ping' })
    clearTimeout(this.#deadline)
    this.#deadline = setTimeout(() => asked === this.#socket && this.#lost(), PONG_TIMEOUT_MS)
  }

  async #poll(): Promise<void> {
    clearTimeout(this.#pollTimer)
    try {
      await this.#pollOnce()
      this.#pollFailures = 0
      if (this.#polling) this.#report('polling')
    } catch (error) {
      this.#pollFailures++
      if (error instanceof ApiError && error.status === 401) await this.#renew()
      else if (this.#polling) this.#report('offline')
    }
    if (!this.#running || !this.#polling) return
    const pause = this.#options.idle() ? POLL_IDLE_MS : POLL_MS
    const wait = this.#pollFailures ? backoffMs(this.#pollFailures, this.#options.random(), POLL_MAX_MS) : pause
    clearTimeout(this.#pollTimer)
    this.#pollTimer = setTimeout(() => void this.#poll(), wait)
  }

  async #pollOnce(): Promise<void> {
    for (;;) {
      const { api, token, cursor, changes } = this.#options
      const mark = changes()
      const page = await api.messages(token(), mark === undefined ? `after=${cursor()}` : `after=${cursor()}&changes=${mark}`)
      if (!this.#running) return
      this.#options.onPage(page)
      if (!page.more) return
    }
  }

  #sendBySocket(request: SendRequest): Promise<SendOutcome> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#lost(), SEND_TIMEOUT_MS)
      this.#waiting.set(request.clientId, (outcome) => {
        clearTimeout(timer)
        this.#waiting.delete(request.clientId)
        resolve(outcome)
      })
      this.#write({ type: 'send', ...request })
    })
  }

  async #sendByHttp(request: SendRequest): Promise<SendOutcome> {
    try {
      await this.#options.api.send(this.#options.token(), request)
      void this.#poll()
      return { type: 'accepted' }
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      if (error.final) return { type: 'refused', code: error.code, message: error.message }
      if (error.status === 401) await this.#renew()
      return { type: 'lost', afterMs: error.retryAfterMs }
    }
  }

  #write(frame: ClientFrame): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(frame))
  }
}

/** A browser may throw where a policy of the page forbids sockets: the same as a socket that never opens. */
function openSocket(url: string): WebSocket | undefined {
  try {
    return new WebSocket(url)
  } catch {
    return undefined
  }
}

function verdict(code: string, message: string): SendOutcome {
  return LATER.test(code) ? { type: 'lost', afterMs: 3000 } : { type: 'refused', code, message }
}

/** Unknown and garbled frames are passed over: a newer server may say more than this page understands. */
function read(data: unknown): ServerFrame | undefined {
  if (typeof data !== 'string') return undefined
  try {
    const frame: unknown = JSON.parse(data)
    return typeof frame === 'object' && frame !== null && 'type' in frame ? (frame as ServerFrame) : undefined
  } catch {
    return undefined
  }
}
