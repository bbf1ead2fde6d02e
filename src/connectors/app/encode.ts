// Our messages as the events that the company's server reads. The same shapes go both ways: see docs/channels/app.md.
import { stripMarkdown } from '#core/adapt.ts'
import type { Outbound } from '#core/connector.ts'
import { ConnectorError } from '#core/errors.ts'
import type { Address, MediaRef, Part } from '#core/message.ts'

/** A signed link to a file of ours, where we have a public address. */
export type Link = (ref: MediaRef) => string | undefined

export function encode(type: 'message' | 'edit', message: Outbound, link: Link): Record<string, unknown> {
  const parts = message.parts.map((part) => encodePart(part, link))
  return {
    type,
    id: message.key,
    ...addressOf(message.to),
    ...(message.replyTo !== undefined && { replyTo: message.replyTo }),
    ...(message.sender && { sender: message.sender }),
    parts,
    text: parts.map(wordsOf).filter(Boolean).join('\n'),
  }
}

export function addressOf({ user, thread }: Address): Record<string, unknown> {
  return { user: { id: user }, ...(thread !== undefined && { thread }) }
}

type Encoded = ReturnType<typeof encodePart>

function encodePart(part: Part, link: Link) {
  switch (part.type) {
    case 'text':
    case 'buttons':
    case 'location':
      return part
    case 'media': {
      const { name, mime, bytes } = part.media
      const caption = part.caption === undefined ? {} : { caption: part.caption }
      return { type: part.kind, url: linkTo(part.media, link), name, mime, bytes, ...caption }
    }
    case 'unsupported':
      throw new ConnectorError('unsupported', `an app cannot be sent "${part.what}"`)
  }
}

function linkTo(ref: MediaRef, link: Link): string {
  const url = link(ref)
  if (url === undefined)
    throw new ConnectorError(
      'unsupported',
      'files leave as links, which need publicUrl in frontdesk.yaml / 文件以链接发送，需要在 frontdesk.yaml 中设置 publicUrl',
    )
  return url
}

/** The whole message for an app that shows nothing but text: as on any channel, a typed `2` is the second button. */
function wordsOf(part: Encoded): string {
  switch (part.type) {
    case 'text':
      return part.format === 'markdown' ? stripMarkdown(part.text) : part.text
    case 'buttons':
      return [part.text, ...part.buttons.map(({ label, url }, n) => `${n + 1}. ${label}${url === undefined ? '' : `: ${url}`}`)].join('\n')
    case 'location':
      return [part.title, `${part.lat},${part.lng}`].filter(Boolean).join(' ')
    default:
      return [`${part.name ?? part.type}: ${part.url}`, part.caption].filter(Boolean).join('\n')
  }
}
