// The HTTP server on Node, with WebSockets.
import type { IncomingMessage, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { serve, upgradeWebSocket } from '@hono/node-server'
import { getConnInfo } from '@hono/node-server/conninfo'
import type { Context } from 'hono'
import { WebSocketServer } from 'ws'
import type { App } from '../app.ts'
import type { Environment } from './environment.ts'
import { behindGate, type Closed } from './gate.ts'
import type { Pulse } from './pulse.ts'

export interface Listening {
  url: string
  /** Takes no new connections, lets those open finish, and cuts off what does not end. */
  close(): Promise<void>
}

/** How long a browser may take to answer that it goes, and a request to be answered. */
const GOODBYE_MS = 500
const CUT_MS = 1_500
/** How long somebody may take to say what they want; each keeps a connection that another could have. */
const PATIENCE = { headersMs: 20_000, lookMs: 5_000, silentMs: 60_000 }

export async function listen(
  app: Pick<App, 'fetch'>,
  env: Pick<Environment, 'host' | 'port'>,
  closed: () => Closed | undefined,
  patience = PATIENCE,
  pulse?: Pulse,
): Promise<Listening> {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: 64 * 1024 })
  const fetch = behindGate(app.fetch, closed, pulse)
  const server = await new Promise<Server>((resolve, reject) => {
    const serverOptions = {
      shouldUpgradeCallback: isWebSocket,
      headersTimeout: patience.headersMs,
      connectionsCheckingInterval: patience.lookMs,
    }
    const options = { fetch, hostname: env.host, port: env.port, websocket: { server: sockets }, serverOptions }
    const made = serve(options, () => resolve(made as Server))
    made.on('error', (error: NodeJS.ErrnoException) => reject(error.code === 'EADDRINUSE' ? new Error(inUse(env)) : error))
  })
  server.maxConnections = mostConnections()
  // In the middle of a body, or of an answer that nobody reads. WebSockets are left alone: browsers look after theirs.
  server.setTimeout(patience.silentMs)
  refuseOtherUpgrades(server)
  const { port } = server.address() as AddressInfo
  const host = env.host === '0.0.0.0' || env.host === '::' ? 'localhost' : env.host
  return {
    url: `http://${host}:${port}`,
    async close() {
      const done = new Promise<void>((resolve) => server.close(() => resolve()))
      // A browser that never says goodbye would keep us for half a minute.
      const timers = [
        setTimeout(() => {
          for (const socket of sockets.clients) socket.terminate()
          server.closeIdleConnections()
        }, GOODBYE_MS),
        setTimeout(() => server.closeAllConnections(), CUT_MS),
      ]
      await done
      for (const timer of timers) clearTimeout(timer)
    },
  }
}

/** Many clients offer to change to HTTP/2 (`Upgrade: h2c`): that is passed over, and they are answered as they asked. */
function isWebSocket({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket'
}

/**
 * A Node that does not know `shouldUpgradeCallback` gives every offer away with its socket, and the adapter passes over those that
 * are not of WebSockets: nobody would answer them, and one that broke off would end the process. The adapter must stay the only
 * listener, or it closes nothing that it refuses.
 */
function refuseOtherUpgrades(server: Server): void {
  const [adapter] = server.listeners('upgrade')
  server.removeAllListeners('upgrade')
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (isWebSocket(request)) return void adapter?.call(server, request, socket, head)
    socket.on('error', () => socket.destroy()) // Gone: as it would have been a moment later.
    socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n')
  })
}

/** What the house itself opens: the files of the embedded database above all, connections to platforms and to PostgreSQL. */
const OWN_DESCRIPTORS = 200
const LEAST_CONNECTIONS = 16

/** Each connection is a file descriptor: the last ones belong to the house, or callers could keep it from answering any of them. */
function mostConnections(): number {
  Object.assign(process.report, { excludeNetwork: true }) // Or it would look up the names of everybody who is connected.
  const { userLimits } = process.report.getReport() as { userLimits?: { open_files?: { soft?: number | string } } }
  const limit = Number(userLimits?.open_files?.soft)
  return Number.isInteger(limit) ? Math.max(LEAST_CONNECTIONS, limit - OWN_DESCRIPTORS) : Number.POSITIVE_INFINITY
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
