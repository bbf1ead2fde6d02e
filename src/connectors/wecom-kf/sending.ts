// Sends one message. WeCom takes it only while the session is new or with the assistant, which we are; an event may grant a word besides.
import type { Connector, Deps, Outbound, Receipt } from '#core/connector.ts'
import { ConnectorError, reason } from '#core/errors.ts'
import type { Wecom } from '#platforms/wecom/client.ts'
import { WecomRefusal, WRONG_STATE } from '#platforms/wecom/errors.ts'
import { type Content, encode, msgidOf, onlyPart } from './encode.ts'
import { stateWords } from './words.ts'

/** Where a session is. New: nobody has it. */
const [NEW, ASSISTANT, ENDED] = [0, 1, 4]
/** For so long a session that we took is believed to be ours without asking. */
const OURS_MS = 12 * 3_600_000
const MOST = 10_000

export interface SendingParts {
  api: Wecom
  deps: Deps
  /** The account that speaks where the address names none: the only one there is. */
  onlyAccount(signal: AbortSignal): Promise<string>
}

interface Session {
  open_kfid: string
  external_userid: string
}

interface Sending extends SendingParts {
  /** Sessions that are with us, and until when that is believed. */
  ours: Map<string, number>
  /** Codes for the last word of sessions that we have ended. */
  ended: Map<string, string>
}

export function createSending(parts: SendingParts): Connector['send'] {
  const sending: Sending = { ...parts, ours: new Map(), ended: new Map() }
  return (message, signal) => send(sending, message, signal)
}

async function send(sending: Sending, message: Outbound, signal: AbortSignal): Promise<Receipt> {
  const { api, deps } = sending
  const files = {
    open: (ref: { id: string }) => deps.file(ref.id),
    upload: (type: Parameters<Wecom['upload']>[0], file: Parameters<Wecom['upload']>[1]) => api.upload(type, file, signal),
  }
  const content = await encode(onlyPart(message), files)
  const session = { open_kfid: message.to.thread ?? (await sending.onlyAccount(signal)), external_userid: message.to.user }
  const msgid = msgidOf(message.key)
  const receipt: Receipt = { externalIds: [msgid], at: deps.now() }
  if (await sendGranted(sending, message, session, { ...content, msgid }, signal)) return receipt
  await takeUp(sending, session, signal)
  await sendPlain(sending, session, { ...content, msgid }, signal)
  return receipt
}

// ── Words that an event grants ───────────────────────────────────────────────────────────────────────────────────────

/** A welcome or a good-bye takes nothing from the five messages, and goes out where these would not. */
async function sendGranted(sending: Sending, message: Outbound, session: Session, content: Content, signal: AbortSignal): Promise<boolean> {
  if (content.msgtype !== 'text' && content.msgtype !== 'msgmenu') return false
  const { grant } = message
  const isOpen = grant && Date.parse(grant.until) > sending.deps.now().getTime()
  const code = isOpen ? grant.token : message.closing ? await end(sending, session, signal) : undefined
  if (code === undefined) return false
  try {
    await sending.api.call('kf/send_msg_on_event', { code, ...content }, signal)
    return true
  } catch (error) {
    if (isDouble(error)) return true
    // Used, or twenty seconds are over: the plain way may still be open.
    if (!(error instanceof WecomRefusal) || !['rejected', 'window_closed'].includes(error.kind)) throw error
    return false
  }
}

/** Ends the session on the platform, too, and gives the code for the last word; undefined where there is none to end. */
async function end({ api, ended, ours, deps }: Sending, session: Session, signal: AbortSignal): Promise<string | undefined> {
  const key = keyOf(session)
  const kept = ended.get(key)
  if (kept !== undefined) return kept // Ended a moment ago, and then the connection broke.
  try {
    const { msg_code: code } = await api.call('kf/service_state/trans', { ...session, service_state: ENDED }, signal)
    ours.delete(key)
    if (typeof code !== 'string' || code === '') return undefined
    remember(ended, key, code)
    return code
  } catch (error) {
    if (!(error instanceof ConnectorError) || error.kind === 'transient' || error.kind === 'unauthorized') throw error
    deps.log.debug({ channel: deps.id, error: reason(error) }, 'a session could not be ended')
    return undefined
  }
}

// ── Plain words ──────────────────────────────────────────────────────────────────────────────────────────────────────

async function sendPlain(sending: Sending, session: Session, content: Content, signal: AbortSignal): Promise<void> {
  const body = { touser: session.external_userid, open_kfid: session.open_kfid, ...content }
  sending.ended.delete(keyOf(session))
  try {
    await sending.api.call('kf/send_msg', body, signal)
  } catch (error) {
    if (isDouble(error)) return
    if (!(error instanceof WecomRefusal) || error.code !== WRONG_STATE) throw error
    sending.ours.delete(keyOf(session))
    const state = await takeUp(sending, session, signal)
    if (state !== ASSISTANT) throw notOurs(state, error)
    await sending.api.call('kf/send_msg', body, signal)
  }
}

/**
 * A session that nobody has becomes ours, so that nobody else is given it. Gives where it is in the end; undefined when the platform
 * does not say: then sending will tell.
 */
async function takeUp({ api, ours, deps }: Sending, session: Session, signal: AbortSignal): Promise<number | undefined> {
  const key = keyOf(session)
  const now = deps.now().getTime()
  if ((ours.get(key) ?? 0) > now) return ASSISTANT
  try {
    const { service_state: state } = await api.call('kf/service_state/get', session, signal)
    if (state === NEW) await api.call('kf/service_state/trans', { ...session, service_state: ASSISTANT }, signal)
    if (state === NEW || state === ASSISTANT) {
      remember(ours, key, now + OURS_MS)
      return ASSISTANT
    }
    return typeof state === 'number' ? state : undefined
  } catch (error) {
    // Nothing of the message has left yet. Where a session cannot be looked at, its words are still worth a try.
    if (!(error instanceof WecomRefusal)) throw certain(error)
    if (error.kind === 'unauthorized' || error.kind === 'rate_limited') throw error
    deps.log.debug({ channel: deps.id, error: reason(error) }, 'a session could not be taken up')
    return undefined
  }
}

function certain(error: unknown): unknown {
  if (!(error instanceof ConnectorError) || error.certain) return error
  return new ConnectorError(error.kind, error.message, { certain: true, retryAfterMs: error.retryAfterMs, cause: error })
}

function notOurs(state: number | undefined, error: WecomRefusal): ConnectorError {
  if (state === undefined) return error
  return new ConnectorError(state === ENDED ? 'window_closed' : 'rejected', stateWords(state), { cause: error })
}

/**
 * A msgid is good once for each account, so a copy is refused, with words about the id. Ours are well formed, so there is nothing else
 * to say of them: the first one had arrived.
 */
function isDouble(error: unknown): boolean {
  return error instanceof WecomRefusal && error.kind === 'rejected' && /msg_?id/i.test(error.message)
}

function keyOf({ open_kfid, external_userid }: Session): string {
  return `${open_kfid} ${external_userid}`
}

function remember<T>(map: Map<string, T>, key: string, value: T): void {
  if (map.size >= MOST) map.clear()
  map.set(key, value)
}
