// The scrolling middle: everything said, what I am sending, and who types.
import { useEffect, useLayoutEffect, useRef, useState } from 'react'
import type { ConversationDetail } from '#http/console/protocol.ts'
import { useNow } from '../clock.ts'
import { typing } from '../live.ts'
import { unshown } from '../outgoing.ts'
import { useStore } from '../store.ts'
import { dayName } from '../time.ts'
import { Button, Empty } from '../ui.tsx'
import { useWords } from '../words.ts'
import { Message } from './message.tsx'
import { outgoing } from './outbox.ts'
import { Pending } from './pending.tsx'
import { timeline } from './timeline.ts'

export function Messages({ detail }: { detail: ConversationDetail }) {
  const t = useWords()
  const mine = useStore(outgoing.items).filter((item) => item.conversation === detail.id)
  const sending = unshown(mine, detail.messages)
  const items = timeline(detail.messages)
  const scroll = useStickToEnd(`${detail.messages.at(-1)?.id} ${sending.length}`, sending.at(-1)?.clientId)
  useForget(detail)
  return (
    <div className="relative min-h-0 flex-1">
      <div
        ref={scroll.box}
        onScroll={scroll.onScroll}
        role="log"
        aria-label={t.messages}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
        tabIndex={0}
        className="quiet-scroll h-full overflow-y-auto -outline-offset-2"
      >
        <ol className="mx-auto flex min-h-full max-w-3xl flex-col justify-end px-4 pb-4 pt-6 md:px-6">
          {items.length + sending.length === 0 && (
            <li>
              <Empty icon="talk" title={t.noMessages} />
            </li>
          )}
          {items.map((item) =>
            item.type === 'day' ? (
              <li key={item.key} className="flex items-center gap-3 pb-1 pt-5 text-2xs text-faint first:pt-0">
                <span className="h-px flex-1 bg-line" />
                {dayName(item.at, Date.now(), t)}
                <span className="h-px flex-1 bg-line" />
              </li>
            ) : (
              <Message key={item.key} item={item} detail={detail} />
            ),
          )}
          {sending.map((item) => (
            <Pending key={item.clientId} item={item} detail={detail} />
          ))}
          <Typing detail={detail} />
        </ol>
      </div>
      {scroll.behind && (
        <Button icon="chevron" className="appear absolute bottom-3 left-1/2 -translate-x-1/2 rounded-full" onClick={scroll.toEnd}>
          {t.newMessages}
        </Button>
      )}
    </div>
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

/** Stays at the end unless the agent scrolled up to read; then a pill tells of new messages. My own words always show. */
function useStickToEnd(newest: string, own: string | undefined) {
  const box = useRef<HTMLDivElement>(null)
  const atEnd = useRef(true)
  const seen = useRef(newest)
  const [behind, setBehind] = useState(false)
  const toEnd = () => {
    const element = box.current
    if (element) element.scrollTop = element.scrollHeight
    atEnd.current = true
    setBehind(false)
  }
  const latest = useRef(toEnd)
  latest.current = toEnd
  useLayoutEffect(() => {
    if (atEnd.current) latest.current()
    else if (seen.current !== newest) setBehind(true)
    seen.current = newest
  }, [newest])
  useLayoutEffect(() => {
    if (own) latest.current()
  }, [own])
  // Pictures that load and a composer that grows move the end away.
  useEffect(() => {
    const element = box.current
    if (!element?.firstElementChild) return
    const watch = new ResizeObserver(() => atEnd.current && latest.current())
    watch.observe(element)
    watch.observe(element.firstElementChild)
    return () => watch.disconnect()
  }, [])
  const onScroll = () => {
    const element = box.current
    if (!element) return
    atEnd.current = element.scrollHeight - element.scrollTop - element.clientHeight < 60
    if (atEnd.current) setBehind(false)
  }
  return { box, onScroll, behind, toEnd }
}
