// A line to an IMAP server, over imapflow. One object is one connection: whoever loses it opens another.
import { ImapFlow, type ImapFlowOptions } from 'imapflow'
import { ConnectorError, reason } from '#core/errors.ts'
import type { Listed, MailboxLine, MailServer } from '#core/mail.ts'
import { signIn, tokenRefused } from '#platforms/mail/sign-in.ts'
import { unsafe } from '#platforms/mail/unsafe.ts'
import { brokenBy } from '#platforms/wire.ts'
import { productVersion } from './version.ts'

const CONNECT_MS = 20_000
/** Servers cut an IDLE after half an hour, and routers on the way forget silent connections long before. */
const IDLE_MS = 4 * 60_000
/** Of a command that hangs. */
const SILENCE_MS = 60_000

export async function openMailbox(server: MailServer, signal: AbortSignal): Promise<MailboxLine> {
  const { token } = server.login ?? {}
  if (!token) return connect(server, { pass: server.login?.password ?? '' }, signal)
  return signIn(token, (accessToken) => connect(server, { accessToken }, signal))
}

async function connect(server: MailServer, auth: { pass: string } | { accessToken: string }, signal: AbortSignal): Promise<MailboxLine> {
  if (signal.aborted) throw new ConnectorError('transient', 'stopped before anything was asked', { certain: true })
  const client = new ImapFlow(optionsOf(server, auth))
  // What breaks later is told by the command that meets it; without a listener the process would end.
  client.on('error', () => undefined)
  const stop = () => client.close()
  signal.addEventListener('abort', stop, { once: true })
  try {
    await client.connect()
    const folders = await client.list()
    const sent = folders.find(({ specialUse }) => specialUse === '\\Sent')?.path
    return lineOf(client, sent)
  } catch (error) {
    client.close()
    throw unsafe(error, server) ?? asConnectorError(error, 'accessToken' in auth)
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

function optionsOf(
  { host, port, secure, plain, ca, login }: MailServer,
  auth: { pass: string } | { accessToken: string },
): ImapFlowOptions {
  return {
    host,
    port,
    secure,
    doSTARTTLS: secure ? undefined : !plain,
    auth: { user: login?.user ?? '', ...auth },
    ...(ca && { tls: { ca } }),
    // 163, 126 and QQ refuse whoever does not say who it is (RFC 2971).
    clientInfo: { name: 'Frontdesk', version: productVersion() },
    logger: false,
    disableAutoIdle: true,
    maxIdleTime: IDLE_MS,
    connectionTimeout: CONNECT_MS,
    greetingTimeout: CONNECT_MS,
    socketTimeout: SILENCE_MS,
    maxLiteralSize: 64 * 1024 * 1024,
  }
}

function lineOf(client: ImapFlow, sent: string | undefined): MailboxLine {
  const asked = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      throw asConnectorError(error)
    }
  }
  const search = async (query: object) => {
    const found = await client.search(query, { uid: true })
    if (!Array.isArray(found)) throw new ConnectorError('transient', 'the mail server does not answer a search')
    return found.toSorted((a, b) => a - b)
  }
  return {
    sent,
    tells: client.capabilities.has('IDLE'),
    isOpen: () => client.usable,
    close: () => client.close(),
    examine: (folder) =>
      asked(async () => {
        // A session does not see what came until the server tells of it; opening the folder again asks for that.
        const { uidValidity, uidNext } = await client.mailboxOpen(folder, { readOnly: true })
        return { validity: String(uidValidity), next: uidNext }
      }),
    // `n:*` names the last mail even where n is behind it.
    uidsAfter: (uid) => asked(async () => (await search({ uid: `${uid + 1}:*` })).filter((one) => one > uid)),
    uidsSince: (date) => asked(() => search({ since: date })),
    list: (uids) => asked(() => list(client, uids)),
    read: (uids, most) => asked(() => read(client, uids, most)),
    wait: (ms, signal) => asked(() => wait(client, ms, signal)),
  }
}

// No other command may run while a fetch is being read, so its answers are gathered first.
async function list(client: ImapFlow, uids: number[]): Promise<Listed[]> {
  const found: Listed[] = []
  const query = { uid: true, size: true, internalDate: true, flags: true }
  for await (const { uid, size = 0, internalDate, flags } of client.fetch(uids.join(','), query, { uid: true })) {
    const at = internalDate ? new Date(internalDate) : new Date(0)
    found.push({ uid, bytes: size, at, seen: flags?.has('\\Seen') ?? false })
  }
  return found.toSorted((a, b) => a.uid - b.uid)
}

async function read(client: ImapFlow, uids: number[], most: number): Promise<{ uid: number; raw: Uint8Array }[]> {
  const found: { uid: number; raw: Uint8Array }[] = []
  const query = { uid: true, source: { start: 0, maxLength: most } }
  for await (const { uid, source } of client.fetch(uids.join(','), query, { uid: true })) if (source) found.push({ uid, raw: source })
  return found.toSorted((a, b) => a.uid - b.uid)
}

async function wait(client: ImapFlow, ms: number, signal: AbortSignal): Promise<boolean> {
  if (!client.usable) throw new ConnectorError('transient', 'the connection to the mailbox was lost')
  if (signal.aborted) return false
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const news = () => resolve(true)
  const stop = () => resolve(false)
  const timer = setTimeout(stop, ms)
  client.on('exists', news)
  client.on('close', news)
  signal.addEventListener('abort', stop, { once: true })
  // Ends by itself with the next command; whoever asks it meets what is wrong with the connection.
  if (!client.idling) client.idle().catch(news)
  try {
    return await promise
  } finally {
    clearTimeout(timer)
    client.off('exists', news)
    client.off('close', news)
    signal.removeEventListener('abort', stop)
  }
}

interface Failure {
  authenticationFailed?: boolean
  serverResponseCode?: string
  code?: string
  throttleReset?: number
  responseText?: string
}

function asConnectorError(error: unknown, isToken = false): ConnectorError {
  if (error instanceof ConnectorError) return error
  const { authenticationFailed, serverResponseCode, code, throttleReset, responseText } = Object(error) as Failure
  const words = [brokenBy(error).detail, responseText].filter(Boolean).join(': ').slice(0, 300)
  // RFC 5530: the server cannot look at the password now, which says nothing of it.
  const later = serverResponseCode === 'UNAVAILABLE' || serverResponseCode === 'INUSE' || serverResponseCode === 'LIMIT'
  if (authenticationFailed && !later)
    return new ConnectorError(
      'unauthorized',
      isToken ? tokenRefused('the mailbox', words) : `the mailbox refuses our user or password (${words})`,
    )
  if (code === 'ETHROTTLE') return new ConnectorError('rate_limited', words, { retryAfterMs: throttleReset ?? 60_000 })
  return new ConnectorError('transient', `the mailbox cannot be reached (${words || reason(error)})`, { certain: true })
}
