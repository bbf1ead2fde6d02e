// A thin client for endpoints that speak like OpenAI's: `/embeddings` and `/chat/completions`. What comes back is checked for its
// shape and bounded; a key never stands in an error.
import { z } from 'zod'
import type { Exchange } from '#core/connector.ts'
import { ConnectorError } from '#core/errors.ts'
import { ask, unanswered } from './wire.ts'

export interface OpenAiSettings {
  baseUrl: string
  apiKey?: string
}

export interface Completion {
  model: string
  system: string
  user: string
  maxTokens: number
  jsonMode: boolean
}

export interface OpenAi {
  /** One vector for each text, in order. */
  embed(texts: readonly string[], how: { model: string; dimensions?: number } & Patience): Promise<number[][]>
  /** What the model said. */
  complete(completion: Completion, how: Patience): Promise<string>
}

export interface Patience {
  signal: AbortSignal
  deadlineMs: number
}

const COMPLETION_MAX = 256 * 1024
/** 512 texts of 4,096 numbers of 12 characters. */
const VECTORS_MAX = 32 * 1024 * 1024

const vectors = z.object({ data: z.array(z.object({ index: z.int().min(0), embedding: z.array(z.number()).min(1) })) })
const completion = z.object({ choices: z.array(z.object({ message: z.object({ content: z.string() }) })).min(1) })

export function createOpenAi({ baseUrl, apiKey }: OpenAiSettings, exchange: Exchange): OpenAi {
  const scrub = (text: string) => (apiKey ? text.replaceAll(apiKey, '…') : text)

  async function call(path: string, body: object, most: number, { signal, deadlineMs }: Patience): Promise<unknown> {
    const headers = { 'content-type': 'application/json', accept: 'application/json', ...(apiKey && { authorization: `Bearer ${apiKey}` }) }
    const url = `${baseUrl.replace(/\/+$/, '')}${path}`
    const asked = ask(exchange, url, { method: 'POST', headers, body: JSON.stringify(body), signal, deadlineMs, most: most + 1 })
    const answer = await asked.catch((error: unknown) => {
      throw unanswered(error, 'the assistant', scrub)
    })
    if (answer.status !== 200) throw refusal(answer.status, answer.header('retry-after'), scrub(answer.text))
    if (answer.text.length > most) throw new ConnectorError('rejected', 'the assistant answered more than was asked for')
    try {
      return JSON.parse(answer.text)
    } catch (error) {
      throw new ConnectorError('rejected', 'the assistant answered something that is not JSON', { cause: error })
    }
  }

  return {
    async embed(texts, { model, dimensions, ...patience }) {
      const body = { model, input: texts, encoding_format: 'float', ...(dimensions && { dimensions }) }
      const { data } = shaped(vectors, await call('/embeddings', body, VECTORS_MAX, patience))
      const ordered = texts.map((_, n) => data.find(({ index }) => index === n)?.embedding)
      if (data.length !== texts.length || ordered.includes(undefined))
        throw new ConnectorError('rejected', `the assistant gave ${data.length} vectors for ${texts.length} texts`)
      return ordered as number[][]
    },
    async complete({ model, system, user, maxTokens, jsonMode }, patience) {
      const body = {
        model,
        temperature: 0,
        max_tokens: maxTokens,
        messages: [
          { role: 'system', content: system },
          { role: 'user', content: user },
        ],
        ...(jsonMode && { response_format: { type: 'json_object' } }),
      }
      const { choices } = shaped(completion, await call('/chat/completions', body, COMPLETION_MAX, patience))
      return choices[0]?.message.content ?? ''
    },
  }
}

function shaped<T>(schema: z.ZodType<T>, given: unknown): T {
  const parsed = schema.safeParse(given)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new ConnectorError('rejected', `the assistant's answer is of another shape: ${issue?.path.join('.')}: ${issue?.message}`)
}

function refusal(status: number, retryAfter: string | null, text: string): ConnectorError {
  const told = `HTTP ${status}${wordsOf(text)}`
  if (status === 401 || status === 403) return new ConnectorError('unauthorized', told)
  const again = status >= 500 || status === 408 || status === 429
  const seconds = Number(retryAfter)
  const retryAfterMs = again && Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : undefined
  return new ConnectorError(status === 429 ? 'rate_limited' : again ? 'transient' : 'rejected', told, { certain: true, retryAfterMs })
}

/** `{ error: { message } }`, shortened. */
function wordsOf(text: string): string {
  try {
    const said = z.object({ error: z.object({ message: z.string() }) }).safeParse(JSON.parse(text))
    return said.success ? `: ${said.data.error.message.replaceAll(/\s+/g, ' ').slice(0, 200)}` : ''
  } catch {
    return ''
  }
}
