// The scrolling middle: everything said, what I am sending, and who types.
import { useSearch } from '@tanstack/react-router'
import { lazy, memo, Suspense, useEffect, useMemo, useState } from 'react'
import type { ConversationDetail } from '#http/console/protocol.ts'
import { useNow } from '../clock.ts'
import { typing } from '../live.ts'
import { unshown } from '../outgoing.ts'
import { useStore } from '../store.ts'
import { dayName } from '../time.ts'
import { Button, Empty } from '../ui.tsx'
import { useWords } from '../words.ts'
import { Beginning } from './beginning.tsx'
import { type History, useHistory } from './history.ts'
import { isSameFor, Message } from './message.tsx'
import { outgoing } from './outbox.ts'
import { Pending } from './pending.tsx'
import { useScroll } from './scroll.ts'
import { type TimelineItem, timeline } from './timeline.ts'

const Found = lazy(() => import('./found.tsx').then((module) => ({ default: module.Found })))

const QUIET_MS = 1000

export function Messages({ detail }: { detail: ConversationDetail }) {
  const t = useWords()
  const mine = useStore(outgoing.items).filter((item) => item.conversation === detail.id)
  const sending = unshown(mine, detail.messages)
  const history = useHistory(detail)
  const items = useMemo(() => timeline(history.messages), [history.messages])
  const scroll = useScroll({
    newest: `${detail.messages.at(-1)?.id} ${sending.length}`,
    oldest: history.messages[0]?.id,
    own: sending.at(-1)?.clientId,
    look: history.look,
    atTop: () => history.state === 'more' && history.load(),
  })
  const came = useCame(history)
  useForget(detail)
  return (
    <div className="relative flex min-h-0 flex-1 flex-col">
      <FoundHere id={detail.id} history={history} show={scroll.show} />
      <p role="status" className="sr-only">
        {came.count > 0 && t.olderCame(came.count, came.all)}
      </p>
      <div
        ref={scroll.box}
        onScroll={scroll.onScroll}
        role="log"
        // What was said years ago is not read out as if it came in now.
        aria-live={came.quiet ? 'off' : 'polite'}
        aria-label={t.messages}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
        tabIndex={0}
        className="quiet-scroll min-h-0 flex-1 overflow-y-auto -outline-offset-2 [overflow-anchor:none]"
      >
        {/* The list itself is no flex box: one of thousands of rows would be measured whole at each key that moves the composer. */}
        <div className="flex min-h-full flex-col justify-end">
          <ol className="mx-auto w-full max-w-3xl px-4 pb-4 pt-2 md:px-6">
            {items.length + sending.length === 0 ? <Nothing /> : <Beginning history={history} />}
            <Said items={items} detail={detail} />
            {sending.map((item) => (
              <Pending key={item.clientId} item={item} detail={detail} />
            ))}
            <Typing detail={detail} />
          </ol>
        </div>
      </div>
      {scroll.behind && (
        <Button icon="chevron" className="appear absolute bottom-3 left-1/2 -translate-x-1/2 rounded-full" onClick={scroll.toEnd}>
          {t.newMessages}
        </Button>
      )}
    </div>
  )
}

/** Whoever came by a search finds where the words were said. */
function FoundHere(props: { id: string; history: History; show(seq: number): boolean }) {
  const { q } = useSearch({ from: '/signed-in/conversations' })
  return (
    q && (
      <Suspense fallback={null}>
        <Found key={q} q={q} {...props} />
      </Suspense>
    )
  )
}

function Nothing() {
  const t = useWords()
  return (
    <li>
      <Empty icon="talk" title={t.noMessages} />
    </li>
  )
}

const Said = memo(All, (one, other) => one.items === other.items && isSameFor(one.detail, other.detail))

function All({ items, detail }: { items: readonly TimelineItem[]; detail: ConversationDetail }) {
  const t = useWords()
  return items.map((item) =>
    item.type === 'day' ? (
      <li key={item.key} className="flex items-center gap-3 pb-1 pt-5 text-2xs text-faint">
        <span className="h-px flex-1 bg-line" />
        {dayName(item.at, Date.now(), t)}
        <span className="h-px flex-1 bg-line" />
      </li>
    ) : (
      <Message key={item.key} item={item} detail={detail} />
    ),
  )
}

function Typing({ detail }: { detail: ConversationDetail }) {
  const t = useWords()
  const now = useNow()
  const who = useStore(typing)
  if (!who || who.conversation !== detail.id || who.until < now) return null
  return <li className="pt-2 text-xs text-faint">{t.typing(who.name ?? detail.customer.name)}</li>
}

/** What the server shows by now need not be kept here. */
function useForget(detail: ConversationDetail): void {
  useEffect(() => {
    const shown = new Set(detail.messages.map((message) => message.id))
    for (const item of outgoing.items.get()) if (item.message && shown.has(item.message)) outgoing.drop(item.clientId)
  }, [detail.messages])
}

/** How many older ones came last; quiet while they come, and until whoever listens could have heard of them. */
function useCame({ messages, state }: History): { count: number; all: number; quiet: boolean } {
  const first = messages[0]?.seq ?? 0
  const [{ was, count, all }, set] = useState({ was: first, count: 0, all: 0 })
  const [quiet, setQuiet] = useState(false)
  useEffect(() => {
    if (first < was) set({ was: first, count: messages.findIndex(({ seq }) => seq === was), all: messages.length })
    else if (first > was) set({ was: first, count: 0, all: 0 })
  }, [first, was, messages])
  useEffect(() => {
    if (state === 'loading') return setQuiet(true)
    const timer = setTimeout(() => setQuiet(false), QUIET_MS)
    return () => clearTimeout(timer)
  }, [state])
  return { count, all, quiet: quiet || state === 'loading' }
}
