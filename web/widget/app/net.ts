// The one server that this window talks to, and what it keeps in this browser.
import { chatApi } from './api.ts'
import { readPlace, tellHost } from './host.ts'
import { openStore } from './storage.ts'

export const place = readPlace()
export const api = chatApi(place.base, place.channel)
/** Each channel has its own visitor: two shops on one gateway share nothing. */
export const storePrefix = `frontdesk:${place.channel}:`
export const store = openStore(
  () => window.localStorage,
  storePrefix,
  (key, text) => tellHost({ type: 'keep', key, text }),
)
