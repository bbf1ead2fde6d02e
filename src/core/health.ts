// How a part is, by an error of it: the same whether somebody asked or it happened at work.
import type { Health } from './connector.ts'
import { ConnectorError, reason } from './errors.ts'
import { LineUnsafe } from './mail.ts'

/** `misconfigured`: it does not mend itself, somebody has to change something. */
export function healthOf(error: unknown): Health {
  const kind = error instanceof ConnectorError ? error.kind : 'transient'
  const detail = reason(error)
  if (kind === 'unauthorized') return { state: 'bad_credentials', detail }
  // Tried again by itself, since a certificate may be renewed; but whoever looks must know that waiting is no help.
  if (error instanceof LineUnsafe) return { state: 'misconfigured', detail }
  return { state: kind === 'transient' || kind === 'rate_limited' ? 'transient' : 'misconfigured', detail }
}
