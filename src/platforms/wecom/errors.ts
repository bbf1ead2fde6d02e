// WeCom's codes as our kinds of failure. Its words may change (its page on codes says so), so only codes decide.
import { ConnectorError, type ErrorKind } from '#core/errors.ts'

/** The access token is wrong or has run out: ask for another, once. */
export const STALE_TOKEN = new Set([40001, 40014, 42001])

/** A session is where nobody may write through the API: with people in the WeCom app, in their queue, or over. */
export const WRONG_STATE = 95018

interface Meaning {
  kind: ErrorKind
  advice?: string
  retryAfterMs?: number
  certain?: boolean
}

const SECRET: Meaning = {
  kind: 'unauthorized',
  advice:
    'check corpId and secret: the secret is that of the app which may call the API of WeChat Customer Service / 请检查 corpId 与 secret',
}
const ACCOUNT: Meaning = {
  kind: 'rejected',
  advice: 'this account is not managed through the API by our app / 该客服账号未授权给本应用通过 API 管理',
}

const meanings: Record<number, Meaning> = {
  [-1]: { kind: 'transient', certain: false },
  40001: SECRET,
  40013: SECRET,
  40014: SECRET,
  42001: SECRET,
  60020: {
    kind: 'unauthorized',
    advice: "add our server's address to the app's trusted IPs / 请把服务器 IP 加入应用的“企业可信 IP”",
  },
  48002: {
    kind: 'unauthorized',
    advice:
      'let the app call the API in the admin console under WeChat Customer Service / 请在管理后台“微信客服-可调用接口的应用”中勾选本应用',
  },
  95017: {
    kind: 'unauthorized',
    advice: 'switch on the API in the admin console under WeChat Customer Service / 请在管理后台“微信客服”中开启 API',
  },
  45009: { kind: 'rate_limited', retryAfterMs: 60_000 },
  45033: { kind: 'rate_limited', retryAfterMs: 2_000 },
  40003: { kind: 'recipient_gone' },
  40096: { kind: 'recipient_gone' },
  84061: { kind: 'recipient_gone' },
  95001: {
    kind: 'window_closed',
    advice:
      'five messages within 48 hours for each message of the customer: they must write first / 客户每发一条消息后 48 小时内最多回复 5 条',
  },
  95013: { kind: 'window_closed', advice: 'the session is over: the customer must write first / 会话已结束，需客户再次发来消息' },
  95000: ACCOUNT,
  95004: ACCOUNT,
  95011: ACCOUNT,
  95012: ACCOUNT,
}

/** What the platform refused, and what to do about it. Codes that we do not know are final: it read the message. */
export function refusalOf(path: string, code: number, said: string): WecomRefusal {
  const { kind, advice, retryAfterMs, certain = true } = meanings[code] ?? { kind: 'rejected' as const }
  return new WecomRefusal(code, kind, `${path}: ${code} ${said}${advice ? ` – ${advice}` : ''}`, { retryAfterMs, certain })
}

export class WecomRefusal extends ConnectorError {
  readonly code: number

  constructor(code: number, kind: ErrorKind, message: string, details: { retryAfterMs?: number; certain: boolean }) {
    super(kind, message, details)
    this.code = code
  }
}
