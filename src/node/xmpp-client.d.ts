// Of @xmpp/client (no types of its own), what xmpp-line.ts uses.
declare module '@xmpp/client' {
  import type { EventEmitter } from 'node:events'
  import type { Socket } from 'node:net'

  export interface Element {
    name: string
    attrs: Record<string, string | undefined>
    children: (Element | string)[]
    getNS(): string | undefined
    is(name: string, xmlns?: string): boolean
    getChild(name: string, xmlns?: string): Element | undefined
    getChildText(name: string, xmlns?: string): string | null
    remove(child: Element): void
    toString(): string
  }

  export interface Context {
    stanza: Element
    /** The question of a valid `iq` of type get or set. */
    element?: Element
  }

  type Authenticate = (credentials: { username: string; password: string }, mechanism: string) => Promise<void>

  export interface Options {
    service: string
    domain: string
    username: string
    resource: string
    timeout: number
    credentials: (authenticate: Authenticate, mechanisms: string[]) => Promise<void>
  }

  /** A TLS socket is wrapped: then `socket` is the real one. */
  type Wire = Socket & { socket?: Socket | null }

  export interface Client extends EventEmitter {
    status: string
    socket: Wire | null
    isSecure(): boolean
    start(): Promise<{ toString(): string }>
    send(element: Element): Promise<void>
    write(text: string): Promise<void>
    reconnect: { stop(): void }
    /** Ways of signing in, the best first. */
    saslFactory: { _mechs: { name: string; mech: unknown }[] }
    middleware: { use(step: (context: Context, next: () => Promise<unknown>) => Promise<unknown>): void }
    _onData(data: Uint8Array): void
    _onElement(element: Element): void
    parser: { write(text: string): void } | null
  }

  interface Parser extends EventEmitter {
    write(text: string): void
  }

  export const xml: ((name: string, attrs?: Record<string, string>, ...children: (Element | string)[]) => Element) & {
    Parser: new () => Parser
  }
  export function client(options: Options): Client
}
