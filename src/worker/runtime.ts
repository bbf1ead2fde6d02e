// What we use of the Workers runtime, as types: the package that describes all of it would replace the types of Node.

export interface Execution {
  waitUntil(work: Promise<unknown>): void
}

export interface Fetcher {
  fetch(request: Request | string, init?: RequestInit): Promise<Response>
}

/** Durable Objects of one class. */
export interface Namespace {
  idFromName(name: string): unknown
  idFromString(id: string): unknown
  newUniqueId(): unknown
  get(id: unknown): Fetcher
}

export interface Queue {
  send(body: unknown, options?: { delaySeconds?: number }): Promise<unknown>
}

/** A socket that the runtime keeps open while its object sleeps. The attachment is what is left of our memory then. */
export interface HeldSocket {
  readonly readyState: number
  send(text: string): void
  close(code?: number, reason?: string): void
  serializeAttachment(value: unknown): void
  deserializeAttachment(): unknown
}

/** What a Durable Object is given of itself. */
export interface ObjectState {
  readonly id: { toString(): string }
  readonly storage: {
    put(key: string, value: unknown): Promise<void>
    delete(key: string): Promise<boolean>
    list(): Promise<Map<string, unknown>>
    getAlarm(): Promise<number | null>
    setAlarm(at: number): Promise<void>
  }
  /** The other entries of this Worker. */
  readonly exports: { frames: Fetcher }
  acceptWebSocket(socket: HeldSocket): void
  getWebSockets(): HeldSocket[]
  setWebSocketAutoResponse(pair: unknown): void
}

/** A mail as Email Routing hands it over. */
export interface MailMessage {
  /** The envelope: who gets the bounce, and which address of ours it is for. */
  readonly from: string
  readonly to: string
  readonly raw: ReadableStream<Uint8Array>
  readonly rawSize: number
  /** Refuses it for good: the sending server tells its user why. */
  setReject(reason: string): void
}
