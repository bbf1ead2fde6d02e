// A real SMTP server in this process: it keeps what it takes, and refuses, stalls or hangs up where a test says so.
import type { AddressInfo } from 'node:net'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'

export interface Taken {
  /** Empty: nobody is to be told of a failure. */
  from: string
  to: string
  raw: string
}

/** Where in the conversation it happens, and what is said. `reset`: the connection is cut there. */
export type SmtpFault =
  | { at: 'auth' | 'mail' | 'rcpt' | 'data'; code: number; text: string }
  | { at: 'mail' | 'rcpt' | 'data' | 'taken'; reset: true }
  | { at: 'taken'; hang: true }

export interface FakeSmtp {
  port: number
  taken: Taken[]
  /** How many mails came over an encrypted line. */
  encrypted(): number
  /** How many connections there were. */
  connections(): number
  /** How many mails were taken whose senders wait for an answer in vain. */
  hanging(): number
  /** The next one meets this. */
  fail(fault: SmtpFault): void
  close(): Promise<void>
}

export interface FakeSmtpOptions {
  user?: string
  password?: string
  token?: string
  /** Is a token good now? Refused as Gmail does: a challenge with the reason, then 535 (XOAUTH2). */
  isGood?(user: string, token: string): boolean | Promise<boolean>
  /** Offers STARTTLS. */
  start?: { key: string; cert: string }
  /** Nobody may send without a sender. */
  wantsSender?: boolean
  tls?: Pick<SMTPServerOptions, 'secure' | 'key' | 'cert'>
  onTaken?(mail: Taken): void
}

export async function startSmtp(options: FakeSmtpOptions = {}): Promise<FakeSmtp> {
  const taken: Taken[] = []
  const faults: SmtpFault[] = []
  const sockets = new Set<{ destroy(): void; resetAndDestroy?(): void }>()
  const refused = new Map<number, SmtpFault>()
  let connections = 0
  let hanging = 0
  let encrypted = 0
  const next = (at: SmtpFault['at']) => {
    const index = faults.findIndex((fault) => fault.at === at)
    return index < 0 ? undefined : faults.splice(index, 1)[0]
  }
  const cut = (session: { remotePort: number }) => {
    for (const socket of sockets) if ((socket as unknown as { remotePort: number }).remotePort === session.remotePort) socket.destroy()
  }
  /** True: it happened. */
  const meet = (at: SmtpFault['at'], session: { remotePort: number }, done: (error?: Error | null) => void): boolean => {
    // Who is refused may try another way to sign in, and is refused again.
    const fault = at === 'auth' ? (refused.get(session.remotePort) ?? next(at)) : next(at)
    if (!fault) return false
    if (at === 'auth') refused.set(session.remotePort, fault)
    if ('hang' in fault) hanging += 1
    if ('code' in fault) done(Object.assign(new Error(fault.text), { responseCode: fault.code }))
    else if ('reset' in fault) cut(session)
    return true
  }
  const { isGood: isGoodNow, start } = options
  const byToken = options.token !== undefined || isGoodNow !== undefined
  const asks = options.user !== undefined || byToken
  const disabled = [...(start ? [] : ['STARTTLS']), ...(asks ? [] : ['AUTH'])]
  const server = new SMTPServer({
    authOptional: !asks,
    allowInsecureAuth: true,
    hideSTARTTLS: !start,
    disabledCommands: disabled,
    authMethods: byToken ? ['XOAUTH2'] : ['PLAIN', 'LOGIN'],
    logger: false,
    ...options.tls,
    ...start,
    onConnect(_session, done) {
      connections += 1
      done()
    },
    async onAuth(auth, session, done) {
      if (meet('auth', session, done as never)) return
      if (isGoodNow) {
        const isIn = await isGoodNow(auth.username ?? '', auth.accessToken ?? '')
        done(null, isIn ? { user: auth.username ?? '' } : { data: { status: '400', schemes: 'Bearer', scope: 'https://mail.google.com/' } })
        return
      }
      const isGood = options.token
        ? auth.accessToken === options.token
        : auth.username === options.user && auth.password === options.password
      if (isGood) done(null, { user: auth.username ?? '' })
      else done(Object.assign(new Error('5.7.8 Authentication failed'), { responseCode: 535 }))
    },
    onMailFrom(address, session, done) {
      if (meet('mail', session, done)) return
      const isEmpty = !address.address
      if (isEmpty && options.wantsSender) {
        done(Object.assign(new Error('Mail from address must be same as authorization user.'), { responseCode: 501 }))
      } else done()
    },
    onRcptTo(_address, session, done) {
      if (!meet('rcpt', session, done)) done()
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = []
      const early = next('data')
      if (early && 'reset' in early) cut(session)
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        if (early && 'code' in early) return done(Object.assign(new Error(early.text), { responseCode: early.code }))
        const { mailFrom, rcptTo } = session.envelope
        const mail = {
          from: (mailFrom || undefined)?.address ?? '',
          to: rcptTo[0]?.address ?? '',
          raw: Buffer.concat(chunks).toString('utf8'),
        }
        taken.push(mail)
        if (session.secure) encrypted += 1
        options.onTaken?.(mail)
        if (!meet('taken', session, done as never)) done(null, 'queued as 1')
      })
    },
  })
  server.on('error', () => undefined)
  server.server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  server.server.on('secureConnection', (socket: { destroy(): void }) => sockets.add(socket))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.server.address() as AddressInfo).port,
    taken,
    encrypted: () => encrypted,
    connections: () => connections,
    hanging: () => hanging,
    fail: (fault) => void faults.push(fault),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}
