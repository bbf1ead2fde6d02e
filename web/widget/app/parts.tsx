// How each kind of part looks. Every word from outside goes in as a text node, every address through `safeHref`.
import { useState } from 'preact/hooks'
import type { ChatFile, ChatMessage, ChatPart } from '#http/chat/protocol.ts'
import { refreshLinks } from './chat.ts'
import { formatBytes, previewOf } from './files.ts'
import { DownloadIcon, FileIcon, LinkIcon, PinIcon } from './icons.tsx'
import { type Block, type Inline, parseMarkdown, parsePlain, safeHref } from './markdown.ts'
import { api } from './net.ts'
import { sendPress } from './sending.ts'
import { locale, messages, words } from './state.ts'
import { chosenLabel } from './timeline.ts'

interface PartProps {
  part: ChatPart
  /** Absent on the greeting, which is no message yet. */
  message?: ChatMessage
}

export function PartView({ part, message }: PartProps) {
  switch (part.type) {
    case 'text':
      return <Bubble>{part.format === 'markdown' ? <Markdown text={part.text} /> : <Plain text={part.text} />}</Bubble>
    case 'buttons':
      return <Buttons part={part} message={message} />
    case 'media':
      return <Media part={part} message={message} />
    case 'location':
      return <Place lat={part.lat} lng={part.lng} title={part.title} />
    case 'unsupported':
      return (
        <Bubble>
          <em class="muted">{words.value.unsupported}</em>
        </Bubble>
      )
  }
}

function Bubble({ children }: { children: preact.ComponentChildren }) {
  return (
    <div class="bubble" dir="auto">
      {children}
    </div>
  )
}

const ONLY_EMOJI = /^(?:\p{Extended_Pictographic}|\p{Emoji_Component}|\s){1,12}$/u
const SOME_EMOJI = /\p{Extended_Pictographic}/u

function Plain({ text }: { text: string }) {
  const big = text.length <= 12 && ONLY_EMOJI.test(text) && SOME_EMOJI.test(text)
  return <p class={big ? 'big' : undefined}>{parsePlain(text).map(inline)}</p>
}

export function Markdown({ text }: { text: string }) {
  return <>{parseMarkdown(text).map(block)}</>
}

function block(item: Block, key: number) {
  if (item.type === 'paragraph') return <p key={key}>{item.children.map(inline)}</p>
  if (item.type === 'code') {
    return (
      <pre key={key} dir="ltr">
        <code>{item.text}</code>
      </pre>
    )
  }
  // biome-ignore lint/suspicious/noArrayIndexKey: the lines of a message never move
  const items = item.items.map((children, index) => <li key={index}>{children.map(inline)}</li>)
  return item.ordered ? (
    <ol key={key} start={item.start}>
      {items}
    </ol>
  ) : (
    <ul key={key}>{items}</ul>
  )
}

function inline(item: Inline, key: number) {
  switch (item.type) {
    case 'text':
      return item.text
    case 'strong':
      return <strong key={key}>{item.children.map(inline)}</strong>
    case 'em':
      return <em key={key}>{item.children.map(inline)}</em>
    case 'code':
      return <code key={key}>{item.text}</code>
    case 'link':
      return (
        <a key={key} href={item.href} target="_blank" rel="noopener noreferrer">
          {item.children.map(inline)}
        </a>
      )
  }
}

type ButtonsPart = Extract<ChatPart, { type: 'buttons' }>

/** Five short labels are a scale to rate on: one row, equal widths. */
const isScale = (part: ButtonsPart) =>
  part.buttons.length === 5 && part.buttons.every((button) => !button.url && [...button.label].length <= 4)

function Buttons({ part, message }: { part: ButtonsPart; message?: ChatMessage }) {
  const said = message && chosenLabel(messages.value, message)
  const chosen = part.buttons.find((button) => button.label === said)?.label
  return (
    <>
      {part.text && (
        <Bubble>
          <Plain text={part.text} />
        </Bubble>
      )}
      <div class={isScale(part) ? 'choices scale' : 'choices'}>
        {part.buttons.map((button) => {
          const href = button.url && safeHref(button.url)
          if (href) {
            return (
              <a key={button.id} class="choice" href={href} target="_blank" rel="noopener noreferrer">
                {button.label}
                <LinkIcon size={15} />
                <span class="hidden">{words.value.newTab}</span>
              </a>
            )
          }
          return (
            <button
              key={button.id}
              type="button"
              class="choice"
              aria-pressed={chosen === undefined ? undefined : chosen === button.label}
              onClick={() => sendPress(button.id, button.label)}
            >
              {button.label}
            </button>
          )
        })}
      </div>
    </>
  )
}

type MediaPart = Extract<ChatPart, { type: 'media' }>

function Media({ part, message }: { part: MediaPart; message?: ChatMessage }) {
  const { kind, media, caption } = part
  const url = previewOf(media.id) ?? (media.url && api.fileUrl(media.url))
  return (
    <>
      {kind === 'image' && url ? <Picture media={media} url={url} alt={caption} message={message} /> : null}
      {(kind === 'video' || kind === 'audio') && url ? <Recording kind={kind} url={url} name={media.name} /> : null}
      {kind === 'file' || !url ? <FileCard media={media} url={url} message={message} /> : null}
      {caption && (
        <Bubble>
          <Plain text={caption} />
        </Bubble>
      )}
    </>
  )
}

function Recording({ kind, url, name }: { kind: 'audio' | 'video'; url: string; name: string }) {
  if (kind === 'audio') {
    // biome-ignore lint/a11y/useMediaCaption: recordings that people send come without captions
    return <audio class="audio" src={url} aria-label={name} controls preload="metadata" />
  }
  // biome-ignore lint/a11y/useMediaCaption: recordings that people send come without captions
  return <video class="media" src={url} aria-label={name} controls preload="metadata" playsInline />
}

interface FileProps {
  media: ChatFile
  url: string
  message?: ChatMessage
}

function Picture({ media, url, alt, message }: FileProps & { alt?: string }) {
  const [failed, setFailed] = useState<string>()
  if (failed === url) return <FileCard media={media} url={url} message={message} note={words.value.imageGone} />
  const onError = () => {
    // Signed links die. Ask once for a new one; the same link failing again means that the picture is gone.
    setFailed(url)
    if (message && Number.isFinite(message.seq)) void refreshLinks(message.seq)
  }
  return (
    <a class="picture" href={url} target="_blank" rel="noopener noreferrer">
      <img src={url} alt={alt || media.name || words.value.image} loading="lazy" decoding="async" onError={onError} />
      <span class="hidden">{words.value.newTab}</span>
    </a>
  )
}

/** Links live for a limited time; an older one is asked for again before it is opened. */
const STALE_MS = 10 * 60_000
const bornAt = new Map<string, number>()

function FileCard({ media, url, message, note }: FileProps & { note?: string }) {
  if (url && !bornAt.has(url)) bornAt.set(url, Date.now())
  const onClick = async (event: MouseEvent) => {
    if (!message || Date.now() - (bornAt.get(url) ?? 0) < STALE_MS) return
    event.preventDefault()
    const link = event.currentTarget as HTMLAnchorElement
    await refreshLinks(message.seq)
    bornAt.set(link.href, Date.now())
    link.click()
  }
  const body = (
    <>
      <span class="file-icon">
        <FileIcon />
      </span>
      <span class="file-text">
        <span class="file-name" dir="auto">
          {media.name}
        </span>
        <span class="muted">{note ?? (media.bytes > 0 ? formatBytes(media.bytes) : '')}</span>
      </span>
    </>
  )
  if (!url) return <div class="file">{body}</div>
  return (
    <a class="file" href={url} download={media.name} rel="noopener" aria-label={words.value.download(media.name)} onClick={onClick}>
      {body}
      <DownloadIcon size={18} />
    </a>
  )
}

/** In China OpenStreetMap is slow or blocked; AMap takes the same coordinates. */
function mapUrl(lat: number, lng: number, title: string): string {
  return locale.value === 'zh'
    ? `https://uri.amap.com/marker?position=${lng},${lat}&coordinate=wgs84&name=${encodeURIComponent(title)}`
    : `https://www.openstreetmap.org/?mlat=${lat}&mlon=${lng}#map=16/${lat}/${lng}`
}

function Place({ lat, lng, title = words.value.location }: { lat: number; lng: number; title?: string }) {
  return (
    <a class="file" href={mapUrl(lat, lng, title)} target="_blank" rel="noopener noreferrer">
      <span class="file-icon">
        <PinIcon />
      </span>
      <span class="file-text">
        <span class="file-name" dir="auto">
          {title}
        </span>
        <span class="muted">
          {lat.toFixed(5)}, {lng.toFixed(5)}
        </span>
      </span>
      <LinkIcon size={18} />
    </a>
  )
}
