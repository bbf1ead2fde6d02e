// Files that came with somebody's words become attachments of ours.
import { newId } from '#core/ids.ts'
import type { MediaRef, Part } from '#core/message.ts'
import type { Draft } from '#store/rows.ts'
import type { House } from './house.ts'

/** They are to be copied before the platform forgets them. */
export function adopt(
  draft: Draft,
  parts: Part[],
  from: { channelId?: string; deskId?: string; event: { from?: { user: string }; by?: { id: string } } },
  house: House,
): Part[] {
  return parts.map((part) => {
    if (part.type !== 'media' || part.media.id.startsWith('att_')) return part
    const media = attach(draft, part.media, part.kind, from, house)
    return { ...part, media }
  })
}

function attach(
  draft: Draft,
  ref: MediaRef,
  kind: string,
  from: { channelId?: string; deskId?: string; event: { from?: { user: string }; by?: { id: string } } },
  house: House,
): MediaRef {
  const id = newId('att', house.clock)
  const now = house.clock.now()
  const name = ref.name || kind
  const mime = ref.mime || 'application/octet-stream'
  draft.newAttachments.push({
    id,
    conversationId: draft.conversation.id,
    source: from.deskId ? 'desk' : 'channel',
    sourceId: from.deskId ?? from.channelId ?? '',
    owner: from.event.from?.user ?? from.event.by?.id ?? '',
    ref,
    name,
    mime,
    bytes: sizeOf(ref),
    state: 'remote',
    attempts: 0,
    error: null,
    nextAt: now,
    createdAt: now,
  })
  return { id, name, mime, bytes: sizeOf(ref) }
}

const MOST_BYTES = 2 ** 31 - 1

/** What a platform says of a file's size, as far as a column holds it: a file so large is refused anyway. */
function sizeOf({ bytes = 0 }: MediaRef): number {
  return Math.min(Math.max(0, Math.round(bytes)), MOST_BYTES)
}
