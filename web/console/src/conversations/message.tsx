// One message: customer on the left, our side on the right, the bot set apart, notes unmistakably inside.
import { memo } from 'react'
import type { ConsoleMessage, ConversationDetail } from '#http/console/protocol.ts'
import { useAct } from '../actions.ts'
import { Icon } from '../icons.tsx'
import { clockTime, fullTime } from '../time.ts'
import { Button } from '../ui.tsx'
import { useWords } from '../words.ts'
import { Fate } from './fate.tsx'
import { Parts } from './parts.tsx'
import type { TimelineItem } from './timeline.ts'

type Item = Extract<TimelineItem, { type: 'message' }>

/** Drawn again when it changed itself: a long history is not drawn whole for each new word. */
export const Message = memo(
  Said,
  (one, other) =>
    one.item.message === other.item.message &&
    one.item.first === other.item.first &&
    one.item.last === other.item.last &&
    isSameFor(one.detail, other.detail),
)

/** Of the conversation around it a message uses no more than what it needs to act. */
export function isSameFor(one: ConversationDetail, other: ConversationDetail): boolean {
  return one.id === other.id && one.version === other.version
}

function Said({ item, detail }: { item: Item; detail: ConversationDetail }) {
  const { message, first, last } = item
  if (message.author === 'system') return <SystemMessage message={message} />
  if (message.author === 'note') return <Note message={message} />
  const ours = message.author !== 'customer'
  return (
    <li data-seq={message.seq} className={`flex flex-col ${ours ? 'items-end' : 'items-start'} ${first ? 'pt-4' : 'pt-1'}`}>
      {first && <AuthorName message={message} />}
      <Bubble author={message.author} edge={EDGES[message.recalledAt ? 'dropped' : (message.delivery?.state ?? '')]}>
        <Parts parts={message.parts} />
      </Bubble>
      {(ours || last || message.editedAt || message.recalledAt) && <Meta message={message} detail={detail} />}
      {message.question && <Question message={message} detail={detail} />}
    </li>
  )
}

const BUBBLES = {
  customer: 'bg-surface border-line rounded-bl-sm',
  agent: 'bg-accent-soft border-accent-line rounded-br-sm',
  bot: 'bg-sunken border-line rounded-br-sm',
}

/** Words that are not on their way to anybody look like it. */
const EDGES: Record<string, string> = {
  held: 'border-dashed !border-warn !bg-transparent',
  dropped: 'border-dashed !border-line-strong !bg-transparent text-muted',
}

export function Bubble({ author, edge = '', children }: { author: keyof typeof BUBBLES; edge?: string; children: React.ReactNode }) {
  return (
    <div
      className={`flex max-w-[min(34rem,88%)] flex-col gap-2 rounded-xl border px-3 py-2 text-base [overflow-wrap:anywhere] ${BUBBLES[author]} ${edge}`}
    >
      {children}
    </div>
  )
}

function AuthorName({ message }: { message: ConsoleMessage }) {
  const t = useWords()
  return (
    <p className="flex items-center gap-1 pb-1 text-xs text-faint">
      {message.author === 'bot' && <Icon name="bot" size={14} />}
      {message.author === 'bot' && message.name !== t.bot ? `${t.bot} · ${message.name}` : message.name}
    </p>
  )
}

function Meta({ message, detail }: { message: ConsoleMessage; detail: ConversationDetail }) {
  const t = useWords()
  return (
    <div className="flex max-w-full flex-wrap items-center justify-end gap-x-1.5 pt-0.5 text-2xs text-faint">
      <time dateTime={message.at} title={fullTime(message.at, t)} className="tabular-nums">
        {clockTime(message.at, t)}
      </time>
      {message.via && <span>· {t.via(message.via)}</span>}
      {message.editedAt && <span title={fullTime(message.editedAt, t)}>· {t.edited}</span>}
      {message.recalledAt && <span title={fullTime(message.recalledAt, t)}>· {t.withdrawn}</span>}
      <Fate message={message} detail={detail} />
    </div>
  )
}

function Question({ message, detail }: { message: ConsoleMessage; detail: ConversationDetail }) {
  const t = useWords()
  const { act, busy } = useAct(detail)
  return (
    <fieldset className="mt-1 flex flex-col items-end gap-1.5">
      <legend className="ml-auto text-xs text-warn">{t.questionLabel}</legend>
      <div className="flex flex-wrap justify-end gap-1.5">
        {message.question?.map((button) => (
          <Button key={button.id} size="sm" disabled={busy} onClick={() => act({ type: 'press', id: button.id })}>
            {button.label}
          </Button>
        ))}
      </div>
    </fieldset>
  )
}

function SystemMessage({ message }: { message: ConsoleMessage }) {
  const t = useWords()
  return (
    <li data-seq={message.seq} className="flex justify-center pt-4 text-center text-xs text-faint">
      <div className="max-w-md">
        <Parts parts={message.parts} small />
        <time dateTime={message.at} className="text-2xs tabular-nums">
          {clockTime(message.at, t)}
        </time>
      </div>
    </li>
  )
}

function Note({ message }: { message: ConsoleMessage }) {
  const t = useWords()
  return (
    <li data-seq={message.seq} className="pt-4">
      <NoteFrame>
        <p className="flex flex-wrap items-center gap-x-1.5 text-xs font-medium">
          <Icon name="lock" size={13} />
          {t.note}
          <span className="font-normal">
            · {message.name} · <time dateTime={message.at}>{clockTime(message.at, t)}</time>
            {message.via && ` · ${t.via(message.via)}`}
            {message.editedAt && ` · ${t.edited}`}
            {message.recalledAt && ` · ${t.withdrawn}`}
          </span>
        </p>
        <Parts parts={message.parts} />
      </NoteFrame>
    </li>
  )
}

export function NoteFrame({ children }: { children: React.ReactNode }) {
  return (
    <div className="flex flex-col gap-1 rounded-lg border border-note-line bg-note px-3 py-2 text-note-text [overflow-wrap:anywhere]">
      {children}
    </div>
  )
}
