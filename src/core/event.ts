// What comes in: from customers by a connector (`Inbound`), from agents by a desk (`DeskEvent`).
import type { Address, Identity, Part, Text } from './message.ts'

/** What a connector learnt of the person who wrote. */
export interface Sender {
  name?: string
  avatarUrl?: string
  /** BCP 47 as the platform gives it: `zh-hans`, `en-GB`. */
  locale?: string
  identities: Identity[]
}

/** Where a customer came from: what the link or code said, the page the chat stands on, the campaign that brought them. */
export interface Origin {
  source?: string
  page?: string
  campaign?: string
}

/** The platform takes one message under this token until then, besides what it takes anyway (WeCom's welcome: 20 s). */
export interface Grant {
  token: string
  /** ISO time. */
  until: string
}

/**
 * One thing that happened on a channel. `externalId` is stable over redelivery: it is the dedupe key. `quiet`: no machine of ours
 * answers, because it is old and only found now (a first look into an account, a lost cursor), or because the platform would take
 * no answer: kept and shown, and it opens nothing.
 */
export type Inbound = {
  externalId: string
  at: Date
  from: Address
  raw: unknown
  /** Where the channel knows it: kept with the conversation that begins with this. */
  origin?: Origin
  quiet?: true
} /** `automatic`: a machine wrote it (an out-of-office note, a mailing list): kept and shown, and no machine of ours answers. */ & (
  | { type: 'message'; parts: Part[]; messageId?: string; replyTo?: string; subject?: string; automatic?: true; sender: Sender }
  /** Somebody of ours wrote to the customer without us, in the platform's own tool: into the history, and not sent again. */
  | { type: 'echo'; parts: Part[]; messageId: string; sender?: { name?: string } }
  /** A button of ours was pressed. `label` where the platform tells it; `callback` is what `acknowledge` needs. */
  | { type: 'press'; buttonId: string; label?: string; target?: string; callback?: string; sender?: Sender }
  /** `target` is the platform's id of the message that changed: the same as its `messageId` when it came in. */
  | { type: 'edit'; target: string; parts: Part[] }
  | { type: 'recall'; target: string }
  /** The customer came: `/start`, a follow, a scanned code. `source` is what the link or code said. */
  | { type: 'arrive'; source?: string; sender: Sender; grant?: Grant }
  /** The customer left: unfollowed, blocked us. */
  | { type: 'leave' }
  | { type: 'typing' }
  /** Something of the platform's own that agents should know: a colleague answered in its app, the session was moved. */
  | { type: 'notice'; text: Text; name?: string; parts: Part[] }
  | { type: 'delivery'; target: string; state: 'delivered' | 'read' | 'failed'; reason?: string }
)

/** A person as their tool knows them. `email` only where the tool vouches for it: whoever has it is that agent. */
export interface DeskUser {
  id: string
  name?: string
  email?: string
  /** The tool hides who it is (an anonymous administrator): nobody can be linked to it. */
  anonymous?: true
}

/**
 * One thing that an agent did in their tool. A desk only translates: it does not know commands, owners or agents.
 * Text that begins like a command still comes as `message`; `src/handoff/commands.ts` parses it once for all desks. `macro`: the words
 * were a canned reply's, which is counted. `ours`: the tool says that we made the thread, so somebody who writes there means a customer.
 */
export type DeskEvent = {
  externalId: string
  at: Date
  by: DeskUser
  raw: unknown
} /** `held`: the tool is not sure whose words these are, or whether they are meant for the customer: they are kept inside and asked about. */ & (
  | { type: 'message'; thread: string; parts: Part[]; messageId: string; replyTo?: string; held?: Text; macro?: string; ours?: true }
  | { type: 'edit'; thread: string; target: string; parts: Part[] }
  | { type: 'remove'; thread: string; target: string }
  | { type: 'typing'; thread: string }
  /** A button of a card or a question of ours. `command` is the button's id: a command line without its slash. */
  | { type: 'button'; thread: string; command: string; callback?: string }
  /** A command that the tool itself understood as one (the console's buttons, a native slash command). */
  | { type: 'command'; thread: string; line: string; parts?: Part[]; messageId?: string; version?: number }
  | { type: 'presence'; state: Presence }
  | { type: 'thread_gone'; thread: string; reason: string }
  /** Somebody closed the thread by hand, or opened it again: a question to them, since the conversation goes on. */
  | { type: 'closed' | 'opened'; thread: string }
  /** What nobody can act on but somebody should see: a forged signature, an agent whom the tool does not reach. Goes to *Needs attention*. */
  | { type: 'trouble'; thread?: string; reason: string }
)

export type Presence = 'online' | 'away' | 'offline'

/** What the house tells itself: a webhook answered, a time has come. Both belong to one conversation. */
export type HouseEvent = { at: string; conversation: string } & (
  | { type: 'called'; key: string; answer: { ok: true; data: unknown } | { ok: false; why: string } }
  | { type: 'due'; key: string }
  /** Nobody took it: is it still waiting, under the same owner? */
  | { type: 'unclaimed'; version: number }
  /** The agent owed an answer to what the customer wrote under this number. */
  /** `lease`: it was given to them, and they never said a word. */
  | { type: 'unanswered'; version: number; seq: number; lease?: true }
  /** An offer ends: did one of those who were asked take it? */
  | { type: 'offered'; version: number; until: string }
  /** Held words about which nobody decided: they stay a note. */
  | { type: 'stale'; message: string }
  /** People are there again. */
  | { type: 'opened' }
  /** A clock of what people owe may be due. `anew`: the file or a calendar changed. */
  | { type: 'clock'; anew?: true }
  /** Nobody said anything for long. */
  | { type: 'idle' }
  /** The time until which an agent put it off. */
  | { type: 'woken'; version: number }
  /** The time of a follow-up. */
  | { type: 'reminded'; followup: string }
)
