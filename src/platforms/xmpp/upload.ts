// Files by HTTP upload (XEP-0363): the server gives an address to put a file at, and one to get it from.
import type { StoredFile } from '#core/connector.ts'
import { ConnectorError } from '#core/errors.ts'
import type { Xml } from '#core/xmpp.ts'
import { brokenBy } from '../wire.ts'
import type { XmppClient } from './client.ts'
import { all, domainOf, el, find, NS, textOf } from './stanza.ts'

export interface UploadService {
  address: string
  maxBytes: number
}

/** Whom the server names for it; undefined: nobody. */
export async function findUpload(client: XmppClient, signal: AbortSignal): Promise<UploadService | undefined> {
  const query = (xmlns: string, to: string) =>
    client.ask(el('iq', { type: 'get', to }, el('query', { xmlns })), 'asking the server', signal)
  const items = await query(NS.items, domainOf(client.own))
  const addresses = all(find(items, 'query', NS.items), 'item').flatMap(({ attrs }) => attrs.jid ?? [])
  const found = await Promise.all(
    addresses.map(async (address) => {
      try {
        return limitOf(address, await query(NS.info, address))
      } catch (error) {
        if (error instanceof ConnectorError && error.certain && error.kind !== 'transient') return undefined // It tells nothing of itself.
        throw error
      }
    }),
  )
  return found.find((one) => one !== undefined)
}

function limitOf(address: string, answer: Xml): UploadService | undefined {
  const info = find(answer, 'query', NS.info)
  if (!all(info, 'feature').some(({ attrs }) => attrs.var === NS.upload)) return undefined
  const fields = all(info, 'x', NS.data).flatMap((form) => all(form, 'field'))
  const limit = fields.find(({ attrs }) => attrs.var === 'max-file-size')
  const most = Number(textOf(find(limit, 'value')))
  return { address, maxBytes: most > 0 ? most : Number.POSITIVE_INFINITY }
}

interface Slot {
  to: string
  /** What the server asks us to send along. */
  headers: Record<string, string>
  /** Where everybody gets it then. */
  from: string
}

/** XEP-0363, 5: of what a server may ask us to send along there is this, and nothing else. */
const HEADERS = new Set(['authorization', 'cookie', 'expires'])

export async function askSlot(
  client: XmppClient,
  service: UploadService,
  { name, size, mime }: { name: string; size: number; mime: string },
  signal: AbortSignal,
): Promise<Slot> {
  const wish = el('request', { xmlns: NS.upload, filename: name, size: String(size), 'content-type': mime })
  const answer = await client.ask(el('iq', { type: 'get', to: service.address }, wish), 'uploading a file', signal)
  const slot = find(answer, 'slot', NS.upload)
  const put = find(slot, 'put')
  const [to, from] = [put?.attrs.url, find(slot, 'get')?.attrs.url]
  if (!to || !from || !/^https?:/.test(to)) throw new ConnectorError('rejected', 'the upload service gave no address')
  const headers: Record<string, string> = { 'content-type': mime }
  for (const header of all(put, 'header')) {
    const name = (header.attrs.name ?? '').toLowerCase()
    if (HEADERS.has(name)) headers[name] = textOf(header).replace(/[\r\n]/g, '')
  }
  return { to, headers, from }
}

/** Gives the address from which everybody in the room can get it. */
export async function upload(
  client: XmppClient,
  service: UploadService,
  file: StoredFile,
  request: typeof fetch,
  signal: AbortSignal,
): Promise<string> {
  const { to, headers, from } = await askSlot(client, service, { name: file.name, size: file.bytes.length, mime: file.mime }, signal)
  let response: Response
  try {
    response = await request(to, { method: 'PUT', headers, body: file.bytes, signal, redirect: 'error' })
  } catch (error) {
    // A file that nobody was told of is in no room: it may be put there again.
    throw new ConnectorError('transient', `the file could not be uploaded (${brokenBy(error).detail})`, { certain: true })
  }
  await response.body?.cancel()
  if (response.ok) return from
  const kind = response.status === 413 ? 'rejected' : 'transient'
  throw new ConnectorError(kind, `the upload service answered ${response.status}`, { certain: true })
}
