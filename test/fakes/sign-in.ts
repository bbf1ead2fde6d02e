// Where refresh tokens become access tokens (RFC 6749, 6), and where a mail server asks whether one is good (RFC 7662): strict about
// every field, with the failures of Google and Microsoft.
import type { AddressInfo } from 'node:net'
import { type ServerType, serve } from '@hono/node-server'
import { Hono } from 'hono'

export const CLIENT = { id: 'client-of-the-shop', secret: 'client-secret-of-the-shop' }

export interface SignInOptions {
  /** Whose mailbox it is. */
  user: string
  refreshToken: string
  now?(): number
  /** How long an access token is good. */
  seconds?: number
  /** Gives a new refresh token each time. `once`: the old one is dead with that; `also`: both are good (Microsoft). */
  renews?: 'once' | 'also'
}

export interface FakeSignIn {
  url: string
  tokenUrl: string
  introspectUrl: string
  /** The refresh token of each request that was answered with a token. */
  used: string[]
  /** What was refused, in a word. */
  refused: string[]
  /** How many access tokens there were. */
  given(): number
  isGood(user: string, token: string): boolean
  /** Access tokens end now, whatever was said of them; refresh tokens stay good. */
  endAccess(): void
  /** The user takes their consent back: everything ends. */
  revoke(): void
  /** They give it again, and the admin gets this. */
  consent(refreshToken: string): void
  /** The next request for a token is answered so. */
  fail(status: number, body: string): void
  close(): Promise<void>
}

export async function startSignIn({ user, refreshToken, now = Date.now, seconds = 3600, renews }: SignInOptions): Promise<FakeSignIn> {
  const refresh = new Set([refreshToken])
  const access = new Map<string, number>()
  const faults: { status: number; body: string }[] = []
  const used: string[] = []
  const refused: string[] = []
  let given = 0
  const isGood = (name: string, token: string) => name === user && (access.get(token) ?? 0) > now()
  const app = new Hono()

  app.post('/token', async (context) => {
    const fault = faults.shift()
    if (fault) return context.body(fault.body, fault.status as 500)
    const refuse = (error: string, status: 400 | 401 = 400) => {
      refused.push(error)
      return context.json(
        { error, error_description: `about ${refreshToken}`, error_codes: error === 'invalid_grant' ? [700082] : [] },
        status,
      )
    }
    if (context.req.header('content-type') !== 'application/x-www-form-urlencoded') return refuse('invalid_request')
    const form = new URLSearchParams(await context.req.text())
    if (form.get('grant_type') !== 'refresh_token') return refuse('unsupported_grant_type')
    if (form.get('client_id') !== CLIENT.id || form.get('client_secret') !== CLIENT.secret) return refuse('invalid_client', 401)
    const old = form.get('refresh_token') ?? ''
    if (!refresh.has(old)) return refuse('invalid_grant')
    used.push(old)
    given += 1
    const token = `access-${given}`
    access.set(token, now() + seconds * 1000)
    const fresh = renews && `renewed-${given}`
    if (renews === 'once') refresh.delete(old)
    if (fresh) refresh.add(fresh)
    return context.json({ access_token: token, token_type: 'Bearer', expires_in: seconds, ...(fresh && { refresh_token: fresh }) })
  })
  app.post('/introspect', async (context) => {
    const token = new URLSearchParams(await context.req.text()).get('token') ?? ''
    return context.json(isGood(user, token) ? { active: true, username: user } : { active: false })
  })

  const server = await new Promise<ServerType>((resolve) => {
    const starting = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, () => resolve(starting))
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    tokenUrl: `${url}/token`,
    introspectUrl: `${url}/introspect`,
    used,
    refused,
    given: () => given,
    isGood,
    endAccess: () => access.clear(),
    revoke() {
      access.clear()
      refresh.clear()
    },
    consent: (fresh) => void refresh.add(fresh),
    fail: (status, body) => void faults.push({ status, body }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        if ('closeAllConnections' in server) server.closeAllConnections()
      }),
  }
}
