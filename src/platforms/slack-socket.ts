// Socket Mode: what Slack would post to us comes over a WebSocket that we open, so that no public address is needed. Each envelope
// is acknowledged after the promise of whoever takes it has resolved; what was not acknowledged Slack sends again.
import type { Logger } from '#core/connector.ts'
import { ConnectorError, reason } from '#core/errors.ts'
import { parseJson } from './json.ts'
import type { Slack } from './slack.ts'
import type { SlackPosted } from './slack-request.ts'

interface Envelope {
  type?: unknown
  envelope_id?: unknown
  payload?: unknown
  reason?: unknown
}

export interface SocketOptions {
  slack: Slack
  log: Logger
  take(posted: SlackPosted): Promise<void>
  /** Called when a connection is ready to be sent to. */
  onReady?(): void
  /** So long Slack may be silent before we open a new connection beside the old: a line that is dead looks just like that. */
  silenceMs?: number
}

/** Slack greets at once. */
const GREETING_MS = 10_000
const SILENCE_MS = 5 * 60_000
const SWITCHED_OFF = 'switched off in the settings of the app / 应用设置中关闭了 Socket Mode'

/** Stays connected until the abort. Throws when a connection was lost that Slack did not announce: the caller comes again. */
export async function runSocket(options: SocketOptions, signal: AbortSignal): Promise<void> {
  try {
    await holdLines(options, signal)
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

async function holdLines(options: SocketOptions, signal: AbortSignal): Promise<void> {
  let current = await openLine(options, signal)
  try {
    while (!signal.aborted) {
      const why = await current.ended
      if (why === 'aborted') return
      // The next one is there before the old one goes: what comes meanwhile finds one of the two.
      const next = await openLine(options, signal)
      await current.close()
      current = next
    }
  } finally {
    await current.close()
  }
}

interface Line {
  /** Resolves when another line should take over; rejects when this one broke. */
  ended: Promise<'refresh' | 'aborted'>
  /** Waits for what is being taken, so that it is still acknowledged here. */
  close(): Promise<void>
}

/** How a line begins and ends. */
function newFate() {
  const greeted = Promise.withResolvers<void>()
  const ended = Promise.withResolvers<'refresh' | 'aborted'>()
  ended.promise.catch(() => undefined) // Read by whoever holds the line; a line that never greeted has nobody.
  const lost = (why: string, kind: 'transient' | 'unauthorized' = 'transient') => {
    const error = new ConnectorError(kind, `Socket Mode: ${why}`, { certain: true })
    greeted.reject(error)
    ended.reject(error)
  }
  return { greeted, ended, lost }
}

async function openLine(options: SocketOptions, signal: AbortSignal): Promise<Line> {
  const { url } = await options.slack.call('apps.connections.open', {}, signal)
  signal.throwIfAborted()
  const socket = new WebSocket(url)
  const { greeted, ended, lost } = newFate()
  let work = Promise.resolve()
  let quiet: ReturnType<typeof setTimeout> | undefined
  const heard = () => {
    clearTimeout(quiet)
    quiet = setTimeout(() => ended.resolve('refresh'), options.silenceMs ?? SILENCE_MS)
  }
  const late = setTimeout(() => lost('no greeting in time'), GREETING_MS)
  const onAbort = () => {
    ended.resolve('aborted')
    greeted.reject(new ConnectorError('transient', 'Socket Mode: stopped', { certain: true }))
  }
  signal.addEventListener('abort', onAbort, { once: true })
  socket.onmessage = ({ data }) => {
    heard()
    const envelope = envelopeOf(data)
    if (envelope?.type === 'hello') greeted.resolve()
    else if (envelope?.type === 'disconnect' && envelope.reason === 'link_disabled') lost(SWITCHED_OFF, 'unauthorized')
    else if (envelope?.type === 'disconnect') ended.resolve('refresh')
    else if (envelope) work = work.then(() => handle(options, socket, envelope, lost))
  }
  socket.onerror = () => lost('the connection broke')
  socket.onclose = ({ code }) => lost(`the connection was closed (${code})`)
  const close = async () => {
    clearTimeout(late)
    signal.removeEventListener('abort', onAbort)
    await work
    socket.onmessage = null
    clearTimeout(quiet)
    socket.close()
  }
  try {
    await greeted.promise
  } catch (error) {
    await close()
    throw error
  }
  clearTimeout(late)
  heard()
  options.onReady?.()
  return { ended: ended.promise, close }
}

function envelopeOf(data: unknown): Envelope | undefined {
  try {
    const value: unknown = typeof data === 'string' ? parseJson(data) : undefined
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined // Not an envelope: there is nothing to acknowledge.
  }
}

const KINDS: Record<string, SlackPosted['type']> = { events_api: 'event', interactive: 'interactive', slash_commands: 'slash' }

/** In order, one after the other. What could not be stored is not acknowledged, and the line is given up: Slack sends it again. */
async function handle(options: SocketOptions, socket: WebSocket, envelope: Envelope, lost: (why: string) => void): Promise<void> {
  const { type, envelope_id: id, payload } = envelope
  if (typeof id !== 'string') return
  const kind = KINDS[String(type)]
  try {
    if (kind && typeof payload === 'object' && payload !== null) {
      await options.take({ type: kind, body: payload as Record<string, unknown> })
    }
    if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ envelope_id: id }))
  } catch (error) {
    options.log.warn({ envelope: id, error: reason(error) }, 'an envelope of Slack was not taken; it comes again')
    lost(`what came could not be stored (${reason(error)})`)
  }
}
