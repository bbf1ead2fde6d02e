// What Slack's refusals mean. The codes are Slack's own (`{ "ok": false, "error": "…" }`); the sentences say what to do about them.
import { ConnectorError, type ErrorKind } from '#core/errors.ts'

export class SlackRefusal extends ConnectorError {
  /** Slack's word: `not_in_channel`, `already_reacted`. */
  readonly code: string

  constructor(kind: ErrorKind, message: string, code: string, details: { retryAfterMs?: number; certain?: boolean } = {}) {
    super(kind, message, details)
    this.name = 'ConnectorError'
    this.code = code
  }
}

export function isRefusal(error: unknown, ...codes: string[]): error is SlackRefusal {
  return error instanceof SlackRefusal && codes.includes(error.code)
}

interface Refusal {
  method: string
  status: number
  code?: string
  /** The scope that `missing_scope` asks for. */
  needed?: string
  retryAfter: string | null
}

const CREDENTIALS = new Set([
  'not_authed',
  'invalid_auth',
  'account_inactive',
  'token_revoked',
  'token_expired',
  'not_allowed_token_type',
  'org_login_required',
  'team_access_not_granted',
  'ekm_access_denied',
  'access_denied',
  'two_factor_setup_required',
])

/** Nobody's message is at fault: everything for this channel waits until somebody put it right. */
const PLACES: Record<string, string> = {
  not_in_channel: 'invite the app into the channel: /invite @app / 请先把应用邀请进频道：/invite @应用',
  channel_not_found:
    'the channel does not exist, or it is private and the app was not invited: check channel, /invite @app / 频道不存在，或是私有频道而应用未被邀请',
  is_archived: 'the channel is archived: unarchive it, or name another / 频道已归档：请恢复频道，或换一个频道',
  restricted_action: 'the workspace does not let the app post here / 工作区不允许应用在此发言',
  restricted_action_read_only_channel: 'the channel is read-only / 频道为只读',
  restricted_action_thread_only_channel: 'only threads may be written here / 该频道只允许在消息列中发言',
  restricted_action_thread_locked: 'the thread is locked / 消息列已锁定',
}

const GONE = new Set(['thread_not_found', 'cannot_reply_to_message'])
const BUSY = new Set(['ratelimited', 'rate_limited', 'message_limit_exceeded'])
/** Slack's own words for 'something went wrong on our side'; it may have been done all the same. */
const BROKEN = new Set(['internal_error', 'fatal_error', 'service_unavailable', 'request_timeout', 'team_added_to_org'])

export function refusalOf({ method, status, code = '', needed, retryAfter }: Refusal): SlackRefusal {
  const said = `${method}: ${code || `HTTP ${status}`}`
  const error = (kind: ErrorKind, advice = '', certain?: boolean) =>
    new SlackRefusal(kind, `${said}${advice && ` – ${advice}`}`, code, { certain })
  if (status === 429 || BUSY.has(code)) return new SlackRefusal('rate_limited', said, code, { retryAfterMs: retryAfterMs(retryAfter) })
  if (code === 'missing_scope')
    return error('unauthorized', `add the scope ${needed ?? ''} and install the app again / 请为应用添加权限 ${needed ?? ''} 并重新安装`)
  if (CREDENTIALS.has(code) || (code === '' && (status === 401 || status === 403)))
    return error('unauthorized', 'check the token and apiRoot / 请检查 token 与 apiRoot')
  if (Object.hasOwn(PLACES, code)) return error('unauthorized', PLACES[code])
  if (GONE.has(code)) return error('thread_gone')
  if (BROKEN.has(code)) return error('transient', '', false)
  if (code !== '') return error('rejected')
  if (status === 413) return error('rejected')
  if (status < 300) return new SlackRefusal('transient', `${said} – the answer is not Slack's: what became of it is unknown`, code)
  if (status < 400) return error('transient', 'apiRoot redirects, which is not followed because the call holds the token', true)
  // A 4xx that is not Slack's own comes from something in between, which may think otherwise later.
  return error('transient', '', false)
}

function retryAfterMs(seconds: string | null): number {
  const value = Number(seconds)
  return Number.isFinite(value) && value > 0 ? Math.ceil(value * 1000) : 1000
}
