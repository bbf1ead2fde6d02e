// Signing in to Gmail and Microsoft 365 without a password (RFC 6749, 6; XOAUTH2): a refresh token that an admin got once is changed
// into access tokens, each good for about an hour.
import { z } from 'zod'
import type { Exchange, Logger, Memory } from '#core/connector.ts'
import { ConnectorError, reason } from '#core/errors.ts'
import { ask, NoAnswer } from '#platforms/wire.ts'
import { parseObject } from '../json.ts'
import { open, seal } from './vault.ts'

const PROVIDERS = {
  google: 'https://oauth2.googleapis.com/token',
  microsoft: 'https://login.microsoftonline.com/common/oauth2/v2.0/token',
} as const

export const oauthConfig = z.strictObject({
  provider: z.enum(Object.keys(PROVIDERS) as [keyof typeof PROVIDERS, ...(keyof typeof PROVIDERS)[]]),
  clientId: z.string().min(1),
  clientSecret: z.string().min(1).optional(),
  refreshToken: z.string().min(1),
  tokenUrl: z.url({ protocol: /^https?$/ }).optional(),
})

export type OauthConfig = z.output<typeof oauthConfig>

const DEADLINE_MS = 15_000
/** A token that is about to end does not outlive a sign-in. */
const EARLY_MS = 60_000
const KEY = 'oauth'

const answer = z.object({
  access_token: z.string().min(1),
  expires_in: z.coerce.number().positive().default(3600),
  refresh_token: z.string().min(1).optional(),
})

export interface OauthParts {
  exchange: Exchange
  now(): Date
  log: Logger
  memory: Memory
}

/** Gives a token that is good now, and another than the one that a server refused. Several that ask at once get the same. */
export function tokens(config: OauthConfig, parts: OauthParts): (refused?: string) => Promise<string> {
  let held: { token: string; until: number } | undefined
  let asking: Promise<string> | undefined
  const now = () => parts.now().getTime()
  const renewal = renewals(config.refreshToken, parts)

  async function fetchToken(): Promise<string> {
    const { current, before } = await renewal.read()
    const tried = [...new Set([current, config.refreshToken])]
    for (const [n, refreshToken] of tried.entries()) {
      try {
        const got = await request(parts.exchange, config, refreshToken)
        held = { token: got.access_token, until: now() + got.expires_in * 1000 - EARLY_MS }
        await renewal.write(got.refresh_token ?? refreshToken, before)
        return got.access_token
      } catch (error) {
        // A newer one that ran out, of a backup for one, says nothing of the config's.
        const isLast = n === tried.length - 1
        if (isLast || !(error instanceof ConnectorError) || error.kind !== 'unauthorized') throw error
      }
    }
    throw new ConnectorError('unauthorized', 'no refresh token / 没有 refreshToken')
  }

  return async (refused) => {
    if (held && held.token === refused) held = undefined
    if (held && now() < held.until) return held.token
    asking ??= fetchToken().finally(() => {
      asking = undefined
    })
    return asking
  }
}

/**
 * Microsoft gives a new refresh token each time, good for 90 days from then, and others take each only once: the newest is written
 * down, so that a start after months finds one that is good. It is sealed under the one of the config: who has the database alone
 * reads nothing, and what the admin writes anew into the config counts from then on.
 */
function renewals(configured: string, { memory, log }: OauthParts) {
  let current = configured
  return {
    async read(): Promise<{ current: string; before: unknown }> {
      try {
        const before = await memory.read(KEY)
        if (typeof before === 'string') current = (await open(before, configured)) ?? current
        return { current, before }
      } catch (error) {
        log.warn({ error: reason(error) }, 'the newest refresh token cannot be read; the last known is used')
        return { current, before: undefined }
      }
    },
    /** Another process may have got one meanwhile: theirs is as new. A token that cannot be kept still serves this process. */
    async write(token: string, before: unknown): Promise<void> {
      const isNew = token !== current
      current = token
      if (!isNew) return
      try {
        await memory.write(KEY, await seal(token, configured), before)
      } catch (error) {
        log.warn({ error: reason(error) }, 'the newest refresh token cannot be written down')
      }
    },
  }
}

/** RFC 6749, 5.2 (and 4.1.2.1): not the fault of what we sent. */
const LATER = new Set(['temporarily_unavailable', 'server_error', 'slow_down'])
const ADVICE: Record<string, string> = {
  client: 'clientId or clientSecret is wrong or ran out / clientId 或 clientSecret 不正确或已过期',
  consent:
    'the refresh token ran out or was revoked: sign in again as the mailbox, and put the new refreshToken into the config / refreshToken 已过期或被撤销，请以该邮箱重新授权，并把新的 refreshToken 写入配置',
  other: 'check the keys under oauth / 请检查 oauth 下的各项',
}
const ABOUT: Record<string, keyof typeof ADVICE> = {
  invalid_client: 'client',
  unauthorized_client: 'client',
  invalid_grant: 'consent',
  interaction_required: 'consent',
  consent_required: 'consent',
  login_required: 'consent',
}

async function request(exchange: Exchange, config: OauthConfig, refreshToken: string): Promise<z.output<typeof answer>> {
  const { clientId, clientSecret, tokenUrl, provider } = config
  const form = new URLSearchParams({ grant_type: 'refresh_token', client_id: clientId, refresh_token: refreshToken })
  if (clientSecret) form.set('client_secret', clientSecret)
  const headers = { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' }
  const call = { method: 'POST' as const, headers, body: form.toString(), signal: new AbortController().signal, deadlineMs: DEADLINE_MS }
  const { status, text } = await ask(exchange, tokenUrl ?? PROVIDERS[provider], call).catch((error) => {
    const detail = error instanceof NoAnswer ? error.message : 'no answer'
    throw new ConnectorError('transient', `the sign-in server cannot be reached (${detail})`, { certain: true })
  })
  if (status === 200) {
    const read = answer.safeParse(parseObject(text))
    if (read.success) return read.data
  }
  throw refusal(status, parseObject(text))
}

function refusal(status: number, body: unknown): ConnectorError {
  // Neither the word nor Microsoft's numbers hold a secret; the description may, so it is left out.
  const { error, error_codes: codes } = Object(body) as { error?: unknown; error_codes?: unknown }
  const word = typeof error === 'string' ? error.slice(0, 60) : `HTTP ${status}`
  const numbers = Array.isArray(codes) ? codes.filter(Number.isInteger).slice(0, 3) : []
  const said = [word, ...numbers.map((code) => `AADSTS${code}`)].join(', ')
  const isRefused = status >= 400 && status < 500 && status !== 408 && status !== 429 && !LATER.has(word)
  if (!isRefused) return new ConnectorError('transient', `the sign-in server answers ${said}`, { certain: true })
  const advice = ADVICE[ABOUT[word] ?? 'other']
  return new ConnectorError('unauthorized', `the sign-in server refuses us (${said}) / 登录服务器拒绝(${said}): ${advice}`)
}
