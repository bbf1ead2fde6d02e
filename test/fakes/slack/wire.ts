// How a call is read.
import type { Context } from 'hono'
import type { Args } from './methods.ts'

export async function argsOf(context: Context, takesJson: boolean): Promise<Args> {
  const type = context.req.header('content-type') ?? ''
  const text = await context.req.text()
  // Where Slack reads forms only, a JSON body counts as nothing.
  if (type.startsWith('application/json')) return takesJson ? (JSON.parse(text) as Args) : {}
  const args: Args = Object.fromEntries(new URLSearchParams(text))
  for (const name of ['blocks', 'metadata', 'view', 'files']) if (typeof args[name] === 'string') args[name] = JSON.parse(args[name])
  return args
}
