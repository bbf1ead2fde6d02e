// Faults that a test orders of a fake, and the two that all of them know: an answer that never comes, and a line that breaks.
import type { IncomingMessage } from 'node:http'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import type { Context } from 'hono'

export type Env = { Bindings: { incoming: IncomingMessage } }

export interface Often {
  /** How many calls it meets; 1 unless told. */
  times?: number
  /** How many such calls pass first. */
  after?: number
}

export class Faults<Fault, Match extends Often> {
  private readonly ordered: { fault: Fault; match: Match; left: number; pass: number }[] = []

  order(fault: Fault, match: Match): void {
    this.ordered.push({ fault, match, left: match.times ?? 1, pass: match.after ?? 0 })
  }

  /** What a call meets: the first that was ordered for such ones, unless it lets this one pass. */
  take(meets: (match: Match) => boolean): Fault | undefined {
    const found = this.ordered.find(({ left, match }) => left > 0 && meets(match))
    if (!found || found.pass-- > 0) return undefined
    found.left--
    return found.fault
  }

  clear(): void {
    this.ordered.length = 0
  }
}

export function cutOff(c: Context<Env>): Response {
  c.env.incoming.socket.resetAndDestroy()
  return RESPONSE_ALREADY_SENT
}

/** No answer, until the caller gives up or the fake ends. */
export async function hang(c: Context<Env>, ending: AbortSignal): Promise<Response> {
  const signal = AbortSignal.any([c.req.raw.signal, ending])
  await new Promise<void>((resolve) => (signal.aborted ? resolve() : signal.addEventListener('abort', () => resolve())))
  return cutOff(c)
}
