// A line to an XMPP server: it needs a socket, so a runtime that has them gives it to the desk, as it gives `MailLines`. What it throws
// is a `ConnectorError`, without a secret in it; it tries nothing twice and opens nothing again by itself.

/** A stanza or a part of one. Of what comes in every element bears its namespace as `xmlns`; where it is absent it is the parent's. */
export interface Xml {
  name: string
  attrs: Record<string, string>
  children: (Xml | string)[]
}

export interface XmppServer {
  /** `xmpp://host:port` (STARTTLS) or `xmpps://host:port` (TLS from the first byte). */
  service: string
  /** A bare address: `desk@example.com`. */
  user: string
  password: string
  /** Nothing need be encrypted: the server is this machine. Otherwise nothing is said before TLS stands, its certificate checked. */
  plain: boolean
}

export interface XmppLine {
  /** Our full address, as the server gave it. */
  readonly address: string
  /** Resolves when it is off our hands: the server may still answer with an error stanza. */
  send(stanza: Xml): Promise<void>
  /** Resolves when the line has ended, by whichever side, with why. */
  readonly ended: Promise<string>
  /** Whether it keeps the process alive. */
  hold(held: boolean): void
  close(): void
}

export interface XmppEars {
  /** Messages, presences, and answers to what we asked; in order. */
  heard(stanza: Xml): void
  /** What somebody asks us (`get` or `set`): the child of the answer; undefined: we know nothing of it. */
  asked(stanza: Xml): Promise<Xml | undefined>
}

export interface XmppLines {
  open(server: XmppServer, ears: XmppEars, signal: AbortSignal): Promise<XmppLine>
}
