// What an address says of itself (XEP-0030), with the form that comes along (XEP-0128).
import type { XmppClient } from './client.ts'
import { all, el, find, NS, textOf } from './stanza.ts'

export interface Info {
  features: ReadonlySet<string | undefined>
  /** A field of the form; undefined: it says nothing of it. */
  value(name: string): string | undefined
}

export async function askInfo(client: XmppClient, to: string, what: string, signal: AbortSignal): Promise<Info> {
  const answer = await client.ask(el('iq', { type: 'get', to }, el('query', { xmlns: NS.info })), what, signal)
  const query = find(answer, 'query', NS.info)
  const fields = all(query, 'x', NS.data).flatMap((form) => all(form, 'field'))
  return {
    features: new Set(all(query, 'feature').map(({ attrs }) => attrs.var)),
    value(name) {
      const field = fields.find(({ attrs }) => attrs.var === name)
      return field && textOf(find(field, 'value'))
    },
  }
}
