// Every moment at which the house may die, and exactly what is there afterwards.
import type { Milestone } from '#core/milestone.ts'
import {
  agentOnTelegram,
  botInApp,
  botOnTelegram,
  botOnWeb,
  botPolled,
  customerInTopic,
  pictureOnTelegram,
  queuedOnTelegram,
  type Subject,
  type Trace,
} from './subjects.ts'

/** In the middle of a request: the platform has not got it, or has taken it and its answer is under way. */
export type Moment = Milestone | 'request.held' | 'answer.held'

export interface Point {
  at: Moment
  who: string
  subject: Subject
  /** In words … */
  outcome: string
  /** … and as a check. */
  trace: Partial<Trace>
}

const once = { rows: 1, arrived: 1, state: 'sent', possiblyTwice: false }

/** Upgrades, backups, restores and the beginning of a poll are not in the life of a message, and a mailbox is a house of its own: each has tests of its own. */
type Covered =
  | Exclude<Milestone, 'migrate.statement' | 'backup.half' | 'restore.half' | 'poll.begun' | 'mail.asked' | 'mail.read'>
  | 'request.held'
  | 'answer.held'

/** By moment, so that a new milestone without an outcome does not compile. */
const table: Record<Covered, Omit<Point, 'at'>[]> = {
  'intake.received': [
    {
      who: 'a question to the bot',
      subject: botOnTelegram,
      outcome: 'Nothing was kept and nothing confirmed: the platform calls again, and it is answered once.',
      trace: { ...once, acked: false },
    },
  ],
  'intake.committed': [
    {
      who: 'a question to the bot',
      subject: botOnTelegram,
      outcome: 'Kept, its answer on record as being sent: the platform calls again, that changes nothing, and the answer is held.',
      trace: { rows: 1, arrived: 0, state: 'held', possiblyTwice: false, acked: false },
    },
    {
      who: "an agent's words",
      subject: agentOnTelegram,
      outcome: 'Kept, and waiting to be worked on: the platform calls again, that changes nothing, and they are sent once.',
      trace: { ...once, acked: false },
    },
    {
      who: 'a question in the app',
      subject: botInApp,
      outcome: 'Kept, its answer on record as being sent: it is sent under its id, once.',
      trace: { ...once, requests: 1 },
    },
  ],
  'poll.fetched': [
    {
      who: 'a question to the bot that polls',
      subject: botPolled,
      outcome: 'The cursor did not move: it is fetched again and answered once.',
      trace: once,
    },
  ],
  'poll.committed': [
    {
      who: 'a question to the bot that polls',
      subject: botPolled,
      outcome: 'Message and cursor are both on record: it is not fetched again and answered once.',
      trace: once,
    },
  ],
  'work.claimed': [
    {
      who: "an agent's words",
      subject: agentOnTelegram,
      outcome: 'Nothing followed from them yet: they are worked on again and sent once.',
      trace: once,
    },
  ],
  'work.decided': [
    {
      who: 'a question to the bot',
      subject: botOnTelegram,
      outcome: 'Neither it nor what followed was committed, or confirmed: the platform calls again, and it is answered once.',
      trace: { ...once, acked: false },
    },
    {
      who: "an agent's words",
      subject: agentOnTelegram,
      outcome: 'What followed was not committed: they are worked on again and sent once.',
      trace: once,
    },
  ],
  'work.committed': [
    {
      who: 'a question to the bot',
      subject: botOnTelegram,
      outcome: 'The answer is on record as being sent: nobody can know that it did not go out, and it is held.',
      trace: { rows: 1, arrived: 0, state: 'held', possiblyTwice: false },
    },
    {
      who: "an agent's words",
      subject: agentOnTelegram,
      outcome: "On record as being sent: sent again, once, and marked 'possibly twice'; they came once.",
      trace: { rows: 1, arrived: 1, state: 'sent', possiblyTwice: true },
    },
  ],
  'route.decided': [
    {
      who: 'a customer who asks for a person',
      subject: queuedOnTelegram,
      // Their thread may be on its way at that moment; what then comes of it stands at 'thread.opened'.
      outcome: 'The plan was not committed: it is made again, and the customer is told their place once.',
      trace: once,
    },
  ],
  'delivery.claimed': [
    {
      who: 'an answer of the bot',
      subject: botOnTelegram,
      outcome: 'Nobody can know that it did not go out: it is held, not said twice; a person decides.',
      trace: { rows: 1, arrived: 0, state: 'held', possiblyTwice: false },
    },
    {
      who: "an agent's words",
      subject: agentOnTelegram,
      outcome: "Sent again, once, and marked 'possibly twice'; it came once.",
      trace: { rows: 1, arrived: 1, state: 'sent', possiblyTwice: true },
    },
    {
      who: 'an answer in the app',
      subject: botInApp,
      outcome: 'Sent again under the same id; it came once.',
      trace: { ...once, requests: 1 },
    },
    {
      who: 'an answer on the web',
      subject: botOnWeb,
      outcome: 'There once: the visitor reads our own store.',
      trace: { rows: 1, arrived: 1 },
    },
    { who: "a customer's words for the agents", subject: customerInTopic, outcome: 'Shown once.', trace: { rows: 1, arrived: 1 } },
  ],
  'request.held': [
    {
      who: 'an answer of the bot',
      subject: botOnTelegram,
      outcome: 'The platform never got it, but nobody can know: it is held.',
      trace: { rows: 1, arrived: 0, state: 'held', possiblyTwice: false },
    },
  ],
  'answer.held': [
    {
      who: 'an answer of the bot',
      subject: botOnTelegram,
      outcome: 'The platform took it, but nobody can know: it is held, and came once.',
      trace: { rows: 1, arrived: 1, state: 'held', possiblyTwice: false },
    },
    {
      who: "an agent's words",
      subject: agentOnTelegram,
      outcome: "Sent again, once, and marked 'possibly twice'; it came twice.",
      trace: { rows: 1, arrived: 2, state: 'sent', possiblyTwice: true },
    },
  ],
  'delivery.answered': [
    {
      who: 'an answer of the bot',
      subject: botOnTelegram,
      outcome: 'The platform took it, and that is not on record: it is held, and came once.',
      trace: { rows: 1, arrived: 1, state: 'held', possiblyTwice: false },
    },
    {
      who: "an agent's words",
      subject: agentOnTelegram,
      outcome: "Sent again, once, and marked 'possibly twice'; it came twice.",
      trace: { rows: 1, arrived: 2, state: 'sent', possiblyTwice: true },
    },
    {
      who: 'an answer in the app',
      subject: botInApp,
      outcome: 'Sent again under the same id: the server knows the copy.',
      trace: { ...once, requests: 2 },
    },
    {
      who: 'an answer on the web',
      subject: botOnWeb,
      outcome: 'There once: the visitor reads our own store.',
      trace: { rows: 1, arrived: 1 },
    },
    {
      who: "a customer's words for the agents",
      subject: customerInTopic,
      outcome: 'Shown again: a second copy does no harm in a thread.',
      trace: { rows: 1, arrived: 2 },
    },
  ],
  'delivery.committed': [
    { who: 'an answer of the bot', subject: botOnTelegram, outcome: 'Sent, and nothing follows.', trace: once },
    { who: "an agent's words", subject: agentOnTelegram, outcome: 'Sent, and nothing follows.', trace: once },
  ],
  'thread.opened': [
    {
      who: 'a customer who asks for a person',
      subject: queuedOnTelegram,
      outcome: 'A second thread is opened and is the one on record; the first stays without words of the customer.',
      trace: { rows: 1, topics: 2 },
    },
  ],
  'file.stored': [
    {
      who: 'a picture',
      subject: pictureOnTelegram,
      outcome: 'It is copied once more over itself; the agent sees it.',
      trace: { rows: 1, arrived: 1 },
    },
  ],
}

export const points: Point[] = Object.entries(table).flatMap(([at, list]) => list.map((point) => ({ ...point, at: at as Moment })))
