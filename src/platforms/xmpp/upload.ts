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
  const most = Number(
    textOf(
      find(
        fields.find(({ attrs }) => attrs.var === 'max-file-size'),
        'value',
      ),
    ),
  )
  return { address, maxBytes: most > 0 ? most : Number.POSITIVE_INFINITY }
}

/** XEP-0363, 5: what a server may ask us to send along, and nothing else. */
const HEADERS = new Set(['authorization', 'cookie', 'expires'])

/** Gives the address from which everybody in the room can get it. */
export async function upload(
  client: XmppClient,
  service: UploadService,
  file: StoredFile,
  request: typeof fetch,
  signal: AbortSignal,
): Promise<string> {
  const wish = el('request', {
    xmlns: NS.upload,
    filename: file.name,
    size: String(file.bytes.length),
    'content-type': file.mime,
  })
  const answer = await client.ask(el('iq', { type: 'get', to: service.address }, wish), 'uploading a file', signal)
  const slot = find(answer, 'slot', NS.upload)
  const put = find(slot, 'put')
  const from = find(slot, 'get')?.attrs.url
  if (!put?.attrs.url || !from || !/^https?:/.test(put.attrs.url))
    throw new ConnectorError('rejected', 'the upload service gave no address')
  const headers: Record<string, string> = { 'content-type': file.mime }
  for (const header of all(put, 'header')) {
    const name = (header.attrs.name ?? '').toLowerCase()
    if (HEADERS.has(name)) headers[name] = textOf(header).replace(/[\r\n]/g, '')
  }
  let response: Response
  try {
    response = await request(put.attrs.url, { method: 'PUT', headers, body: file.bytes, signal, redirect: 'error' })
  } catch (error) {
    // A file that nobody was told of is in no room: it may be put there again.
    throw new ConnectorError('transient', `the file could not be uploaded (${brokenBy(error).detail})`, { certain: true })
  }
  await response.body?.cancel()
  if (response.ok) return from
  const kind = response.status === 413 ? 'rejected' : 'transient'
  throw new ConnectorError(kind, `the upload service answered ${response.status}`, { certain: true })
}
