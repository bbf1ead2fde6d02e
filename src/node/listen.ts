// The HTTP server on Node, with WebSockets.
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { serve, upgradeWebSocket } from '@hono/node-server'
import { getConnInfo } from '@hono/node-server/conninfo'
import type { Context } from 'hono'
import { WebSocketServer } from 'ws'
import type { App } from '../app.ts'
import type { Environment } from './environment.ts'

export interface Listening {
  url: string
  /** Takes no new connections; those open may finish. */
  refuse(): void
  close(): Promise<void>
}

const CLOSE_MS = 3_000

export async function listen(app: App, env: Pick<Environment, 'host' | 'port'>): Promise<Listening> {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: 64 * 1024 })
  const server = await new Promise<Server>((resolve, reject) => {
    const made = serve({ fetch: app.fetch, hostname: env.host, port: env.port, websocket: { server: sockets } }, () =>
      resolve(made as Server),
    )
    made.on('error', (error: NodeJS.ErrnoException) => reject(error.code === 'EADDRINUSE' ? new Error(inUse(env)) : error))
  })
  const { port } = server.address() as AddressInfo
  const host = env.host === '0.0.0.0' || env.host === '::' ? 'localhost' : env.host
  return {
    url: `http://${host}:${port}`,
    refuse: () => void server.close(),
    close: () =>
      new Promise((resolve) => {
        const force = setTimeout(() => server.closeAllConnections(), CLOSE_MS)
        server.closeIdleConnections()
        server.once('close', () => clearTimeout(force))
        if (server.listening) server.close(() => resolve())
        else server.getConnections((_error, open) => (open === 0 ? finish() : server.once('close', finish)))
        function finish() {
          clearTimeout(force)
          resolve()
        }
      }),
  }
}

function inUse({ host, port }: Pick<Environment, 'host' | 'port'>): string {
  return `${host}:${port} is in use by another program. Choose another port: PORT=${port + 1} npm start\n${host}:${port} 已被占用。请换一个端口:PORT=${port + 1} npm start`
}

/** What the app needs of this runtime. */
listen.parts = (env: Pick<Environment, 'trustProxy'>) => ({
  upgrade: upgradeWebSocket,
  clientIp(context: Context): string {
    const direct = getConnInfo(context).remote.address ?? 'unknown'
    // The last hop is the only one that the proxy itself wrote.
    return env.trustProxy ? (context.req.header('x-forwarded-for')?.split(',').at(-1)?.trim() ?? direct) : direct
  },
})
