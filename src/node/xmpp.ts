// Lines to XMPP servers, on Node. Loaded when a desk asks for one: most houses have none.
import type { XmppLines } from '#core/xmpp.ts'

export const xmpp: XmppLines = {
  open: async (server, ears, signal) => (await import('./xmpp-line.ts')).openLine(server, ears, signal),
}
