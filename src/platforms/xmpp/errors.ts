// What an error stanza means (RFC 6120, 8.3).
import { ConnectorError, type ErrorKind } from '#core/errors.ts'
import type { Xml } from '#core/xmpp.ts'
import { elements, find, NS, textOf } from './stanza.ts'

/** A server says "later" and not when. */
const LATER_MS = 7_000

/** What a condition means of a room. */
const KINDS: Record<string, ErrorKind> = {
  gone: 'thread_gone',
  'item-not-found': 'thread_gone',
  'not-authorized': 'unauthorized',
  'recipient-unavailable': 'recipient_gone',
  'remote-server-not-found': 'recipient_gone',
  'jid-malformed': 'recipient_gone',
  'internal-server-error': 'transient',
  'undefined-condition': 'transient',
  'remote-server-timeout': 'transient',
  'service-unavailable': 'transient',
  'not-acceptable': 'transient',
  redirect: 'transient',
}

/** Conditions after which nothing was done; of others nobody knows. */
const NOTHING_DONE = new Set(['service-unavailable', 'not-acceptable', 'redirect'])

export function conditionOf(stanza: Xml): string {
  const error = find(stanza, 'error')
  return elements(error).find(({ attrs, name }) => attrs.xmlns === NS.stanzas && name !== 'text')?.name ?? 'undefined-condition'
}

/** `what` we wanted to do: the beginning of what people read. */
export function errorOf(stanza: Xml, what: string): ConnectorError {
  const condition = conditionOf(stanza)
  const error = find(stanza, 'error')
  const said = textOf(find(error, 'text', NS.stanzas)).slice(0, 200)
  const words = `${what}: the XMPP server answers ${condition}${said ? ` (${said})` : ''}`
  const isWait = condition === 'resource-constraint' || condition === 'policy-violation'
  if (isWait) return new ConnectorError('rate_limited', words, { retryAfterMs: LATER_MS })
  const kind = (Object.hasOwn(KINDS, condition) && KINDS[condition]) || 'rejected'
  return new ConnectorError(kind, words, kind === 'transient' ? { certain: NOTHING_DONE.has(condition) } : {})
}
