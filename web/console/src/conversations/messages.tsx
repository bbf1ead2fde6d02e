// The scrolling middle: everything said, what I am sending, and who types.
import { useSearch } from '@tanstack/react-router'
import { lazy, memo, Suspense, useEffect, useLayoutEffect, useMemo, useState } from 'react'
import type { ConversationDetail } from '#http/console/protocol.ts'
import { useNow } from '../clock.ts'
import { typing } from '../live.ts'
import { type Outgoing, unshown } from '../outgoing.ts'
import { useStore } from '../store.ts'
import { dayName } from '../time.ts'
import { Button, Empty } from '../ui.tsx'
import { useWords } from '../words.ts'
import { HistoryEdge } from './edge.tsx'
import { type History, useHistory } from './history.ts'
import { isSameFor, Message } from './message.tsx'
import { outgoing } from './outbox.ts'
import { Pending, Unsent } from './pending.tsx'
import { type Scroll, useScroll } from './scroll.ts'
import { type TimelineItem, timeline } from './timeline.ts'

const Found = lazy(() => import('./found.tsx').then((module) => ({ default: module.Found })))

const QUIET_MS = 1000

export function Messages({ detail }: { detail: ConversationDetail }) {
  const t = useWords()
  const { going, refused } = useOutgoing(detail)
  const history = useHistory(detail)
  const isEnd = history.newer.state === 'none'
  const placed = useMemo(() => refused.filter(({ afterSeq }) => history.has(afterSeq)), [refused, history.has])
  const items = useMemo(() => timeline(history.messages, placed), [history.messages, placed])
  const own = going.at(-1)?.clientId
  const scroll = useScroll({
    newest: `${detail.messages.at(-1)?.id} ${going.length}`,
    oldest: history.messages[0]?.id,
    own,
    isEnd,
    look: history.look,
    atTop: () => history.older.state === 'more' && history.older.load(),
    atBottom: () => history.newer.state === 'more' && history.newer.load(),
  })
  const goTo = useWay(history, scroll)
  const toEnd = () => {
    history.toEnd()
    scroll.toEnd()
  }
  // biome-ignore lint/correctness/useExhaustiveDependencies: whoever writes looks at what they wrote
  useEffect(() => {
    if (own && !isEnd) toEnd()
  }, [own])
  const came = useCame(history)
  useForget(detail)
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <FoundHere detail={detail} history={history} {...goTo} />
      <p role="status" className="sr-only">
        {came.count > 0 && t.olderCame(came.count, came.all)}
      </p>
      <div className="relative flex min-h-0 flex-1 flex-col">
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
              {items.length + going.length === 0 ? <Nothing /> : <HistoryEdge edge={history.older} side="older" />}
              <Said items={items} detail={detail} />
              <HistoryEdge edge={history.newer} side="newer" />
              {isEnd && going.map((item) => <Pending key={item.clientId} item={item} detail={detail} />)}
              {isEnd && <Typing detail={detail} />}
            </ol>
          </div>
        </div>
        {(scroll.behind || scroll.far) && <ToEnd isNew={scroll.behind} onClick={toEnd} />}
      </div>
      <Unsent items={refused} detail={detail} goTo={goTo.goTo} />
    </div>
  )
}

/** Beside the list, not in it: it is nothing that was said. */
function ToEnd({ isNew, onClick }: { isNew: boolean; onClick(): void }) {
  const t = useWords()
  return (
    <Button icon="chevron" className="appear absolute bottom-3 left-1/2 -translate-x-1/2 rounded-full" onClick={onClick}>
      {isNew ? t.newMessages : t.toNewest}
    </Button>
  )
}

/** My own words that the server does not show: those on their way stand at the end, those it refused where they were said. */
function useOutgoing(detail: ConversationDetail): { going: Outgoing[]; refused: Outgoing[] } {
  const all = useStore(outgoing.items)
  const { id, messages } = detail
  return useMemo(() => {
    const mine = all.filter((item) => item.conversation === id)
    const [refused = [], going = []] = [true, false].map((is) => mine.filter(({ state }) => (state === 'refused') === is))
    return { going: unshown(going, messages), refused }
  }, [all, id, messages])
}

export interface Way {
  goTo(seq: number, place?: string): void
  isGoing: boolean
}

/** The way to a place in the conversation, however far: it is gone as soon as that is there. */
function useWay(history: History, { show }: Pick<Scroll, 'show'>): Way {
  const [going, set] = useState<string>()
  // Before it is painted: what was on the screen is gone, and another place of it would flash up.
  useLayoutEffect(() => {
    if (going !== undefined && show(going)) set(undefined)
  })
  const goTo = (seq: number, place = `[data-seq="${seq}"]`) => {
    set(place)
    history.reach(seq)
  }
  return { goTo, isGoing: going !== undefined }
}

interface FoundHereProps extends Way {
  detail: ConversationDetail
  history: History
}

/** Whoever came by a search finds where the words were said. */
function FoundHere({ detail, ...props }: FoundHereProps) {
  const { q } = useSearch({ from: '/signed-in/conversations' })
  return (
    q && (
      <Suspense fallback={null}>
        <Found key={q} id={detail.id} q={q} customer={detail.customer.name} {...props} />
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
    ) : item.type === 'unsent' ? (
      <Pending key={item.key} item={item.item} detail={detail} />
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
function useCame({ messages, base, older, newer, way }: History): { count: number; all: number; quiet: boolean } {
  const first = messages[0]?.seq ?? 0
  const [{ was, count, all }, set] = useState({ was: first, count: 0, all: 0 })
  const isComing = [older, newer, way].some(({ state }) => state === 'loading')
  // Another part of the conversation is nothing that was said now, either.
  const place = isComing ? undefined : base
  const [heard, hear] = useState<typeof place>(place)
  useEffect(() => {
    if (first < was) set({ was: first, count: messages.findIndex(({ seq }) => seq === was), all: messages.length })
    else if (first > was) set({ was: first, count: 0, all: 0 })
  }, [first, was, messages])
  useEffect(() => {
    if (place === undefined) return hear(undefined)
    const timer = setTimeout(() => hear(place), QUIET_MS)
    return () => clearTimeout(timer)
  }, [place])
  return { count, all, quiet: heard === undefined || heard !== place }
}
