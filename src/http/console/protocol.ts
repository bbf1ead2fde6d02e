// The console's protocol, under `/console/api`. Types only; `web/console` imports them. Signed in by a cookie; every
// request that changes something carries the header `x-frontdesk: 1` (a form of another site cannot set it).
//
//   POST /console/api/setup           SetupRequest   → Me         (one-time link: the first admin, or an invited agent)
//   GET  /console/api/setup?token=…                  → SetupInfo
//   POST /console/api/login           LoginRequest   → Me
//   POST /console/api/logout                         → {}
//   GET  /console/api/me                             → Me         (401 when signed out)
//   POST /console/api/presence        { state }      → Me
//   GET  /console/api/conversations?view=queue&q=…&sort=due&cursor=…   → ConversationPage (`sort`: of queue, mine and open, without `q`)
//   GET  /console/api/conversations/:id?from=12      → ConversationDetail (`from`: the first message that is on screen already)
//   GET  /console/api/conversations/:id/messages?before=12 → HistoryPage  (the hundred before that message; `after=12`: those after it;
//                                                        `around=12`: with it in the middle)
//   GET  /console/api/conversations/:id/found?q=…    → FoundPage   (where these words were said in it)
//   GET  /console/api/conversations/:id/targets      → TargetPage  (whom it can be passed on to)
//   POST /console/api/conversations/:id/actions      ActionRequest → ActionReply
//   GET  /console/api/conversations/:id/messages/:message/attempts → MessageFate
//   POST /console/api/conversations/:id/messages/:message/drop     {} → TroubleReply
//   GET  /console/api/conversations/:id/macros       → MacroPage   (filled in for this customer)
//   GET  /console/api/conversations/:id/articles?q=… → ArticlePage
//   GET  /console/api/followups                      → FollowupPage (mine, not done)
//   POST /console/api/followups/:id/done             {} → {}
//   GET  /console/api/macros/uses                    → MacroUses   (admins and supervisors)
//   POST /console/api/files?name=a.png  raw bytes    → Uploaded (as in the chat protocol)
//   GET  /console/api/files/:id
//   GET  /console/api/team                           → TeamPage
//   POST /console/api/team            NewAgent       → TeamMember  (admin)
//   POST /console/api/team/:id/invite                → Invite      (admin; a one-time link to set a password)
//   POST /console/api/team/:id/unlink { desk }       → TeamMember  (admins, and everybody for themselves)
//   GET  /console/api/system                         → SystemState
//   GET  /console/api/trouble?state=failed&target=tg&cursor=…      → TroublePage (admins and supervisors, as the next two)
//   GET  /console/api/trouble/count                                → { count }
//   POST /console/api/trouble         TroubleRequest → TroubleReply
//   WS   /console/api/socket                         frames ConsoleFrame, from us only
//
// Every answer that is not 2xx is `{ error: { code, message } }`; `message` is in the agent's language.

import type { Presence } from '../../core/event.ts'
import type { Button, Locale } from '../../core/message.ts'
import type { ChatPart } from '../chat/protocol.ts'

export type Role = 'admin' | 'supervisor' | 'agent'
export type Status = 'bot' | 'queued' | 'assigned' | 'snoozed' | 'resolved'
export type Priority = 'low' | 'normal' | 'high' | 'urgent'

export interface Me {
  id: string
  /** The name colleagues see. */
  name: string
  /** The name customers see. */
  publicName: string
  email: string
  role: Role
  presence: Presence
  locale: Locale
  brand: { name: string }
  skills: string[]
  /** What people see of skills that have a name of their own. */
  skillNames: Record<string, string>
}

export interface SetupInfo {
  /** `admin`: makes the first admin, asks for name and e-mail; `invite`: sets the password of somebody known. */
  kind: 'admin' | 'invite'
  name?: string
  email?: string
  brand: { name: string }
}
export interface SetupRequest {
  token: string
  name?: string
  email?: string
  password: string
}
export interface LoginRequest {
  email: string
  password: string
}

/** queue: waiting for a person · mine: given to me · open: given to anybody · bot: the bot has it · resolved. */
export type View = 'queue' | 'mine' | 'open' | 'bot' | 'resolved'

/** What people owe next. Its time is open time: while it is closed nothing of it passes. */
export interface Due {
  term: 'firstReply' | 'nextReply' | 'resolution'
  /** Below nothing: overdue by so much. */
  leftMs: number
  /** From here on it is pressing. */
  warnMs: number
  /** When that was so; the screen counts on from there, if time passes now. */
  asOf: string
  ticks: boolean
  /** Absent: it is over already. */
  at?: string
}

export interface ConversationSummary {
  id: string
  status: Status
  /** Raised by every change of owner: `claim` names the version it saw. */
  version: number
  customer: { id: string; name: string }
  channel: { id: string; type: string; title: string }
  skill?: string
  priority: Priority
  agent?: { id: string; name: string }
  /** The last words, one line. */
  preview: string
  previewBy: 'customer' | 'bot' | 'agent' | 'system' | 'note'
  lastMessageAt: string
  waitingSince?: string
  /** Until when an agent put it off. */
  snoozedUntil?: string
  /** Among those who wait for the same skill, or for none: now, whatever the customer was told. */
  place?: number
  /** I am asked whether I take it, until then: answered with the actions `accept` and `decline`. */
  offeredUntil?: string
  /** Absent: nothing is owed, or it stands still while the customer is awaited. */
  due?: Due
  unanswered: boolean
  /** What I may do now. */
  can: {
    reply: boolean
    claim: boolean
    release: boolean
    transfer: boolean
    resolve: boolean
    reopen: boolean
    toBot: boolean
    snooze: boolean
  }
}

export interface ConversationPage {
  items: ConversationSummary[]
  cursor?: string
  /** Of `bot` and `resolved` 100 means: 100 or more. */
  counts: Record<View, number>
}

/** How far a message got: of the customer's channel, for words that go there. `dropped`: an agent gave it up; `reason` says who. */
export type DeliveryState =
  | 'pending'
  | 'sending'
  | 'sent'
  | 'delivered'
  | 'read'
  | 'retry'
  | 'failed'
  | 'unknown'
  | 'held'
  | 'expired'
  | 'dropped'

/** How a message fared, try by try: read when somebody asks. */
export interface MessageFate {
  /** One for each piece that the channel needed, in order. */
  deliveries: {
    id: string
    state: DeliveryState
    reason?: string
    possiblyTwice?: true
    createdAt: string
    deliveredAt?: string
    readAt?: string
    /** When it is tried again. */
    nextAt?: string
    /** Without an end: it is under way, or the process that tried it died. */
    attempts: { number: number; startedAt: string; endedAt?: string; outcome?: DeliveryState; error?: string }[]
  }[]
}

export interface ConsoleMessage {
  id: string
  seq: number
  author: 'customer' | 'bot' | 'agent' | 'system' | 'note'
  name: string
  parts: ChatPart[]
  at: string
  /** The `clientId` it was sent with, for messages from this console. */
  clientId?: string
  editedAt?: string
  /** Taken back: the customer, or who wrote it, wants it unread; agents still may. */
  recalledAt?: string
  delivery?: { state: DeliveryState; reason?: string; possiblyTwice?: true }
  /** A reply by somebody who does not own the conversation: kept inside until somebody presses one of these. */
  question?: Button[]
  /** The desk it was written in, when not the console. */
  via?: string
}

/** Up to a hundred messages before, after or around the one that was named by its `seq`, oldest first. */
export interface HistoryPage {
  messages: ConsoleMessage[]
  /** More was said before them: ask `before` the first. */
  older: boolean
  /** More was said after them: ask `after` the last. */
  newer: boolean
}

/** The messages in which words were found that somebody searches for, newest first, by their `seq`. */
export interface FoundPage {
  seqs: number[]
  /** There are more, older ones. */
  more: boolean
}

export interface ConversationDetail extends ConversationSummary, HistoryPage {
  /** How many messages the platform still takes, where it counts them, and until when; without `messages`: any number. */
  left?: { messages?: number; until: string }
  /**
   * The last hundred, oldest first. With `from` also those from that `seq` on, so that nothing leaves a screen that stays open; when
   * that comes to more than three hundred it is the last hundred again, and what lies between is read as older pages.
   */
  messages: ConsoleMessage[]
  profile: {
    name: string
    locale?: string
    firstSeenAt: string
    lastSeenAt: string
    identities: { channel: string; value: string }[]
    conversations: number
  }
  /** Of the customer and of the conversation. */
  tags?: string[]
  /** Why it was handed over, in the agent's language; what the bot tried, and what the customer told it, by name. */
  handoff?: { reason: string; note?: string; tried?: string[]; collected?: { name: string; value: string }[]; at: string }
  csat?: { score: number; comment?: string }
  /** Rows of label and value, in the agent's language: what is due, what the customer wants who waits, how it ended. */
  facts?: [label: string, value: string][]
  /** Why it was closed, in the words of whoever did. */
  closeReason?: string
  /** What happened, oldest first: opened, handed over, claimed, … The last two hundred of it. */
  trail: { at: string; what: string; who?: string }[]
  /** What the router decided, and why, oldest first: in the agent's language. */
  decisions: { at: string; what: string }[]
  /** Threads in other desks. */
  threads: { desk: string; state: 'open' | 'lost' | 'closed' }[]
}

/** `clientId` is a UUID: sending it twice is doing it once. `version` is the one on screen: an older one is refused with 409. */
export type ActionRequest = {
  clientId: string
  version?: number
} /** `macro`: the canned reply it was written with, which is counted. */ & (
  | { type: 'reply'; text?: string; files?: string[]; macro?: string }
  | { type: 'note'; text?: string; files?: string[] }
  | { type: 'claim' | 'accept' | 'decline' | 'release' | 'reopen' | 'to_bot' }
  | { type: 'resolve'; reason?: string }
  | { type: 'tag'; add?: string[]; remove?: string[] }
  | { type: 'priority'; priority: Priority }
  /** ISO times. */
  | { type: 'snooze'; until: string; note?: string }
  | { type: 'followup'; at: string; text: string; priority?: Priority }
  | { type: 'transfer'; to: TransferTo; note?: string }
  /** A button of a question: its id. */
  | { type: 'press'; id: string }
  /** Send a held, failed or unknown message again. */
  | { type: 'resend'; message: string }
)
export type ActionReply = { ok: true; message?: string } | { ok: false; code: string; message: string }

export type TransferTo = { skill: string } | { team: string } | { agent: string }

/**
 * Somebody a conversation can be passed on to. `ready`: here, with room, and with what it asks for; `unsuited`: without that; `busy`: no room;
 * `off`: outside their shifts.
 */
export interface TargetAgent {
  id: string
  name: string
  publicName: string
  skills: string[]
  team?: { id: string; name: string }
  standing: 'ready' | 'unsuited' | 'busy' | 'off' | 'away' | 'offline'
  /** What it asks for and they have not. */
  lacks?: 'skill' | 'level' | 'team' | 'language' | 'wish'
  /** Everything together, or, where talk and mail have places of their own, of its kind. */
  load: number
  capacity: number
}
/** A skill or a team: how many others have it or are in it, and how many of them could take the conversation at once. */
export interface TargetGroup {
  id: string
  name: string
  ready: number
  people: number
}
export interface TargetPage {
  /** Everybody but who asks and who has it: the first are whom to ask first. */
  agents: TargetAgent[]
  skills: TargetGroup[]
  teams: TargetGroup[]
}

export interface MacroItem {
  key: string
  aliases: string[]
  category?: string
  title: string
  /** With what is known filled in; `{{order}}` where nobody knows. */
  text: string
  missing: string[]
  /** How often it was sent. */
  uses: { mine: number; all: number }
}
export interface MacroPage {
  items: MacroItem[]
}

export interface MacroUses {
  items: { macro: string; agent: { id: string; name: string }; count: number; lastAt: string }[]
}

export interface ArticleItem {
  id: string
  title: string
  text: string
  /** Not the customer's, where there is no other. */
  locale: Locale
  tags: string[]
  missing: string[]
}
export interface ArticlePage {
  items: ArticleItem[]
}

export interface FollowupItem {
  id: string
  number: number
  conversation: string
  customer: string
  text: string
  priority: Priority
  dueAt: string
}
/** The next first. */
export interface FollowupPage {
  items: FollowupItem[]
}

export interface TeamMember {
  id: string
  name: string
  publicName: string
  email?: string
  role: Role
  skills: string[]
  capacity: number
  presence: Presence
  load: number
  /** From frontdesk.yaml: name, skills and capacity are changed there. */
  configured: boolean
  /** Has a password. */
  canSignIn: boolean
  /** Who they are in tools. Absent where it is nobody's business: others' accounts are for admins. */
  accounts?: LinkedAccount[]
}
/** `file`: named in frontdesk.yaml, and changed only there. */
export interface LinkedAccount {
  desk: string
  title: string
  /** Their id in that tool. */
  user: string
  how: 'file' | 'email' | 'code'
  linkedAt?: string
}
export interface UnlinkRequest {
  desk: string
}
export interface TeamPage {
  members: TeamMember[]
}
export interface NewAgent {
  name: string
  email: string
  role: Role
}
/** What an agent types in their tool, after `/link`, to say who they are there. */
export interface LinkCode {
  code: string
  expiresAt: string
}

export interface Invite {
  url: string
  expiresAt: string
}

export type ConsoleFrame =
  /** Something changed: read again what is on screen. Without `conversation`: the lists. */
  | { type: 'changed'; conversation?: string }
  /** A message of this conversation got further; the lists are as they were. */
  | { type: 'progress'; conversation: string }
  | { type: 'typing'; conversation: string; name?: string }
