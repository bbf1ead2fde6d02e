// Our side of a webhook that answers: one signed request (Standard Webhooks), one JSON value back. Only addresses of the config are
// called, no redirect is followed, and what comes back is bounded.
import type { Exchange } from '#core/connector.ts'
import { ConnectorError } from '#core/errors.ts'
import { standardWebhooks } from './standard-webhooks.ts'
import { ask, unanswered } from './wire.ts'

export interface WebhookSettings {
  url: string
  /** `whsec_…`; with two of them the receiver may know either. */
  secrets: readonly string[]
  /** Sent as they are: what a gateway in front of the receiver wants. */
  headers: Readonly<Record<string, string>>
}

export interface Webhook {
  /**
   * Asks, and gives what was answered; undefined for an empty answer. `id` is the same over all tries: the receiver tells a repeat by
   * it. Throws `ConnectorError`: `transient` where another try may help, `rejected` where none will.
   */
  call(id: string, body: string, how: { signal: AbortSignal; deadlineMs: number }): Promise<unknown>
}

const ANSWER_MAX = 64 * 1024

export function createWebhook({ url, secrets, headers }: WebhookSettings, deps: { exchange: Exchange; now(): Date }): Webhook {
  const signer = standardWebhooks(secrets)
  return {
    async call(id, body, { signal, deadlineMs }) {
      const signed = await signer.sign(id, deps.now(), body)
      const all = { ...headers, accept: 'application/json', 'content-type': 'application/json', ...signed }
      const asked = ask(deps.exchange, url, { method: 'POST', headers: all, body, signal, deadlineMs, most: ANSWER_MAX + 1 })
      const answer = await asked.catch((error: unknown) => {
        throw unanswered(error, 'the webhook', (words) => words)
      })
      if (answer.status >= 200 && answer.status < 300) return parsed(answer.text)
      throw refusal(answer.status, answer.header('retry-after'))
    },
  }
}

function parsed(text: string): unknown {
  if (new TextEncoder().encode(text).length > ANSWER_MAX)
    throw new ConnectorError('rejected', `the answer is longer than ${ANSWER_MAX} bytes`)
  if (text.trim() === '') return undefined
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new ConnectorError('rejected', 'the answer is not JSON', { cause: error })
  }
}

/** Too busy, too slow, broken: another try may help. Anything else is the receiver's word. */
function refusal(status: number, retryAfter: string | null): ConnectorError {
  if (status >= 300 && status < 400)
    return new ConnectorError('rejected', `HTTP ${status}: redirects are not followed; write the final address`)
  const again = status >= 500 || status === 408 || status === 425 || status === 429
  const seconds = Number(retryAfter)
  const retryAfterMs = again && Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : undefined
  return new ConnectorError(again ? 'transient' : 'rejected', `HTTP ${status}`, { certain: true, retryAfterMs })
}
