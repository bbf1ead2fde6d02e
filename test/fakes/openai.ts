// A strict fake of an endpoint that speaks like OpenAI's, on loopback: `/v1/embeddings` and `/v1/chat/completions`. Its vectors know a
// few meanings, so that words that share no letter can be alike; what its model says, the test decides.
import type { AddressInfo } from 'node:net'
import { type ServerType, serve } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { type Context, Hono } from 'hono'
import { z } from 'zod'
import type { Env } from './faults.ts'

export type OpenAiFault = 'unauthorized' | 'rate_limited' | 'server_error' | 'reset' | 'hang' | 'html' | 'huge' | 'shapeless'

const embeddings = z.strictObject({
  model: z.string(),
  input: z.array(z.string().min(1)).min(1).max(2048),
  encoding_format: z.literal('float'),
  dimensions: z.int().positive().optional(),
})
const chat = z.strictObject({
  model: z.string(),
  temperature: z.number().min(0).max(2),
  max_tokens: z.int().positive(),
  messages: z.tuple([
    z.strictObject({ role: z.literal('system'), content: z.string().min(1) }),
    z.strictObject({ role: z.literal('user'), content: z.string().min(1) }),
  ]),
  response_format: z.strictObject({ type: z.literal('json_object') }).optional(),
})

/** What the model was shown. */
export interface Asked {
  question: string
  entries: { code: string; title: string; examples: string[]; text?: string }[]
}

export class FakeOpenAi {
  readonly key = 'sk-fake-0123456789'
  url = ''
  /** Every text that a vector was made of. */
  embedded: string[] = []
  asked: Asked[] = []
  /** What the model says; the default knows nothing. */
  says: (asked: Asked) => string = () => '{"entry": null}'
  #fault: OpenAiFault | undefined
  #server: ServerType | undefined
  readonly #meanings: string[][]

  /** Each list holds words of one meaning. */
  constructor(meanings: string[][] = []) {
    this.#meanings = meanings
  }

  async start(): Promise<this> {
    const app = new Hono<Env>()
    app.post('/v1/embeddings', (context) => this.#answer(context, embeddings, ({ model, input }) => this.#embed(model, input)))
    app.post('/v1/chat/completions', (context) =>
      this.#answer(context, chat, ({ model, messages }) => this.#complete(model, messages[1].content)),
    )
    app.notFound((context) =>
      context.json({ error: { message: `Unknown request URL: ${context.req.path}`, type: 'invalid_request_error' } }, 404),
    )
    await new Promise<void>((resolve) => {
      this.#server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }: AddressInfo) => {
        this.url = `http://127.0.0.1:${port}/v1`
        resolve()
      })
    })
    return this
  }

  /** From now on, until another is set. */
  fault(fault: OpenAiFault | undefined): void {
    this.#fault = fault
  }

  async stop(): Promise<void> {
    const server = this.#server
    if (server && 'closeAllConnections' in server) server.closeAllConnections()
    await new Promise<void>((resolve) => server?.close(() => resolve()) ?? resolve())
  }

  async #answer<T>(context: Context<Env>, schema: z.ZodType<T>, answer: (body: T) => object): Promise<Response> {
    if (this.#fault) return this.#fail(context, this.#fault)
    if (context.req.header('authorization') !== `Bearer ${this.key}`)
      return refuse(401, `Incorrect API key provided: ${context.req.header('authorization')?.slice(7)}.`)
    const body = schema.safeParse(await context.req.json().catch(() => undefined))
    if (!body.success) return refuse(400, z.prettifyError(body.error))
    return Response.json(answer(body.data))
  }

  async #fail({ env }: Context<Env>, fault: OpenAiFault): Promise<Response> {
    switch (fault) {
      case 'unauthorized':
        return refuse(401, 'Incorrect API key provided.')
      case 'rate_limited':
        return refuse(429, 'Rate limit reached', { 'retry-after': '7' })
      case 'server_error':
        return refuse(503, 'The engine is currently overloaded')
      case 'html':
        return new Response('<html>Bad gateway</html>', { headers: { 'content-type': 'text/html' } })
      case 'huge':
        return new Response(`{"choices":[{"message":{"content":"${'x'.repeat(1024 * 1024)}"}}]}`)
      case 'shapeless':
        return Response.json({ choices: 'none', data: [{ index: 0 }] })
      case 'hang':
        return new Promise(() => undefined)
      case 'reset':
        env.incoming.socket.destroy()
        return RESPONSE_ALREADY_SENT
    }
  }

  #embed(model: string, input: string[]): object {
    this.embedded.push(...input)
    return {
      object: 'list',
      model,
      data: input.map((text, index) => ({ object: 'embedding', index, embedding: this.#vector(text) })).reverse(),
    }
  }

  /** A dimension for each meaning, and a few for the letters, so that no two texts are quite the same. */
  #vector(text: string): number[] {
    const low = text.toLowerCase()
    const letters = Array.from({ length: 16 }, () => 0)
    for (const letter of low) letters[(letter.codePointAt(0) ?? 0) % 16] = (letters[(letter.codePointAt(0) ?? 0) % 16] ?? 0) + 0.02
    return [...this.#meanings.map((words) => (words.some((word) => low.includes(word)) ? 1 : 0)), ...letters, 0.05]
  }

  #complete(model: string, content: string): object {
    const asked = JSON.parse(content) as Asked
    this.asked.push(asked)
    return {
      id: 'chatcmpl-1',
      object: 'chat.completion',
      model,
      choices: [{ index: 0, message: { role: 'assistant', content: this.says(asked) }, finish_reason: 'stop' }],
    }
  }
}

function refuse(status: number, message: string, headers: Record<string, string> = {}): Response {
  return Response.json({ error: { message, type: 'invalid_request_error', param: null, code: null } }, { status, headers })
}
