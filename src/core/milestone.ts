// Named moments in the life of a message, an upgrade and a backup. Whoever tests the house ends it at each of them and looks at
// what is left; the house itself only says that it passes one.

export type Milestone =
  /** A call of a platform is read and believed; nothing is committed. */
  | 'intake.received'
  /** Events are committed; the platform has not heard 200. */
  | 'intake.committed'
  /** The place up to which a source was read is known; nothing was asked of it yet. */
  | 'poll.begun'
  /** A poll brought events; neither they nor the cursor are committed. */
  | 'poll.fetched'
  /** Events and cursor are committed together. */
  | 'poll.committed'
  /** A mailbox has told which mails are new; none is read. */
  | 'mail.asked'
  /** Mails are read from the mailbox; nothing of them is decoded. */
  | 'mail.read'
  /** Events are claimed and locked. */
  | 'work.claimed'
  /** What follows from them is decided, and not committed. */
  | 'work.decided'
  /** Committed; nobody was woken. */
  | 'work.committed'
  /** The router's plan is made, and not committed. */
  | 'route.decided'
  /** Deliveries are on record as being sent; not one byte left. */
  | 'delivery.claimed'
  /** The platform has answered; the outcome is not written. */
  | 'delivery.answered'
  /** The outcome is committed. */
  | 'delivery.committed'
  /** A desk has opened a thread; we have not written down whose it is. */
  | 'thread.opened'
  /** A customer's file is in the blob store; its row still says 'remote'. */
  | 'file.stored'
  /** One migration is run, its transaction is open. */
  | 'migrate.statement'
  /** A backup is half written. */
  | 'backup.half'
  /** A restore is half done. */
  | 'restore.half'

/** Called in passing: quick, and throws nothing. */
export type Pass = (milestone: Milestone) => void

export const unwatched: Pass = () => undefined
