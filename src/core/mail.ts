// Lines to mail servers: IMAP and SMTP need sockets, so a runtime that has them gives them to the connector, as it gives `Exchange`
// for HTTP. What they throw is a `ConnectorError`, without a secret in it; none of them tries anything twice,
// but a sign-in whose token ended early.

import { ConnectorError } from './errors.ts'

/** The server lets nobody send under that sender; it has not heard of the mail itself. */
export class SenderRefused extends ConnectorError {
  constructor(message: string) {
    super('unauthorized', message)
  }
}

/** The line is not safe, so nothing was said over it: a certificate that nobody vouches for, no encryption where there must be some. */
export class LineUnsafe extends ConnectorError {
  constructor(message: string) {
    super('transient', message, { certain: true, retryAfterMs: 30_000 })
  }
}

export interface MailServer {
  host: string
  port: number
  /** TLS from the first byte. Otherwise STARTTLS, and nothing is said without it … */
  secure: boolean
  /** … except where this is set: then nothing is encrypted. */
  plain: boolean
  /** Whoever signed its certificate, where the world does not know them (PEM). */
  ca?: string
  login?: MailLogin
}

export interface MailLogin {
  user: string
  password?: string
  /** Instead of a password (XOAUTH2); asked for at each sign-in. The server refused this one: gives another, if there is one. */
  token?(refused?: string): Promise<string>
}

export interface MailLines {
  openMailbox(server: MailServer, signal: AbortSignal): Promise<MailboxLine>
  openPost(server: MailServer): PostLine
}

export interface FolderState {
  /** UIDs count only together with it (RFC 3501, 2.3.1.1). */
  validity: string
  /** The UID that the next mail will have. */
  next: number
}

/** What is known of a mail before it is read. */
export interface Listed {
  uid: number
  bytes: number
  /** When the server got it. */
  at: Date
  seen: boolean
}

/** One connection to one mailbox. It changes nothing there: folders are examined, mails are peeked at. */
export interface MailboxLine {
  /** The folder for sent mails, where the server names it (RFC 6154). */
  sent: string | undefined
  /** Opens a folder, or looks at it again. */
  examine(folder: string): Promise<FolderState>
  /** Of the open folder, ascending. */
  uidsAfter(uid: number): Promise<number[]>
  uidsSince(date: Date): Promise<number[]>
  list(uids: number[]): Promise<Listed[]>
  /** At most so many bytes of each; what is gone meanwhile is not in the answer. */
  read(uids: number[], most: number): Promise<{ uid: number; raw: Uint8Array }[]>
  /** Until the server says that the open folder changed; false when it did not within `ms`. */
  wait(ms: number, signal: AbortSignal): Promise<boolean>
  /** The server tells of changes by itself (IDLE). */
  tells: boolean
  isOpen(): boolean
  close(): void
}

/** A letter as it goes over the wire. */
export interface Posting {
  /** Empty: nobody is to be told when it does not arrive. */
  from: string
  to: string
  raw: Uint8Array
}

/** Connections to an SMTP server, kept open for a while. */
export interface PostLine {
  /** The server's own words of having taken it. */
  send(posting: Posting, signal: AbortSignal): Promise<string>
  /** Signs in and sends nothing. */
  verify(signal: AbortSignal): Promise<void>
  close(): void
}
