// The contract of a desk: a tool in which agents answer. Like a connector it only translates.
import type { z } from 'zod'
import type { Connect, Deps, Health, PollResult, Receipt, WebhookResult } from './connector.ts'
import type { DeskEvent, DeskUser, Presence } from './event.ts'
import type { Author, Button, Locale, MediaRef, Part, Text } from './message.ts'

export interface DeskCapabilities {
  text: { max: number; unit: 'utf16' | 'bytes' | 'chars' }
  /** Buttons of cards: their ids are command lines, at most `idMaxBytes` long. */
  buttons?: { max: number; labelMax: number; idMaxBytes: number }
  media?: { maxBytes: number }
  /** A message that only one agent sees; absent: it is posted into the thread with the agent's name. */
  whisper?: true
  /** Nobody but us makes its threads. Absent: messages say so themselves (`ours`), where the tool tells. */
  ownThreads?: true
  /** The tool needs no deliveries: it reads the store itself (the console). */
  reads?: true
  /** Its threads have no readers of their own: only those who are named see them (mail). Then `to` of cards and entries is there. */
  addressed?: true
}

/** One line of history on a card. `text` is plain and already shortened. */
export interface CardLine {
  author: Author
  name: string
  text: string
  at: Date
}

/** What an agent must know of a conversation at a glance. Labels are already in the desk's language. */
export interface Card {
  conversation: string
  /** For a desk that shows each skill in a place of its own. */
  skill?: string
  /** The kind of channel that the customer writes on: `telegram`. */
  channel?: string
  /** Thread title: customer and channel, at most 100 characters. */
  title: string
  /** Rows of label and value, in order: status, agent, skill, priority, waiting since, why handed over … */
  facts: [label: string, value: string][]
  history: CardLine[]
  /** `id` is a command line without its slash: `claim`, `transfer tech`. */
  buttons: Button[]
  /** The conversation in the console, where there is a public address. */
  url?: string
  status: 'bot' | 'queued' | 'assigned' | 'snoozed' | 'resolved'
  /** For desks that are `addressed`: whoever owns it, else everybody who may take it. Nobody, if none of them is in this tool. */
  to?: DeskUser[]
}

/** Something to show in a thread. `key` is our delivery id and makes a repeated call harmless where the tool has such a key. */
export interface DeskEntry {
  key: string
  author: Author
  /** Who said it, as the thread should show it. */
  name: string
  /** The kind of channel that the customer writes on: `telegram`. */
  channel?: string
  parts: Part[]
  /** What the reader may do about it: ids are command lines. Buttons within `parts` are the customer's and are only shown. */
  commands?: Button[]
  /** As on the card. */
  to?: DeskUser[]
  /**
   * What waits behind this one and may be shown with it in one message, by desks with `gatherMs`. `post` is called for each of them
   * nevertheless, and finds that it was shown.
   */
  along?: DeskEntry[]
}

/** `held`: it waits for its writer's decision; `note`: it stays inside, the customer never sees it. */
export type MarkState = 'held' | 'note' | 'sent' | 'delivered' | 'read' | 'failed'

/** A conversation that one agent may take until then. `thread` stands where it can be read, if it is shown in this tool already. */
export interface Offer {
  key: string
  card: Card
  until: Date
  buttons: Button[]
  thread?: string
}

/** The thread's id in the tool and the id of the card's message, kept for `update`. */
export interface Thread {
  thread: string
  cardId?: string
}

export interface Desk {
  /** How many new messages the tool takes from us, where it says so; every process keeps to its share of it. */
  rate?: { perSecond: number; burst: number }
  /** So long words wait for more, so that a burst becomes one message where each costs somebody's attention (mail). */
  gatherMs?: number
  /** As for connectors: signature on raw bytes first, `unauthorized` or `rejected`, nothing else; answered after the commit. */
  webhook?(request: Request): Promise<WebhookResult<DeskEvent>>
  poll?(cursor: string | null, signal: AbortSignal): Promise<PollResult<DeskEvent>>
  connect?: Connect<DeskEvent>
  /**
   * What people wrote in these threads since then, as far as the tool keeps it: asked after every break and now and then, since a tool
   * gives up telling after a while. The same events as those that come by themselves, `externalId` included, so that reading twice
   * changes nothing. Waits as the tool asks; throws when it cannot go on: it is asked again, from the same time.
   */
  missed?(threads: string[], since: Date, signal: AbortSignal): AsyncGenerator<DeskEvent[]>
  /** Where people open a thread, to click on; nothing where the tool has no such address. */
  address?(thread: string, signal: AbortSignal): Promise<string | undefined>
  /** Opens one thread for one conversation and puts the card in it, history included. The core stores what it returns. */
  open(card: Card, key: string, signal: AbortSignal): Promise<Thread>
  /**
   * What `open` gave is on record: only now may agents hear of it (a line in a lobby), for what they do there at once must find its
   * conversation. Best effort: a failure is logged and nothing else.
   */
  announce?(thread: Thread, card: Card, signal: AbortSignal): Promise<void>
  /** Shows one entry. Throws `thread_gone` when somebody deleted the thread: the core opens a new one and posts again. */
  post(thread: string, entry: DeskEntry, signal: AbortSignal): Promise<Receipt>
  /** Re-draws the card after a change of state; called at most every two seconds for one thread. */
  update?(thread: Thread, card: Card, signal: AbortSignal): Promise<void>
  /** Tells one agent something the others need not read. Absent: the core posts it with their name, and `to` them alone. `callback` answers a button press (Telegram's pop-up). */
  whisper?(
    thread: string,
    to: DeskUser,
    entry: { key: string; text: string; buttons?: Button[]; callback?: string },
    signal: AbortSignal,
  ): Promise<void>
  /**
   * What became of an agent's words, shown at them in the tool's own way (a reaction, a tick). `target` is the `messageId` of their
   * event. Called again as it changes: the new mark takes the place of the old one, the same again changes nothing.
   */
  mark?(thread: string, target: string, state: MarkState, signal: AbortSignal): Promise<void>
  /**
   * The customer changed or took back what was shown: `shown` are the ids that `post` gave. Nothing of the old words stays to be
   * read there. Absent, or `unsupported` because it is too late: the core posts a line that says so. What is gone already is no error.
   */
  edit?(thread: string, shown: string[], entry: DeskEntry, signal: AbortSignal): Promise<Receipt>
  remove?(thread: string, shown: string[], signal: AbortSignal): Promise<void>
  /**
   * Asks one agent in private whether they take a conversation; ids of buttons are command lines. Absent, or `recipient_gone` because
   * the tool lets us not write to them: it is asked in the thread.
   */
  offer?(to: DeskUser, offer: Offer, signal: AbortSignal): Promise<Receipt>
  /** The customer is writing. Called at most every few seconds; a failure is of no consequence. */
  typing?(thread: string, signal: AbortSignal): Promise<void>
  /** Who somebody is, where the tool tells. `email` only where the tool vouches for it: it links them to an agent. */
  user?(id: string, signal: AbortSignal): Promise<DeskUser>
  /**
   * Whether the tool shows somebody as there, where it tells only when asked: a hint, asked for people who are online, every few minutes
   * and by one process at a time.
   */
  presence?(id: string, signal: AbortSignal): Promise<Presence>
  /** How many of these questions the tool takes in a minute, where it says so; those who are not asked for are the first next time. */
  presencePerMinute?: number
  /** The conversation is resolved, or open again: the tool may show it (closeForumTopic). */
  close?(thread: string, signal: AbortSignal): Promise<void>
  reopen?(thread: string, signal: AbortSignal): Promise<void>
  check(signal: AbortSignal): Promise<Health>
  setup?(webhookUrl: URL, signal: AbortSignal): Promise<void>
  /** Streams a file that an agent sent. */
  media?(ref: MediaRef, signal: AbortSignal): Promise<Response>
}

/** What a desk gets from outside. */
export interface DeskDeps extends Deps {
  locale: Locale
  /** Who is linked to this desk now: their ids in the tool. For tools that let in whom they are told. Absent: nobody can say. */
  people?(): Promise<DeskUser[]>
}

export interface DeskDefinition<C extends z.ZodType = z.ZodType> {
  type: string
  title: Text
  docs: string
  runtimes: ('node' | 'workers')[]
  config: C
  secrets: string[]
  capabilities: DeskCapabilities
  inbound(config: z.output<C>): 'webhook' | 'poll' | 'connect' | 'none'
  /** How the tool names people, where an `identities` of the config can be wrong at a glance. */
  person?: z.ZodType<string>
  /** Reads again what came in long ago (a mail box that was numbered anew): its events are kept for ever. */
  recalls?: true
  create(config: z.output<C>, deps: DeskDeps): Desk
}

export function defineDesk<C extends z.ZodType>(definition: DeskDefinition<C>): DeskDefinition<C> {
  return definition
}
