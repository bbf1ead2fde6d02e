import type { ChatConversation } from '#http/chat/protocol.ts'
import { tellHost } from './host.ts'
import { BotIcon, ClockIcon, CloseIcon, CloudOffIcon } from './icons.tsx'
import { place } from './net.ts'
import { conversation, link, loaded, session, words } from './state.ts'
import { useLater } from './use-later.ts'

export function Header() {
  const name = session.value?.brand.name ?? words.value.title
  const agent = conversation.value?.status === 'assigned' ? conversation.value.agent : undefined
  return (
    <header class="header">
      <Avatar name={agent} />
      <div class="header-text">
        {/* Where the focus goes when the window opens on a phone: a screen reader begins here. */}
        <h1 dir="auto" tabIndex={-1}>
          {name}
        </h1>
        <p class="status" role="status" dir="auto">
          {session.value && statusText(conversation.value)}
        </p>
      </div>
      {place.embedded && (
        <button
          type="button"
          class="icon-button"
          aria-label={words.value.close}
          title={words.value.close}
          onClick={() => tellHost({ type: 'close' })}
        >
          <CloseIcon size={22} />
        </button>
      )}
    </header>
  )
}

export function Avatar({ name, small }: { name?: string; small?: boolean }) {
  // Many Chinese names of address begin alike (小林, 小王): there the last character tells who it is.
  const letters = [...(name?.trim() ?? '')]
  const initial = /\p{Script=Han}/u.test(name ?? '') ? letters.at(-1) : letters[0]?.toUpperCase()
  return (
    <span class={`avatar${small ? ' small' : ''}${initial ? ' person' : ''}`} aria-hidden="true">
      {initial || <BotIcon size={small ? 13 : 22} />}
    </span>
  )
}

function statusText(now: ChatConversation | null): string {
  const text = words.value
  switch (now?.status) {
    case 'queued':
      // Without a place nobody was promised soon: it is out of hours, or a message was left.
      return now.queue ? text.statusQueued : text.statusLeft
    case 'assigned':
      return text.statusAssigned(now.agent ?? text.agent)
    case 'snoozed':
      return text.statusSnoozed
    case 'resolved':
      return text.statusResolved
    default:
      return text.statusBot
  }
}

/** '您前面还有 2 位，预计 3 分钟'. */
export function queueText(queue: NonNullable<ChatConversation['queue']>): string {
  const text = words.value
  const place = queue.place <= 1 ? text.queueNext : text.queueAhead(queue.place - 1)
  return queue.minutes === undefined ? place : place + text.comma + text.queueMinutes(queue.minutes)
}

/** One line below the header when there is something to know: no network, or a place in the queue. */
export function Strip() {
  const unconnected = loaded.value && (link.value === 'offline' || link.value === 'connecting')
  // A connection that is back within two seconds is nobody's business.
  const shown = useLater(unconnected, link.value === 'offline' ? 0 : 2000)
  const queue = conversation.value?.status === 'queued' ? conversation.value.queue : undefined
  return (
    <div role="status" class="strips">
      {unconnected && shown ? (
        <p class="strip warn">
          <CloudOffIcon size={16} />
          {link.value === 'offline' ? words.value.offline : words.value.connecting}
        </p>
      ) : queue ? (
        <p class="strip">
          <ClockIcon size={16} />
          {queueText(queue)}
          <span class="pulse" aria-hidden="true" />
        </p>
      ) : null}
    </div>
  )
}
