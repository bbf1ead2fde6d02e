// What WeChat's numbers mean for whoever sends. Its words are for developers, in two languages and with numbers of requests in them:
// agents are told what it is and what to do about it.
import { ConnectorError, type ErrorKind } from '#core/errors.ts'

/** What an answer says, where it says no. */
export interface Refused {
  errcode: number
  errmsg: string
}

/** These say that the token is to be fetched anew. */
export const TOKEN_REFUSED = new Set([40001, 40014, 41001, 42001])
/** A picture, voice or video that WeChat does not take: its size or its form. */
export const FILE_REFUSED = new Set([40004, 40005, 40006, 40009, 40010, 40011, 45001, 45007])
/** The customer is told already, or cannot be told now. */
export const TYPING_REFUSED = new Set([45072, 45080, 45081])

interface Meaning {
  kind: ErrorKind
  en: string
  zh: string
  retryAfterMs?: number
}

const MINUTE = 60_000
const key = (en: string, zh: string): Meaning => ({ kind: 'unauthorized', en, zh })
const gone = (en: string, zh: string): Meaning => ({ kind: 'recipient_gone', en, zh })
const no = (en: string, zh: string): Meaning => ({ kind: 'rejected', en, zh })

const MEANINGS: Record<number, Meaning> = {
  [-1]: { kind: 'transient', en: 'WeChat is busy', zh: '微信系统繁忙' },
  40003: gone('no such follower', '没有这个关注者'),
  40013: key('check appId', '请检查 appId'),
  40125: key('check appSecret', '请检查 appSecret'),
  40164: key('add the address of this server to the IP whitelist of the account', '请把本服务器的 IP 加入公众平台的 IP 白名单'),
  40243: key('the AppSecret is frozen: unfreeze it on the platform', 'AppSecret 已被冻结，请在平台上解冻'),
  41002: key('check appId', '请检查 appId'),
  41004: key('check appSecret', '请检查 appSecret'),
  43004: gone('the customer does not follow the account', '客户未关注'),
  45001: no('the file is too large', '文件过大'),
  45002: no('the text is too long', '文字过长'),
  45007: no('the voice note is too long', '语音过长'),
  45009: { kind: 'rate_limited', retryAfterMs: 15 * MINUTE, en: 'the calls of this day are used up', zh: '接口调用已达每日上限' },
  45011: { kind: 'rate_limited', retryAfterMs: MINUTE, en: 'too many calls in this minute', zh: '接口调用过于频繁' },
  45015: {
    kind: 'window_closed',
    en: 'the customer wrote more than 48 hours ago, or follows no longer: they must write first',
    zh: '客户上次互动已超过 48 小时或已取消关注，需客户再次来信后才能发送',
  },
  45047: {
    kind: 'window_closed',
    en: 'all messages that WeChat allows since the customer last wrote are used up: they must write first',
    zh: '客户上次互动后允许发送的条数已用完，需客户再次来信后才能发送',
  },
  46004: gone('no such follower', '没有这个关注者'),
  48001: {
    kind: 'unsupported',
    en: 'this account may not send customer-service messages: verify it, or set replies: passive',
    zh: '该账号没有客服消息接口权限：请认证账号，或设置 replies: passive',
  },
  48002: gone('the customer does not take messages', '客户已拒收消息'),
  50002: key('the account is restricted by WeChat', '账号被微信限制'),
  50005: gone('the customer follows no longer', '客户已取消关注'),
  87014: no('WeChat finds the content risky', '内容含有违规信息'),
}

/** WeChat read the call and said no: surely nothing of it reached the customer. */
export function refusalOf({ errcode, errmsg }: Refused, scrub: (text: string) => string): ConnectorError {
  const said = `${errcode} ${scrub(errmsg)}`.trim()
  const known =
    MEANINGS[errcode] ?? (TOKEN_REFUSED.has(errcode) ? key('check appId and appSecret', '请检查 appId 与 appSecret') : undefined)
  if (!known) return new ConnectorError('rejected', said)
  const { kind, en, zh, retryAfterMs } = known
  return new ConnectorError(kind, `${said} – ${en} / ${zh}`, { certain: true, retryAfterMs })
}
