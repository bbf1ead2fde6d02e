// Letters out through an HTTP mail API. No retries: every failure becomes a ConnectorError, and the outbox decides.
import type { Answer, Exchange, Health } from '#core/connector.ts'
import { ConnectorError, type ErrorKind } from '#core/errors.ts'
import { healthOf } from '#core/health.ts'
import { parseObject } from '#platforms/json.ts'
import type { Letter } from '#platforms/mail/compose.ts'
import { ask, unanswered, wellFormed } from '#platforms/wire.ts'

export interface MailApi {
  /** The provider's id of the mail. */
  send(letter: Letter, signal: AbortSignal): Promise<string>
  /** Are the credentials good? Sends nothing. Never throws. */
  check(signal: AbortSignal): Promise<Health>
}

export interface MailApiOptions {
  provider: Provider
  key: string
  /** Absent: the provider's own. */
  apiRoot?: string
  exchange: Exchange
}

export type Provider = keyof typeof PROVIDERS

interface Call {
  path: string
  method: 'GET' | 'POST'
  headers: Record<string, string>
  body?: unknown
}

/** What the provider said no with. */
interface Refusal {
  status: number
  /** The provider's own code, where it has one. */
  code: string
  words: string
}

interface ProviderWords {
  root: string
  authorize(key: string): Record<string, string>
  send(letter: Letter): Omit<Call, 'method'>
  /** The id in an answer; undefined when this is no answer of theirs. */
  idOf(answer: Record<string, unknown>): string | undefined
  check: string
  codeOf(answer: Record<string, unknown>): { code: unknown; words: unknown }
  /** What a refusal means; undefined: as its status says. */
  kindOf(refusal: Refusal): ErrorKind | undefined
  /** Refused, yet the key is good: it may send and nothing else. */
  isGood?(refusal: Refusal): boolean
}

const DEADLINE_MS = 30_000
const QUOTA_MS = 15 * 60_000

export const PROVIDERS = {
  resend: {
    root: 'https://api.resend.com',
    authorize: (key) => ({ authorization: `Bearer ${key}` }),
    send: (letter) => ({
      path: '/emails',
      headers: { 'idempotency-key': letter.key },
      body: {
        from: mailbox(letter.from),
        to: [letter.to],
        ...(letter.replyTo && { reply_to: letter.replyTo }),
        subject: letter.subject,
        text: wordsOf(letter),
        headers: { 'Message-ID': letter.messageId, ...letter.headers },
        ...(letter.files.length > 0 && {
          attachments: letter.files.map(({ name, mime, bytes }) => ({ filename: name, content_type: mime, content: base64(bytes) })),
        }),
      },
    }),
    idOf: ({ id }) => (typeof id === 'string' ? id : undefined),
    check: '/domains',
    codeOf: ({ name, message }) => ({ code: name, words: message }),
    kindOf: ({ status, code, words }) => {
      if (status === 403) return 'unauthorized' // A wrong key, or a domain that is not verified: no mail at all goes out.
      if (code === 'concurrent_idempotent_requests') return 'transient'
      if ((status === 422 || status === 400) && /`to`/.test(words)) return 'recipient_gone'
      return undefined
    },
    isGood: ({ code }) => code === 'restricted_api_key',
  },
  postmark: {
    root: 'https://api.postmarkapp.com',
    authorize: (key) => ({ 'x-postmark-server-token': key }),
    send: (letter) => ({
      path: '/email',
      headers: {},
      body: {
        From: mailbox(letter.from),
        To: letter.to,
        ...(letter.replyTo && { ReplyTo: letter.replyTo }),
        Subject: letter.subject,
        TextBody: wordsOf(letter),
        MessageStream: 'outbound',
        Headers: Object.entries({ 'Message-ID': letter.messageId, 'X-PM-KeepID': 'true', ...letter.headers }).map(([Name, Value]) => ({
          Name,
          Value,
        })),
        ...(letter.files.length > 0 && {
          Attachments: letter.files.map(({ name, mime, bytes }) => ({ Name: name, ContentType: mime, Content: base64(bytes) })),
        }),
      },
    }),
    idOf: ({ ErrorCode, MessageID }) => (ErrorCode === 0 && typeof MessageID === 'string' ? MessageID : undefined),
    check: '/server',
    codeOf: ({ ErrorCode, Message }) => ({ code: ErrorCode, words: Message }),
    kindOf: ({ code, words }) => {
      if (code === '406' || (code === '300' && /'To'/.test(words))) return 'recipient_gone'
      if (code === '100') return 'transient'
      // The sender is not confirmed, or the account may not send: no mail at all goes out.
      return ['10', '400', '401', '405', '412', '413'].includes(code) ? 'unauthorized' : undefined
    },
  },
} satisfies Record<string, ProviderWords>

export function mailApi(options: MailApiOptions): MailApi {
  const provider: ProviderWords = PROVIDERS[options.provider]
  const { exchange, key } = options
  const root = (options.apiRoot ?? provider.root).replace(/\/+$/, '')
  // What is thrown is read by agents and kept in logs, and a proxy may echo what it was sent.
  const scrub = (text: string) => text.replaceAll(key, '<key>').slice(0, 300)

  async function call({ path, method, headers, body }: Call, signal: AbortSignal): Promise<Record<string, unknown>> {
    if (signal.aborted) throw new ConnectorError('transient', 'stopped before anything was sent', { certain: true })
    let answer: Answer
    try {
      answer = await ask(exchange, root + path, {
        method,
        headers: { accept: 'application/json', 'content-type': 'application/json', ...provider.authorize(key), ...headers },
        body: body === undefined ? undefined : JSON.stringify(body, wellFormed),
        signal,
        deadlineMs: DEADLINE_MS,
      })
    } catch (error) {
      throw unanswered(error, 'the mail provider', scrub)
    }
    return readAnswer(provider, answer, scrub)
  }

  return {
    async send(letter, signal) {
      const id = provider.idOf(await call({ ...provider.send(letter), method: 'POST' }, signal))
      if (!id) throw new ConnectorError('transient', 'the mail provider named no id: whether it was sent is unknown', { certain: false })
      return id
    },
    async check(signal) {
      try {
        await call({ path: provider.check, method: 'GET', headers: {} }, signal)
        return { state: 'connected' }
      } catch (error) {
        return error instanceof GoodKey ? { state: 'connected' } : healthOf(error)
      }
    },
  }
}

function readAnswer(provider: ProviderWords, { status, header, text }: Answer, scrub: (text: string) => string): Record<string, unknown> {
  const answer = parseObject(text)
  const isWell = status >= 200 && status < 300
  if (isWell && answer) return answer
  if (isWell) throw new ConnectorError('transient', `the answer (HTTP ${status}) is not the mail provider's`, { certain: false })
  throw refused(provider, { status, answer, retryAfter: header('retry-after') }, scrub)
}

/** A refusal that proves the key good. */
class GoodKey extends ConnectorError {}

function refused(
  provider: ProviderWords,
  { status, answer, retryAfter }: { status: number; answer: Record<string, unknown> | undefined; retryAfter: string | null },
  scrub: (text: string) => string,
): ConnectorError {
  const told = provider.codeOf(answer ?? {})
  const refusal: Refusal = { status, code: String(told.code ?? ''), words: scrub(String(told.words ?? '')) }
  const words = `${status} ${refusal.code} ${refusal.words}`.replaceAll(/\s+/g, ' ').trim()
  if (provider.isGood?.(refusal)) return new GoodKey('unauthorized', words)
  if (status === 429) {
    const seconds = Number(retryAfter)
    const wait = Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : /quota/.test(refusal.code) ? QUOTA_MS : 1000
    return new ConnectorError('rate_limited', words, { retryAfterMs: wait })
  }
  const kind = answer && provider.kindOf(refusal)
  if (kind) return new ConnectorError(kind, kind === 'unauthorized' ? `${words} – ${ADVICE}` : words)
  if (status === 401 || status === 403) return new ConnectorError('unauthorized', `${words} – ${ADVICE}`)
  // A 4xx without words of the provider's comes from something in between, which may think otherwise later.
  if (status >= 400 && status < 500 && (answer || status === 413)) return new ConnectorError('rejected', words)
  return new ConnectorError('transient', words, { certain: status >= 300 && status < 400 })
}

const ADVICE = 'check api.key, and that the provider may send for this address / 请检查 api.key，以及服务商是否已验证此发件地址'

/** Providers refuse a mail without a word; one that is only a file says its name. */
function wordsOf({ text, files }: Letter): string {
  return text || files.map(({ name }) => name).join('\n')
}

function mailbox({ name, address }: Letter['from']): string {
  const plain = name?.replaceAll(/[\p{Cc}"\\<>]+/gu, ' ').trim()
  return plain ? `"${plain}" <${address}>` : address
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64')
}
