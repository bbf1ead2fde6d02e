// What goes wrong on request, and how Feishu says no.
import type { Context } from 'hono'
import { cutOff, type Env, hang, type Often } from '../faults.ts'
import { Refused } from './world.ts'

export type Fault =
  | { code: number; words?: string }
  | { status: 429; reset: number }
  | { status: 500 | 502 }
  | { kind: 'reset' | 'hang' | 'html' | 'accept-then-reset' | 'accept-then-500' }

export interface FaultMatch extends Often {
  /** `POST im/v1/messages`; any call but that for a token unless told. */
  calls?: string[]
}

export async function meet(c: Context<Env>, fault: Fault, ending: AbortSignal): Promise<Response> {
  if ('code' in fault) return refuse(new Refused(fault.code, fault.words ?? 'refused'))
  if ('status' in fault && fault.status === 429) {
    const headers = { 'x-ogw-ratelimit-reset': String(fault.reset) }
    return refuse(new Refused(99991400, 'request trigger frequency limit', { status: 429, headers }))
  }
  if ('status' in fault) return c.html('<html><head><title>Bad Gateway</title></head></html>', fault.status)
  if (fault.kind === 'html') return c.html('<html><body>It works!</body></html>', 200)
  return fault.kind === 'hang' ? hang(c, ending) : cutOff(c)
}

export function refuse({ code, message, status, headers, missing }: Refused): Response {
  const violations = missing.map((subject) => ({ type: 'action_scope_required', subject }))
  const error = { log_id: '2026022800000000', ...(violations.length > 0 && { permission_violations: violations }) }
  return Response.json({ code, msg: message, error }, { status, headers })
}
