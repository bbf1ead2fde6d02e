// The contract of a channel. A connector is pure translation: it never calls the core, opens no transaction, has no retry
// loop, no splitting and no fallback. The runner owns loops, back-off, cursors and the one-poller-in-the-cluster lease.
import type { z } from 'zod'
import type { Capabilities } from './capabilities.ts'
import type { Grant, Inbound } from './event.ts'
import type { Live } from './live.ts'
import type { MailLines } from './mail.ts'
import type { Address, Identity, MediaRef, Part, Text } from './message.ts'
import type { Pass } from './milestone.ts'
import type { XmppLines } from './xmpp.ts'

/**
 * One platform message, made to fit by `adapt`. `key` is our delivery id: give it to the platform as idempotency key
 * where there is one (mail Message-ID, Mattermost pending_post_id).
 */
export interface Outbound {
  key: string
  to: Address
  parts: Part[]
  /** Who speaks: shown where the channel has `senderNames`, already written into the text where it has not. */
  sender?: { name: string }
  replyTo?: string
  subject?: string
  /** What the platform granted for an answer to the event that this answers; others need none. */
  grant?: Grant
  /** The last word of a conversation: a platform with sessions ends its own with it. */
  closing?: true
}

/** The platform's ids of what was sent, in order. */
export interface Receipt {
  externalIds: string[]
  at: Date
}

export interface WebhookResult<E = Inbound> {
  events: E[]
  /** Sent when there is nothing to say. */
  response: Response
  inline?: Inline
}

/** The platform takes what we say to this customer only in this response (WeChat accounts without customer-service API: 5 s). */
export interface Inline {
  to: Address
  withinMs: number
  /** Called once, with what waits for this customer, oldest first, each made to fit: takes the first, and what else has room. */
  render(waiting: Outbound[]): Promise<Rendered>
}

export interface Rendered {
  response: Response
  /** So many of those that waited are in it. */
  taken: number
}

export interface PollResult<E = Inbound> {
  events: E[]
  cursor: string
  /** There is more to read at once. */
  more?: boolean
}

/** `now`: waits for nothing, where nothing may stay between requests. Only those that ring are asked so. */
export type Patience = 'now'

/**
 * Holds one connection. `sink` resolves after the commit: only then is anything confirmed to the platform; when it rejects, nothing is,
 * and the same events come again. `opened` is called when the connection stands. Returns within a second of the abort; throws when it
 * is lost, or cannot be opened; never opens it again by itself. One process of the cluster holds it.
 */
export type Connect<E = Inbound> = (sink: (events: E[]) => Promise<void>, signal: AbortSignal, opened?: () => void) => Promise<void>

export interface Health {
  state: 'connected' | 'transient' | 'bad_credentials' | 'misconfigured'
  /** What to do about it, in words for an admin. */
  detail?: string
  /** Which account answered: `@shop_bot`. */
  account?: string
}

export interface Connector {
  /** Where it depends on the config what this account can do; else the definition says so. */
  capabilities?: Capabilities
  /** The platform takes messages only `inline`: `send` is never called, what is to be said waits for the customer's next words. */
  answersOnly?: true
  /** Where it depends on the config whether `send` with the same key delivers once; else the capabilities say so. */
  idempotent?: boolean
  /**
   * Called for each request on `/hooks/<channel id>`. Checks the signature on the raw bytes, then decodes; also answers
   * set-up challenges. Throws `ConnectorError('unauthorized')` for a bad signature and `ConnectorError('rejected')` for a
   * body it cannot read, nothing else. `response` is sent only after the events are committed.
   */
  webhook?(request: Request): Promise<WebhookResult>
  /**
   * Reads what is new after `cursor`; may wait on the platform (long poll) until `signal`. The runner stores the cursor in
   * the transaction that stores the events, so confirming an offset means: committed. Must not confirm by itself.
   */
  poll?(cursor: string | null, signal: AbortSignal, patience?: Patience): Promise<PollResult>
  /** Instead of both: see `Connect`. The runner waits, with back-off, and connects again. */
  connect?: Connect
  /** Sends ONE platform message that `adapt` already made fit. Everything or ConnectorError. Ends within a second of abort. */
  send(message: Outbound, signal: AbortSignal): Promise<Receipt>
  /** Proves that the credentials work, without side effects: `frontdesk doctor`, the console and /readyz show it. Never throws. */
  check(signal: AbortSignal): Promise<Health>
  /** Registers our URL with the platform (Telegram setWebhook); called once at start in webhook mode with a `publicUrl`. */
  setup?(webhookUrl: URL, signal: AbortSignal): Promise<void>
  /** Tells the platform that a press was seen (Telegram shows a spinner until then). Losing one is harmless: best effort. */
  acknowledge?(callback: string, signal: AbortSignal): Promise<void>
  typing?(to: Address, signal: AbortSignal): Promise<void>
  edit?(externalId: string, message: Outbound, signal: AbortSignal): Promise<void>
  recall?(externalId: string, to: Address, signal: AbortSignal): Promise<void>
  /** Streams a file that the customer sent; the core copies it into the blob store before it expires. */
  media?(ref: MediaRef, signal: AbortSignal): Promise<Response>
  profile?(user: string, signal: AbortSignal): Promise<{ name?: string; avatarUrl?: string; identities: Identity[] } | null>
}

/** A file of ours, opened. */
export interface StoredFile {
  bytes: Uint8Array<ArrayBuffer>
  name: string
  mime: string
}

export interface Logger {
  debug(fields: Record<string, unknown>, message: string): void
  info(fields: Record<string, unknown>, message: string): void
  warn(fields: Record<string, unknown>, message: string): void
  error(fields: Record<string, unknown>, message: string): void
}

/** A short request to a platform. */
export interface Ask {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  headers: Record<string, string>
  body?: string
  signal: AbortSignal
  /** How long it may take altogether; then it rejects with a `TimeoutError`. */
  deadlineMs: number
  /** Of the answer no more than so many bytes are read. */
  most: number
}

export interface Answer {
  status: number
  header(name: string): string | null
  text: string
}

/** Asks, and reads the answer whole. Follows no redirect, since addresses may hold secrets. Rejects when no whole answer comes. */
export type Exchange = (url: string, ask: Ask) => Promise<Answer>

/** Small durable values that all processes share, such as an access token that only one of them should fetch. */
export interface Memory {
  read(key: string): Promise<unknown>
  /** Writes, unless somebody did since `before` was read (`undefined`: there was nothing). False: they did, and nothing is written. */
  write(key: string, value: unknown, before: unknown): Promise<boolean>
}

/** Everything from outside comes in here, so tests need no mocking library. */
export interface Deps {
  /** The id of the configured channel or desk. */
  id: string
  /** For files and forms. */
  fetch: typeof fetch
  /** For everything short: several times cheaper than `fetch`, where the runtime can. */
  exchange: Exchange
  now(): Date
  log: Logger
  /** Opens an attachment by the id in a `MediaRef` that the core gave. */
  file(id: string): Promise<StoredFile>
  /** A signed link to an attachment, for platforms that fetch files themselves; undefined without a public address. */
  link?(ref: MediaRef): string | undefined
  live: Live
  /** This part's own: no other sees its keys. */
  memory: Memory
  /** Sockets to mail servers; absent where the runtime has none. */
  mail?: MailLines
  /** Lines to XMPP servers; absent where the runtime has no sockets. */
  xmpp?: XmppLines
  /** What is on record of this channel; absent where nothing is (a check from the command line). */
  recall?: Recall
  /**
   * Keeps bytes that no platform keeps for us, and gives the handle for a `MediaRef`; `kept` opens it. The same bytes have the same
   * handle, so that what is decoded twice is stored once.
   */
  keep?(bytes: Uint8Array): Promise<string>
  kept?(id: string): Promise<Uint8Array<ArrayBuffer> | undefined>
  /** A secret of the house, the same in every process: signs what comes back to us. */
  secret?: string
  /** Told of each milestone in passing. */
  pass?: Pass
}

/** Reads only, and only of the channel that asks: for platforms whose messages name each other by ids. */
export interface Recall {
  /** Whose message each of these ids is: the platform's ids of what came in and went out, and our own delivery ids. */
  whose(ids: string[]): Promise<Map<string, { address: Address; raw?: unknown }>>
  /** What came last from this address. */
  last(address: Address): Promise<Inbound | undefined>
  /** How often machines of ours answered this person since then. */
  answered(user: string, since: Date): Promise<number>
}

export interface ConnectorDefinition<C extends z.ZodType = z.ZodType> {
  /** The `type:` in frontdesk.yaml. */
  type: string
  title: Text
  /** Path of its page under docs/. */
  docs: string
  runtimes: ('node' | 'workers')[]
  /** A strict object without `id` and `type`, which the config adds. Secrets are named in `secrets`. */
  config: C
  /** Keys of `config` whose values must never be shown or logged. */
  secrets: string[]
  capabilities: Capabilities
  /** How events come in under this config: the runner starts a poller only for 'poll', `setup` is called only for 'webhook'. */
  inbound(config: z.output<C>): 'webhook' | 'poll' | 'connect' | 'none'
  /** What is polled also calls, only to say that there is something (WeCom): runtimes without loops read it when it calls, and now and then. */
  rings?: true
  /** Reads again what came in long ago (a mail box that was numbered anew), or asks for it (`Recall`): its events are kept for ever. */
  recalls?: true
  create(config: z.output<C>, deps: Deps): Connector
}

/** Keeps the config's type inside the definition and off everybody else's. */
export function defineConnector<C extends z.ZodType>(definition: ConnectorDefinition<C>): ConnectorDefinition<C> {
  return definition
}
