// What a message is made of, drawn without any HTML of others.
import { Fragment } from 'react'
import type { ChatFile, ChatPart } from '#http/chat/protocol.ts'
import { Icon } from '../icons.tsx'
import { blocks, type Inline, inline } from '../markdown.ts'
import { createStore } from '../store.ts'
import { fileSize } from '../time.ts'
import { useWords } from '../words.ts'

/** The picture that is shown large. */
export const lightbox = createStore<ChatFile | null>(null)

export function Parts({ parts, small }: { parts: readonly ChatPart[]; small?: boolean }) {
  return parts.map((part, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: parts of a message have no ids and keep their order
    <Part key={index} part={part} small={small} />
  ))
}

function Part({ part, small }: { part: ChatPart; small?: boolean }) {
  const t = useWords()
  switch (part.type) {
    case 'text':
      return <Words text={part.text} markdown={part.format === 'markdown'} small={small} />
    case 'buttons':
      return (
        <>
          <Words text={part.text} small={small} />
          <ul aria-label={t.offered} className={`flex flex-wrap gap-1.5 ${small ? 'justify-center py-1' : ''}`}>
            {part.buttons.map((button) => (
              <li
                key={button.id}
                title={button.url}
                className="inline-flex items-center gap-1 rounded-full border border-line-strong px-2.5 py-0.5 text-xs text-muted"
              >
                {button.url && <Icon name="link" size={12} />}
                {button.label}
              </li>
            ))}
          </ul>
        </>
      )
    case 'media':
      return <Media part={part} />
    case 'location':
      return <Place part={part} />
    case 'unsupported':
      return (
        <p className="flex items-center gap-1.5 text-sm text-faint">
          <Icon name="question" />
          {t.unsupported(part.what)}
        </p>
      )
  }
}

function Words({ text, markdown, small }: { text: string; markdown?: boolean; small?: boolean }) {
  const look = small ? 'whitespace-pre-wrap' : 'whitespace-pre-wrap text-base'
  if (!markdown) {
    return (
      <p className={look}>
        <Inlines list={inline(text, false)} />
      </p>
    )
  }
  return blocks(text).map((block, index) => {
    const key = `${block.type} ${index}`
    if (block.type === 'code') {
      return (
        <pre key={key} className="overflow-x-auto rounded-md bg-sunken px-2.5 py-2 text-xs">
          {block.text}
        </pre>
      )
    }
    if (block.type === 'list') {
      const List = block.ordered ? 'ol' : 'ul'
      return (
        <List key={key} className={`ml-5 ${block.ordered ? 'list-decimal' : 'list-disc'}`}>
          {block.items.map((item) => (
            <li key={JSON.stringify(item)}>
              <Inlines list={item} />
            </li>
          ))}
        </List>
      )
    }
    return (
      <p key={key}>
        {block.lines.map((line, at) => (
          <Fragment key={JSON.stringify(line)}>
            {at > 0 && <br />}
            <Inlines list={line} />
          </Fragment>
        ))}
      </p>
    )
  })
}

function Inlines({ list }: { list: Inline[] }) {
  // biome-ignore lint/suspicious/noArrayIndexKey: pieces of a text have no ids and keep their order
  return list.map((piece, index) => <InlinePiece key={`${piece.type} ${index}`} piece={piece} />)
}

function InlinePiece({ piece }: { piece: Inline }) {
  switch (piece.type) {
    case 'text':
      return piece.text
    case 'strong':
      return <strong>{piece.text}</strong>
    case 'em':
      return <em>{piece.text}</em>
    case 'code':
      return <code className="rounded bg-sunken px-1 text-sm">{piece.text}</code>
    case 'link':
      return (
        <a href={piece.href} target="_blank" rel="noopener noreferrer nofollow" className="text-accent-text underline underline-offset-2">
          {piece.text}
        </a>
      )
  }
}

function Media({ part }: { part: Extract<ChatPart, { type: 'media' }> }) {
  const t = useWords()
  const { media, caption } = part
  const shown =
    part.kind === 'image' ? (
      <button
        type="button"
        aria-label={t.openImage(media.name)}
        onClick={() => lightbox.set(media)}
        className="block overflow-hidden rounded-md"
      >
        <img
          src={media.url}
          alt={caption ?? media.name}
          loading="lazy"
          className="max-h-56 min-h-16 min-w-16 max-w-full bg-sunken object-cover"
        />
      </button>
    ) : part.kind === 'audio' ? (
      // biome-ignore lint/a11y/useMediaCaption: a customer's voice message has no captions
      <audio controls preload="metadata" src={media.url} aria-label={media.name} className="h-10 w-64 max-w-full" />
    ) : part.kind === 'video' ? (
      // biome-ignore lint/a11y/useMediaCaption: a customer's video has no captions
      <video controls preload="metadata" src={media.url} aria-label={media.name} className="max-h-64 max-w-full rounded-md" />
    ) : (
      <FileCard file={media} />
    )
  return (
    <>
      {shown}
      {caption && <Words text={caption} />}
    </>
  )
}

function FileCard({ file }: { file: ChatFile }) {
  const t = useWords()
  return (
    <a
      href={file.url}
      download={file.name}
      aria-label={t.download(file.name)}
      className="flex min-w-52 max-w-full items-center gap-2.5 rounded-md border border-line bg-surface px-3 py-2 text-text hover:border-line-strong"
    >
      <Icon name="file" size={20} className="text-faint" />
      <span className="min-w-0 flex-1">
        <span className="block truncate text-sm font-medium">{file.name}</span>
        <span className="block text-2xs text-faint">{fileSize(file.bytes)}</span>
      </span>
      <Icon name="download" className="text-faint" />
    </a>
  )
}

function Place({ part }: { part: Extract<ChatPart, { type: 'location' }> }) {
  const t = useWords()
  const at = `${part.lat.toFixed(5)}, ${part.lng.toFixed(5)}`
  return (
    <a
      href={`https://www.openstreetmap.org/?mlat=${part.lat}&mlon=${part.lng}#map=16/${part.lat}/${part.lng}`}
      target="_blank"
      rel="noopener noreferrer"
      className="flex items-center gap-2.5 rounded-md border border-line bg-surface px-3 py-2 text-text hover:border-line-strong"
    >
      <Icon name="pin" size={20} className="text-faint" />
      <span>
        <span className="block text-sm font-medium">{part.title ?? t.location}</span>
        <span className="block text-2xs text-faint tabular-nums">{at}</span>
      </span>
    </a>
  )
}
