// The app's side of the bridge to the loader. The loader names its page's origin in our address; a wrong name would only
// make the browser drop our messages, because postMessage delivers to that exact origin and no other.
import type { Marked, ToApp, ToHost } from '../bridge.ts'

export interface Place {
  channel: string
  /** Where the app was served from, with a slash at its end: a prefix may stand before `widget/`. */
  base: URL
  /** In a page's iframe; false when the chat was opened by itself (a link, a mini program's web view). */
  embedded: boolean
  page?: string
  referrer?: string
  locale?: string
  color?: string
}

const params = new URLSearchParams(location.hash.slice(1))
const hostOrigin = params.get('origin') ?? ''

export function readPlace(): Place {
  const [, prefix = '/', channel = ''] = /^(.*\/)widget\/([^/]+)/.exec(location.pathname) ?? []
  const embedded = window.parent !== window && hostOrigin !== ''
  return {
    channel: decodeURIComponent(channel),
    base: new URL(prefix, location.origin),
    embedded,
    page: params.get('page') ?? (embedded ? undefined : location.origin + location.pathname),
    referrer: (params.get('referrer') ?? document.referrer) || undefined,
    locale: params.get('locale') ?? undefined,
    color: params.get('color') ?? undefined,
  }
}

export function tellHost(message: ToHost): void {
  if (window.parent !== window && hostOrigin) window.parent.postMessage({ frontdesk: 1, ...message } satisfies Marked<ToHost>, hostOrigin)
}

export function listenToHost(listener: (message: ToApp) => void): void {
  window.addEventListener('message', (event) => {
    if (event.origin !== hostOrigin || event.source !== window.parent) return
    const data = event.data as Partial<Marked<ToApp>> | null
    if (data?.frontdesk === 1 && data.type) listener(data as ToApp)
  })
}
