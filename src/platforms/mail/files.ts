// The files of mails: as parts of a message, and opened again.
import type { Deps } from '#core/connector.ts'
import { ConnectorError } from '#core/errors.ts'
import type { MediaKind, MediaRef, Part } from '#core/message.ts'
import type { EnclosedFile } from './body.ts'

/** Travels within its own handle; larger files are kept aside. */
const INLINE_MAX = 16 * 1024

/** Nobody keeps a mail's files for us: a small one travels in its own handle until it is copied, a large one is put aside now. */
export async function fileOf({ name: given, mime, bytes }: EnclosedFile, { keep }: Pick<Deps, 'keep'>): Promise<Part> {
  const name = (given ?? '')
    .replaceAll(/[\p{Cc}/\\]+/gu, '_')
    .trim()
    .slice(0, 200)
  const type = /^[\w.+-]+\/[\w.+-]+$/.test(mime) ? mime : 'application/octet-stream'
  const kept = bytes.length > INLINE_MAX ? await keepAside(bytes, keep) : undefined
  const id = kept ?? `data:${type};base64,${Buffer.from(bytes).toString('base64')}`
  return { type: 'media', kind: kindOf(type), media: { id, ...(name && { name }), mime: type, bytes: bytes.length } }
}

/** Where nothing can be kept, what came with the mail is told all the same. */
async function keepAside(bytes: Uint8Array, keep: Deps['keep']): Promise<string | undefined> {
  try {
    return await keep?.(bytes)
  } catch (error) {
    if (error instanceof ConnectorError && error.kind === 'unsupported') return undefined
    throw error
  }
}

function kindOf(mime: string): MediaKind {
  const [kind] = mime.split('/')
  return kind === 'image' || kind === 'audio' || kind === 'video' ? kind : 'file'
}

/** What `fileOf` made a handle for. */
export async function openFile(ref: MediaRef, { kept }: Pick<Deps, 'kept'>): Promise<Response> {
  const [, mime, data] = /^data:([^;,]+);base64,(.*)$/s.exec(ref.id) ?? []
  const bytes = mime ? Buffer.from(data ?? '', 'base64') : await kept?.(ref.id)
  if (!bytes) throw new ConnectorError('rejected', 'this is no file of a mail')
  return new Response(new Uint8Array(bytes), { headers: { 'content-type': mime ?? ref.mime ?? 'application/octet-stream' } })
}
