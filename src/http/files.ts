// Files in and out. Nothing that a customer sent can run in a browser: only plain pictures are shown in place.
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Context } from 'hono'
import { FileRefused, type RefusedFor, safeName } from '#core/admission.ts'
import type { StoredFile } from '#core/connector.ts'
import { ConnectorError, RequestError } from '#core/errors.ts'
import { newId } from '#core/ids.ts'
import type { MediaKind } from '#core/message.ts'
import { insertAttachment } from '#store/attachments.ts'
import type { AttachmentRow } from '#store/rows.ts'
import { readBytes } from './input.ts'
import type { HttpParts } from './parts.ts'

const SHOWN = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp'])
/** Some browsers play a sound only under its own name. */
const PLAYED = /^audio\/(?:mpeg|mp3|ogg|wav|x-wav)\b/
const LINK_MS = 24 * 3_600_000

export function kindOf(mime: string): MediaKind {
  const kind = mime.split('/')[0]
  return kind === 'image' || kind === 'audio' || kind === 'video' ? kind : 'file'
}

/** Takes the raw body as a new attachment of `owner`. */
export async function receiveFile(parts: HttpParts, context: Context, from: Pick<AttachmentRow, 'source' | 'sourceId' | 'owner'>) {
  const bytes = await readBytes(context.req.raw, parts.files.limits().maxBytes)
  if (bytes.length === 0) throw new RequestError(400, 'empty', 'The file is empty. / 文件是空的。')
  const name = safeName(context.req.query('name') ?? 'file')
  const mime = sniff(bytes) ?? safeMime(context.req.header('content-type'))
  const id = newId('att', parts.clock)
  const now = parts.clock.now()
  await keep(parts, id, { bytes, name, mime })
  await insertAttachment(parts.database.db, {
    ...from,
    id,
    conversationId: null,
    ref: { id },
    name,
    mime,
    bytes: bytes.length,
    state: 'stored',
    attempts: 0,
    error: null,
    nextAt: now,
    createdAt: now,
  })
  return { id, name, mime, bytes: bytes.length }
}

const STATUS: Record<RefusedFor, [RequestError['status'], string]> = {
  too_large: [413, 'too_large'],
  kind: [415, 'kind_refused'],
  malware: [400, 'malware'],
}

async function keep(parts: HttpParts, id: string, file: StoredFile): Promise<void> {
  try {
    await parts.files.keep(id, file)
  } catch (error) {
    if (error instanceof FileRefused) throw new RequestError(...STATUS[error.because], error.message)
    if (!(error instanceof ConnectorError) || error.kind === 'unsupported') throw error
    // A scanner or a store that does not answer is our trouble, and passes.
    parts.log.error({ file: id, error: error.message }, 'a file could not be kept')
    throw new RequestError(
      503,
      'files_unavailable',
      '文件暂时无法保存，请稍后再试 / The file cannot be kept right now; try again shortly.',
      10,
    )
  }
}

function safeMime(type: string | undefined): string {
  const mime = type?.split(';')[0]?.trim().toLowerCase() ?? ''
  return /^[a-z0-9][a-z0-9.+-]{0,60}\/[a-z0-9][a-z0-9.+-]{0,60}$/.test(mime) && !mime.startsWith('image/')
    ? mime
    : 'application/octet-stream'
}

/** What the first bytes say of a picture: only what is one is shown as one. */
function sniff(bytes: Uint8Array): string | undefined {
  const starts = (...head: number[]) => head.every((byte, n) => bytes[n] === byte)
  if (starts(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)) return 'image/png'
  if (starts(0xff, 0xd8, 0xff)) return 'image/jpeg'
  if (starts(0x47, 0x49, 0x46, 0x38)) return 'image/gif'
  if (starts(0x52, 0x49, 0x46, 0x46) && [0x57, 0x45, 0x42, 0x50].every((byte, n) => bytes[n + 8] === byte)) return 'image/webp'
  return undefined
}

function isSound({ bytes, mime }: StoredFile): boolean {
  const head = new TextDecoder('latin1').decode(bytes.subarray(0, 12))
  return PLAYED.test(mime) && /^(?:ID3|OggS|RIFF....WAVE|\xff[\xe2-\xff])/s.test(head)
}

export async function sendFile(parts: HttpParts, row: AttachmentRow): Promise<Response> {
  const file = await parts.files.open(row.id)
  const shown = SHOWN.has(file.mime) && sniff(file.bytes) === file.mime
  return new Response(file.bytes, {
    headers: {
      'content-type': shown || isSound(file) ? file.mime : 'application/octet-stream',
      'content-disposition': `${shown ? 'inline' : 'attachment'}; filename*=UTF-8''${encodeURIComponent(file.name.toWellFormed())}`,
      'content-security-policy': "sandbox; default-src 'none'",
      'x-content-type-options': 'nosniff',
      'cache-control': 'private, max-age=86400',
      'cross-origin-resource-policy': 'same-site',
    },
  })
}

/** `<expiry in base 36>.<mac>`: the link opens one file until then. The expiry is on the hour, so that links can be cached. */
export function signFile(secret: string, id: string, now: Date, lasts = LINK_MS): string {
  const hour = 3_600_000
  const expires = (Math.ceil((now.getTime() + lasts) / hour) * hour).toString(36)
  return `${expires}.${mac(secret, `${id}.${expires}`)}`
}

export function isSigned(secret: string, id: string, signature: string, now: Date): boolean {
  const [expires = '', given = ''] = signature.split('.')
  const wanted = mac(secret, `${id}.${expires}`)
  const [a, b] = [Buffer.from(given), Buffer.from(wanted)]
  const same = a.length === b.length && timingSafeEqual(a, b)
  return same && Number.parseInt(expires, 36) >= now.getTime()
}

function mac(secret: string, text: string): string {
  return createHmac('sha256', `files ${secret}`).update(text).digest('base64url')
}
