// The history: greeting or bubbles, always at the newest unless the reader scrolled up.
import type { ChatPart } from '#http/chat/protocol.ts'
import { speaker, wake } from './chat.ts'
import { Avatar } from './header.tsx'
import { AlertIcon, CheckIcon, ClockIcon, CloudOffIcon, DownIcon, NextIcon } from './icons.tsx'
import { Older } from './older.tsx'
import { PartView } from './parts.tsx'
import { atBottom, below, useScroll } from './scroll.ts'
import { discard, retry, sendPress } from './sending.ts'
import { entries, loaded, locale, messages, session, started, startProblem, typist, words } from './state.ts'
import { type Bubble, clockLabel, timeLabel } from './timeline.ts'
import { halfOf } from './words.ts'

export function Conversation() {
  const { scroller, content, toEnd, onScroll } = useScroll()
  return (
    <main class="main">
      {/* A region that scrolls must be reachable by keyboard. */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: axe's scrollable-region-focusable asks for exactly this */}
      <section ref={scroller} class="scroller" tabIndex={0} aria-label={words.value.conversation} onScroll={onScroll}>
        <div ref={content} class="content">
          <Content />
        </div>
      </section>
      {!atBottom.value && started.value && (
        <button
          type="button"
          class={below.value ? 'pill news' : 'pill'}
          aria-label={below.value ? undefined : words.value.toBottom}
          onClick={() => toEnd(true)}
        >
          <DownIcon size={16} />
          {below.value ? words.value.newMessages(below.value) : null}
        </button>
      )}
    </main>
  )
}

function Content() {
  if (started.value && (loaded.value || messages.value.length)) return <History />
  if (loaded.value && session.value) return <Welcome />
  return startProblem.value === undefined ? <Loading /> : <Problem />
}

function History() {
  const now = new Date()
  const newest = entries.value.findLast((entry) => entry.type === 'bubble' && entry.message.author === 'customer')
  return (
    <>
      <Older />
      {messages.value.length === 0 && <Greeting />}
      <ol class="history">
        {entries.value.map((entry) =>
          entry.type === 'separator' ? (
            <li key={entry.key} class="separator">
              <time dateTime={entry.at}>{timeLabel(new Date(entry.at), now, locale.value)}</time>
            </li>
          ) : (
            <Spoken key={entry.key} bubble={entry} newest={entry === newest} />
          ),
        )}
      </ol>
      {typist.value !== undefined && <Typing name={typist.value} />}
    </>
  )
}

function Spoken({ bubble, newest }: { bubble: Bubble; newest: boolean }) {
  const { message, first, last, sending } = bubble
  const own = message.author === 'customer'
  const side = own ? 'own' : message.author === 'system' ? 'house' : 'theirs'
  return (
    <li class={`spoken ${side}${first ? ' first' : ''}${last ? ' last' : ''}${sending ? ` ${sending.state}` : ''}`}>
      {side === 'theirs' && first ? (
        <p class="speaker">
          <Avatar small name={message.author === 'agent' ? speaker(message) : undefined} />
          <span dir="auto">{speaker(message)}</span>
          <time dateTime={message.at}>{clockLabel(new Date(message.at), locale.value)}</time>
        </p>
      ) : (
        <span class="hidden">{speaker(message)}:</span>
      )}
      {message.parts.map((part, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a message never move
        <PartView key={index} part={part} message={message} />
      ))}
      {message.editedAt && <p class="note">{words.value.edited}</p>}
      {message.parts.length === 0 && <p class="bubble withdrawn">{words.value.recalled}</p>}
      {own && <OwnNote bubble={bubble} newest={newest} />}
    </li>
  )
}

function OwnNote({ bubble: { message, sending }, newest }: { bubble: Bubble; newest: boolean }) {
  const text = words.value
  if (!sending) {
    // One line below the newest words is calm; a screen reader hears it on each.
    return (
      <p class={newest ? 'note' : 'hidden'}>
        <time dateTime={message.at}>{clockLabel(new Date(message.at), locale.value)}</time>
        {newest && <CheckIcon size={13} />}
        <span class="hidden">{text.sent}</span>
      </p>
    )
  }
  if (sending.state === 'failed') {
    return (
      <p class="note failed" role="alert">
        <AlertIcon size={14} />
        <span dir="auto">{halfOf(sending.reason ?? text.failed, locale.value)}</span>
        <button type="button" class="text-button" onClick={() => retry(sending.clientId)}>
          {text.retry}
        </button>
        <button type="button" class="text-button quiet" onClick={() => discard(sending.clientId)}>
          {text.discard}
        </button>
      </p>
    )
  }
  return (
    <p class="note">
      {sending.state === 'sent' ? <CheckIcon size={13} /> : <ClockIcon size={13} />}
      {sending.state === 'sent' ? text.sent : sending.state === 'sending' ? text.sending : text.pending}
    </p>
  )
}

function Typing({ name }: { name: string }) {
  return (
    <p class="typing">
      <span class="dots" aria-hidden="true">
        <i />
        <i />
        <i />
      </span>
      {words.value.typing(name)}
    </p>
  )
}

const isShort = (part: ChatPart | undefined) => (part?.type === 'text' || part?.type === 'buttons') && part.text.length <= 60

/** The greeting as the first words of a talk that has begun but that the server has not shown back yet. */
function Greeting() {
  const parts = session.value?.greeting ?? []
  if (!parts.length) return null
  return (
    <div class="spoken theirs first last">
      <p class="speaker">
        <Avatar small />
        {words.value.bot}
      </p>
      {parts.map((part, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the greeting never changes its order
        <PartView key={index} part={part} />
      ))}
    </div>
  )
}

function Welcome() {
  const { greeting = [], questions = [] } = session.value ?? {}
  return (
    <div class="welcome">
      <div class={greeting.length === 1 && isShort(greeting[0]) ? 'hello large' : 'hello'}>
        {greeting.map((part, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the greeting never changes its order
          <PartView key={index} part={part} />
        ))}
      </div>
      {questions.length > 0 && (
        <section aria-labelledby="questions">
          <h2 id="questions">{words.value.questions}</h2>
          <ul class="questions">
            {questions.map((question) => (
              <li key={question.id}>
                <button type="button" onClick={() => sendPress(question.id, question.label)}>
                  <span dir="auto">{question.label}</span>
                  <NextIcon size={18} />
                </button>
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  )
}

function Loading() {
  return (
    <div class="loading" role="status">
      <span class="hidden">{words.value.loading}</span>
      <i class="theirs" />
      <i class="theirs short" />
      <i class="own" />
      <i class="theirs" />
    </div>
  )
}

function Problem() {
  return (
    <div class="problem" role="alert">
      <CloudOffIcon size={32} />
      <h2>{words.value.failedTitle}</h2>
      <p dir="auto">{halfOf(startProblem.value || words.value.failedText, locale.value)}</p>
      <button type="button" class="choice" onClick={wake}>
        {words.value.retry}
      </button>
    </div>
  )
}
