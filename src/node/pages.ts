// The built pages: the widget, the console, the demo shop. Listed at the start; a path from outside never becomes a file name.
import { readdirSync, readFileSync } from 'node:fs'
import { extname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Context, Hono } from 'hono'

const dist = fileURLToPath(new URL('../../dist', import.meta.url))

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
}

const CONSOLE_POLICY =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; media-src 'self' blob:; connect-src 'self' ws: wss:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
const DEMO_POLICY = "default-src 'self'; frame-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'"

interface Page {
  bytes: Uint8Array<ArrayBuffer>
  type: string
}

/** Adds the routes of the pages. `origins` tells which sites may frame a channel's widget. */
export function pages(app: Hono, originsOf: (channel: string) => string[] = () => []): void {
  const files = readAll(dist)
  const page = (name: string) => files.get(name)
  const send = (context: Context, name: string, headers: Record<string, string> = {}) => {
    const found = page(name)
    return found ? new Response(found.bytes, { headers: { 'content-type': found.type, ...headers } }) : context.notFound()
  }
  app.get('/', (context) => send(context, 'demo/index.html', { 'content-security-policy': DEMO_POLICY, 'cache-control': 'no-cache' }))
  app.get('/demo/*', (context) => send(context, context.req.path.slice(1), { 'cache-control': 'no-cache' }))
  app.get('/widget.js', (context) =>
    send(context, 'widget/loader.js', {
      'cache-control': 'public, max-age=300',
      'access-control-allow-origin': '*',
      'cross-origin-resource-policy': 'cross-origin',
    }),
  )
  app.get('/widget/app.js', (context) => send(context, 'widget/app.js', { 'cache-control': 'public, max-age=300' }))
  app.get('/widget/app.css', (context) => send(context, 'widget/app.css', { 'cache-control': 'public, max-age=300' }))
  app.get('/widget/:channel', (context) =>
    send(context, 'widget/widget.html', {
      'content-security-policy': widgetPolicy(originsOf(context.req.param('channel'))),
      'cache-control': 'no-cache',
    }),
  )
  app.get('/console', (context) =>
    send(context, 'console/index.html', { 'content-security-policy': CONSOLE_POLICY, 'cache-control': 'no-cache' }),
  )
  app.get('/console/*', (context) => {
    const asset = page(context.req.path.slice(1))
    if (!asset) return send(context, 'console/index.html', { 'content-security-policy': CONSOLE_POLICY, 'cache-control': 'no-cache' })
    const lasting = context.req.path.startsWith('/console/assets/')
    return send(context, context.req.path.slice(1), { 'cache-control': lasting ? 'public, max-age=31536000, immutable' : 'no-cache' })
  })
}

function widgetPolicy(origins: string[]): string {
  const frames = origins.includes('*') ? '*' : ["'self'", ...origins].join(' ')
  return `default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self' ws: wss:; img-src 'self' https: blob: data:; media-src 'self' blob:; base-uri 'none'; frame-ancestors ${frames}`
}

function readAll(folder: string): Map<string, Page> {
  const files = new Map<string, Page>()
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    const type = types[extname(entry.name)] ?? 'application/octet-stream'
    files.set(relative(folder, path).split(sep).join('/'), { bytes: new Uint8Array(readFileSync(path)), type })
  }
  return files
}
