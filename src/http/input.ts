// Bodies from outside: a limit, JSON, a schema. What is wrong is said with the place in the body.
import type { Context } from 'hono'
import type { z } from 'zod'
import { ConnectorError, RequestError } from '#core/errors.ts'
import { readLimited } from '../files.ts'

const MAX_BYTES = 256 * 1024

export async function readBody<S extends z.ZodType>(context: Context, schema: S, max = MAX_BYTES): Promise<z.output<S>> {
  const type = context.req.header('content-type') ?? ''
  if (!/^application\/json\b/i.test(type)) throw new RequestError(415, 'not_json', 'Send JSON: content-type application/json.')
  const bytes = await readBytes(context.req.raw, max)
  return parseJson(new TextDecoder().decode(bytes), schema)
}

/** The bytes of a body. One that breaks off is its sender's mistake, not ours. */
export async function readBytes(request: Request, max: number): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return await readLimited(request, max)
  } catch (error) {
    if (error instanceof ConnectorError) throw error
    throw new RequestError(400, 'broken', 'The body broke off; send it again. / 请求正文中断，请重新发送。')
  }
}

export function parseJson<S extends z.ZodType>(text: string, schema: S): z.output<S> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new RequestError(400, 'not_json', `The body is not JSON: ${error instanceof Error ? error.message : ''}`)
  }
  const parsed = schema.safeParse(value)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new RequestError(400, 'invalid', `${issue?.path.join('.') || 'body'}: ${issue?.message ?? 'invalid'}`)
  }
  return parsed.data
}
