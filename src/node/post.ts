// A line to an SMTP server, over nodemailer's connection. Connections are used again while they are young; nothing is sent twice here,
// and whoever stops waiting closes the connection, so that nothing goes out behind their back.
import { Readable } from 'node:stream'
import SMTPConnection from 'nodemailer/lib/smtp-connection'
import { ConnectorError, reason } from '#core/errors.ts'
import { type MailServer, type PostLine, SenderRefused } from '#core/mail.ts'
import { signIn, tokenRefused } from '#platforms/mail/sign-in.ts'
import { unsafe } from '#platforms/mail/unsafe.ts'
import { brokenBy } from '#platforms/wire.ts'

const CONNECT_MS = 20_000
/** How long a server may think about a mail that it has whole (RFC 5321, 4.5.3.2.6: ten minutes; the outbox gives up before). */
const ANSWER_MS = 110_000
const KEPT_MS = 60_000
const KEPT_MOST = 4
const MAILS_MOST = 50

interface Kept {
  connection: SMTPConnection
  mails: number
  timer?: NodeJS.Timeout
}

export function openPost(server: MailServer): PostLine {
  const free: Kept[] = []
  let isClosed = false

  function take(): Kept | undefined {
    const kept = free.pop()
    clearTimeout(kept?.timer)
    return kept
  }

  function drop(kept: Kept): void {
    const at = free.indexOf(kept)
    if (at >= 0) free.splice(at, 1)
    clearTimeout(kept.timer)
    kept.connection.close()
  }

  async function open(signal: AbortSignal): Promise<Kept> {
    const kept: Kept = { connection: await connect(server, signal), mails: 0 }
    kept.connection.once('end', () => drop(kept))
    return kept
  }

  function keep(kept: Kept): void {
    if (isClosed || free.length >= KEPT_MOST || kept.mails >= MAILS_MOST) {
      kept.connection.quit()
      return
    }
    kept.timer = setTimeout(() => drop(kept), KEPT_MS).unref()
    free.push(kept)
  }

  return {
    async send(posting, signal) {
      const kept = take() ?? (await open(signal))
      kept.mails += 1
      const body = tracked(posting.raw)
      try {
        const answer = await within<string>(signal, kept.connection, (done) => {
          const envelope = { from: posting.from || false, to: [posting.to] }
          kept.connection.send(envelope as never, body.stream, (error, info) => done(error, info?.response))
        })
        keep(kept)
        return answer ?? ''
      } catch (error) {
        kept.connection.close()
        // The server takes a mail with the dot at its end: where that was not reached, it has none.
        throw asConnectorError(error, !body.isRead())
      }
    },
    async verify(signal) {
      const connection = await connect(server, signal)
      connection.quit()
    },
    close() {
      isClosed = true
      for (const kept of free.splice(0)) {
        clearTimeout(kept.timer)
        kept.connection.close()
      }
    },
  }
}

/** The mail, and whether all of it was taken off our hands. */
function tracked(raw: Uint8Array): { stream: Readable; isRead(): boolean } {
  let isRead = false
  const stream = Readable.from([Buffer.from(raw)], { objectMode: false })
  stream.on('end', () => {
    isRead = true
  })
  return { stream, isRead: () => isRead }
}

/** A line that is signed in. */
async function connect(server: MailServer, signal: AbortSignal): Promise<SMTPConnection> {
  const { token, user = '', password } = server.login ?? {}
  if (!token) return connectAs(server, server.login && { user, pass: password }, signal)
  return signIn(token, (accessToken) => connectAs(server, bearer(user, accessToken), signal))
}

async function connectAs(server: MailServer, auth: object | undefined, signal: AbortSignal): Promise<SMTPConnection> {
  const { host, port, secure, plain, ca } = server
  const connection = new SMTPConnection({
    host,
    port,
    secure,
    requireTLS: !secure && !plain,
    ignoreTLS: plain,
    ...(ca && { tls: { ca } }),
    connectionTimeout: CONNECT_MS,
    greetingTimeout: CONNECT_MS,
    dnsTimeout: CONNECT_MS,
    socketTimeout: ANSWER_MS,
    allowInternalNetworkInterfaces: true,
  })
  // What breaks while nobody asks is met by whoever asks next.
  connection.on('error', () => undefined)
  try {
    await within(signal, connection, (done) => connection.connect((error) => done(error)))
    if (auth && offersLogin(connection)) {
      await within(signal, connection, (done) => connection.login(auth as never, (error) => done(error)))
    }
    return connection
  } catch (error) {
    connection.close()
    throw unsafe(error, server) ?? asConnectorError(error, undefined, Boolean(server.login?.token))
  }
}

/** A relay within the house may know no sign-in at all. */
function offersLogin(connection: SMTPConnection): boolean {
  return (connection as unknown as { allowsAuth: boolean }).allowsAuth
}

/** Asked for another token within the same line, nodemailer is given the same: it is refused again, and a new line has a new one. */
function bearer(user: string, token: string): object {
  const written = Buffer.from(`user=${user}\u0001auth=Bearer ${token}\u0001\u0001`).toString('base64')
  const oauth2 = {
    getToken: (_again: boolean, done: (error: null, token: string) => void) => done(null, token),
    buildXOAuth2Token: () => written,
  }
  return { user, oauth2 }
}

/** Runs one call; who stops waiting, or meets an error, closes the connection. */
async function within<T>(
  signal: AbortSignal,
  connection: SMTPConnection,
  call: (done: (error?: unknown, value?: T) => void) => void,
): Promise<T | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<T | undefined>()
  const stop = () => reject(new ConnectorError('transient', 'stopped while waiting for the mail server', { certain: false }))
  const broken = (error: unknown) => reject(error)
  const ended = () => reject(new Error('the mail server closed the connection'))
  if (signal.aborted) stop()
  signal.addEventListener('abort', stop, { once: true })
  connection.once('error', broken)
  connection.once('end', ended)
  try {
    call((error, value) => (error ? reject(error) : resolve(value)))
    return await promise
  } finally {
    signal.removeEventListener('abort', stop)
    connection.off('error', broken)
    connection.off('end', ended)
  }
}

interface Failure {
  code?: string
  command?: string
  responseCode?: number
  response?: string
}

const ADVICE = 'check smtp, and that this address may send / 请检查 smtp 设置，以及该地址是否有发信权限'

/**
 * `unsent`: surely nothing of the mail was taken; absent: no mail was spoken of yet, so none can be at fault. What the server itself
 * refuses, it has not taken either.
 */
function asConnectorError(error: unknown, unsent?: boolean, isToken = false): ConnectorError {
  if (error instanceof ConnectorError && error.kind !== 'transient') return error
  const { code, command = '', responseCode = 0, response } = Object(error) as Failure
  const words = (response ?? brokenBy(error).detail ?? reason(error)).replaceAll(/\s+/g, ' ').slice(0, 300)
  if (code === 'EAUTH' && (responseCode === 0 || responseCode >= 500))
    return new ConnectorError(
      'unauthorized',
      isToken ? tokenRefused('the mail server', words) : `the mail server refuses our user or password (${words}) – ${ADVICE}`,
    )
  if (responseCode >= 500 && unsent !== undefined) return refused(command, responseCode, words)
  if (responseCode >= 400) {
    // Greylisting and full queues: the outbox tries again, and not at once.
    return new ConnectorError('transient', `the mail server asks to come again later (${words})`, { certain: true, retryAfterMs: 30_000 })
  }
  const told = error instanceof ConnectorError ? error.message : `the mail server cannot be reached (${words})`
  return new ConnectorError('transient', told, { certain: unsent !== false, cause: error })
}

function refused(command: string, code: number, words: string): ConnectorError {
  if (command === 'MAIL FROM') return new SenderRefused(`${words} – ${ADVICE}`)
  if (code === 530) return new ConnectorError('unauthorized', `${words} – ${ADVICE}`)
  // RFC 3463: 5.1.x is about the address, 5.2.1 a mailbox that takes nothing any more.
  const gone = /\b5\.(?:1\.[0-36]|2\.1)\b/.test(words) || (command === 'RCPT TO' && /\b55[0135]\b/.test(words) && !/\b5\.7\.\d/.test(words))
  return new ConnectorError(gone ? 'recipient_gone' : 'rejected', words)
}
