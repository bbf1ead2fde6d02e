// How a call is read, and how an answer is broken off.
import type { IncomingMessage } from 'node:http'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import type { Context } from 'hono'
import type { Args } from './methods.ts'

export type Env = { Bindings: { incoming: IncomingMessage } }

export function cutOff(context: Context<Env>): Response {
  context.env.incoming.socket.resetAndDestroy()
  return RESPONSE_ALREADY_SENT
}

export async function argsOf(context: Context, takesJson: boolean): Promise<Args> {
  const type = context.req.header('content-type') ?? ''
  const text = await context.req.text()
  // Where Slack reads forms only, a JSON body counts as nothing.
  if (type.startsWith('application/json')) return takesJson ? (JSON.parse(text) as Args) : {}
  const args: Args = Object.fromEntries(new URLSearchParams(text))
  for (const name of ['blocks', 'metadata', 'view', 'files']) if (typeof args[name] === 'string') args[name] = JSON.parse(args[name])
  return args
}
