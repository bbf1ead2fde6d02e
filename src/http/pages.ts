// The built pages: the widget, the console, the demo shop, with the policies under which browsers show them.
import type { Context, Hono } from 'hono'

/** A file of `dist/` by its path in there. A path that leads elsewhere finds nothing. */
export type ReadPage = (name: string) => BodyInit | undefined | Promise<BodyInit | undefined>

/** A channel as the pages need it: of web chats, who may frame them and the shop's colour. */
export interface Shown {
  id: string
  type: string
  settings: Record<string, unknown>
}

/** Stands in the loader as it is built; the colours of the house's chats come in its place. */
export const COLOURS = '{"frontdesk":"colours"}'

/** The script with the colours in it, so that a button has its shop's from the first paint, and no site asks twice. */
export function withColours(script: string, channels: readonly Shown[]): string {
  const known = channels.flatMap(({ id, type, settings: { color } }): [string, string][] =>
    type === 'web' && typeof color === 'string' && /^#[0-9a-f]{6}$/i.test(color) ? [[id, color]] : [],
  )
  return script.replace(COLOURS, () => JSON.stringify(Object.fromEntries(known)))
}

const types: Record<string, string> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  png: 'image/png',
  ico: 'image/x-icon',
  woff2: 'font/woff2',
}

const CONSOLE_POLICY =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; media-src 'self' blob:; connect-src 'self' ws: wss:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
const DEMO_POLICY = "default-src 'self'; frame-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'"

/** Adds the routes of the pages. `channels` are those of the house: read at the start, as everywhere. */
export function pageRoutes(app: Hono, read: ReadPage, channels: readonly Shown[]): void {
  const send = async (context: Context, name: string, headers: Record<string, string>) => {
    const body = await read(name)
    if (body === undefined) return context.notFound()
    const type = types[name.split('.').at(-1) ?? ''] ?? 'application/octet-stream'
    return new Response(body, { headers: { 'content-type': type, ...headers } })
  }
  const fresh = (policy: string) => ({ 'content-security-policy': policy, 'cache-control': 'no-cache' })
  const brief = { 'cache-control': 'public, max-age=300' }
  const anywhere = { ...brief, 'access-control-allow-origin': '*', 'cross-origin-resource-policy': 'cross-origin' }
  const console = (context: Context) => send(context, 'console/index.html', fresh(CONSOLE_POLICY))

  app.get('/', (context) => send(context, 'demo/index.html', fresh(DEMO_POLICY)))
  app.get('/demo/*', (context) => send(context, context.req.path.slice(1), { 'cache-control': 'no-cache' }))
  app.get('/widget.js', async (context) => {
    const script = await read('widget/loader.js')
    if (script === undefined) return context.notFound()
    const headers = { 'content-type': types.js as string, ...anywhere }
    return new Response(withColours(await new Response(script).text(), channels), { headers })
  })
  app.get('/widget/app.js', (context) => send(context, 'widget/app.js', brief))
  app.get('/widget/app.css', (context) => send(context, 'widget/app.css', brief))
  app.get('/widget/:channel', (context) =>
    send(context, 'widget/widget.html', fresh(widgetPolicy(originsOf(channels, context.req.param('channel'))))),
  )
  app.get('/console', console)
  app.get('/console/*', async (context) => {
    const { path } = context.req
    const lasting = path.startsWith('/console/assets/')
    const found = await send(context, path.slice(1), { 'cache-control': lasting ? 'public, max-age=31536000, immutable' : 'no-cache' })
    return found.status === 404 ? console(context) : found
  })
}

function originsOf(channels: readonly Shown[], channel: string): string[] {
  const origins = channels.find(({ id }) => id === channel)?.settings.origins
  return Array.isArray(origins) ? origins : []
}

function widgetPolicy(origins: string[]): string {
  const frames = origins.includes('*') ? '*' : ["'self'", ...origins].join(' ')
  return `default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self' ws: wss:; img-src 'self' https: blob: data:; media-src 'self' blob:; base-uri 'none'; frame-ancestors ${frames}`
}
