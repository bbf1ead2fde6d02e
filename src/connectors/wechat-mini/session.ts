// `session-from`: what a Mini Program's contact button hands on. Signed by its own server it says who the user is there, so that the
// customer is the same person as on the web or in the app; unsigned it says only where they came from.
import { z } from 'zod'
import type { Identity } from '#core/message.ts'

export interface Session {
  source?: string
  name?: string
  identities: Identity[]
}

/** `v1.<payload>.<signature>`: both base64url, the signature HMAC-SHA256 of `v1.<payload>`. */
const SIGNED = /^v1\.([A-Za-z0-9_-]{1,1500})\.([A-Za-z0-9_-]{43})$/
const SOURCE_MAX = 200

const payload = z.object({
  user: z.string().min(1).max(200),
  /** Seconds since 1970 until which it holds. */
  exp: z.number(),
  name: z.string().max(200).optional(),
  unionid: z.string().min(1).max(100).optional(),
  source: z.string().max(SOURCE_MAX).optional(),
})

export type ReadSession = (sessionFrom: string, now: Date) => Promise<Session>

export function sessions(secret: string | undefined): ReadSession {
  let key: Promise<CryptoKey> | undefined
  return async (sessionFrom, now) => {
    const [, encoded, signature] = SIGNED.exec(sessionFrom) ?? []
    if (encoded === undefined || signature === undefined) return { ...sourceOf(sessionFrom), identities: [] }
    // What claims to be signed and is not counts for nothing at all, not even as a place to come from.
    if (!secret) return { identities: [] }
    key ??= crypto.subtle.importKey('raw', new TextEncoder().encode(secret), { name: 'HMAC', hash: 'SHA-256' }, false, ['verify'])
    const signed = new TextEncoder().encode(`v1.${encoded}`)
    if (!(await crypto.subtle.verify('HMAC', await key, bytesOf(signature), signed))) return { identities: [] }
    return trusted(encoded, now)
  }
}

function trusted(encoded: string, now: Date): Session {
  const parsed = payload.safeParse(jsonOf(encoded))
  if (!parsed.success || parsed.data.exp * 1000 < now.getTime()) return { identities: [] }
  const { user, unionid, name, source } = parsed.data
  const identities: Identity[] = [{ kind: 'external', value: user, verified: true }]
  if (unionid) identities.push({ kind: 'unionid', value: unionid, verified: true })
  return { identities, ...(name?.trim() && { name: name.trim() }), ...(source && { source }) }
}

function sourceOf(text: string): { source?: string } {
  const source = text.trim().slice(0, SOURCE_MAX).toWellFormed()
  return source ? { source } : {}
}

function jsonOf(encoded: string): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytesOf(encoded)))
  } catch {
    return undefined // Signed, and yet no JSON: the form is told in the docs, and the customer's words matter more.
  }
}

function bytesOf(base64url: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64url.replaceAll('-', '+').replaceAll('_', '/')), (letter) => letter.charCodeAt(0))
}
