// Who waits for the answer to which stanza.
import { ConnectorError } from '#core/errors.ts'
import type { Xml } from '#core/xmpp.ts'

export interface Pending {
  wait(id: string): Promise<Xml>
  answer(id: string, stanza: Xml): void
  forget(id: string): void
  /** The line is lost: what was sent may have arrived. */
  lose(why: string): void
}

export function createPending(): Pending {
  const waiting = new Map<string, { resolve(stanza: Xml): void; reject(error: unknown): void }>()
  return {
    wait(id) {
      const { promise, resolve, reject } = Promise.withResolvers<Xml>()
      waiting.set(id, { resolve, reject })
      promise.catch(() => undefined) // Whoever waits hears it; who gave up need not.
      return promise
    },
    answer: (id, stanza) => waiting.get(id)?.resolve(stanza),
    forget: (id) => void waiting.delete(id),
    lose(why) {
      for (const { reject } of waiting.values())
        reject(new ConnectorError('transient', `the line to the XMPP server is lost (${why})`, { certain: false }))
      waiting.clear()
    },
  }
}
