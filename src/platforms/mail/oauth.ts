// Signing in to Gmail and Microsoft 365 without a password (RFC 6749, 6; XOAUTH2): a refresh token that an admin got once is changed
// into access tokens, each good for about an hour.
import { z } from 'zod'
import type { Exchange } from '#core/connector.ts'
import { ConnectorError } from '#core/errors.ts'
import { ask, NoAnswer } from '#platforms/wire.ts'

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

const answer = z.object({
  access_token: z.string().min(1),
  expires_in: z.coerce.number().positive().default(3600),
  refresh_token: z.string().optional(),
})

export interface OauthParts {
  exchange: Exchange
  now(): Date
}

/** Gives a token that is good now. Several that ask at once get the same. */
export function tokens(config: OauthConfig, { exchange, now }: OauthParts): () => Promise<string> {
  let { refreshToken } = config
  let held: { token: string; until: number } | undefined
  let asking: Promise<string> | undefined

  async function fetchToken(): Promise<string> {
    const { clientId, clientSecret } = config
    const form = new URLSearchParams({ grant_type: 'refresh_token', client_id: clientId, refresh_token: refreshToken })
    if (clientSecret) form.set('client_secret', clientSecret)
    const got = await request(exchange, config.tokenUrl ?? PROVIDERS[config.provider], form.toString())
    // Microsoft gives a new one each time; the old one stays good for a while, and after a restart it is used again.
    refreshToken = got.refresh_token ?? refreshToken
    held = { token: got.access_token, until: now().getTime() + got.expires_in * 1000 - EARLY_MS }
    return got.access_token
  }

  return async () => {
    if (held && now().getTime() < held.until) return held.token
    asking ??= fetchToken().finally(() => {
      asking = undefined
    })
    return asking
  }
}

async function request(exchange: Exchange, url: string, body: string): Promise<z.output<typeof answer>> {
  const headers = { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' }
  const signal = new AbortController().signal
  const { status, text } = await ask(exchange, url, { method: 'POST', headers, body, signal, deadlineMs: DEADLINE_MS }).catch((error) => {
    const detail = error instanceof NoAnswer ? error.message : 'no answer'
    throw new ConnectorError('transient', `the sign-in server cannot be reached (${detail})`, { certain: true })
  })
  if (status === 200) {
    const read = answer.safeParse(parse(text))
    if (read.success) return read.data
  }
  // RFC 6749, 5.2. Neither word holds a secret; the description may, so it is left out.
  const { error } = Object(parse(text)) as { error?: unknown }
  const word = typeof error === 'string' ? error.slice(0, 60) : `HTTP ${status}`
  if (status >= 400 && status < 500 && status !== 429)
    throw new ConnectorError(
      'unauthorized',
      `the sign-in server refuses us (${word}): get a new refresh token / 登录服务器拒绝(${word}),请重新获取 refreshToken`,
    )
  throw new ConnectorError('transient', `the sign-in server answers ${word}`, { certain: true })
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // A page of somebody in between; the status says the rest.
  }
}
