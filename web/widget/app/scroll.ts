// Where the reader is in a history that grows at both ends: at its end, or at a bubble that stays where it is on the screen.
import { signal } from '@preact/signals'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import { markSeen, readOlder } from './chat.ts'
import { messages, older, open, outbox } from './state.ts'

export const atBottom = signal(true)
/** Messages that came below what the reader sees. */
export const below = signal(0)
/** Pixels from the end that still count as being there. */
const NEAR = 60
/** So near to the top earlier messages are read, that they are there before whoever scrolls. */
const AHEAD = 600

/** A bubble, and how far below the upper edge it stands. */
interface Place {
  row: HTMLElement
  top: number
}

export function useScroll() {
  const scroller = useRef<HTMLElement>(null)
  const content = useRef<HTMLDivElement>(null)
  const place = useRef<Place | undefined>(undefined)
  const lastTop = useRef(0)
  const toEnd = (smooth: boolean) => {
    const box = scroller.current
    box?.scrollTo({ top: box.scrollHeight, behavior: smooth ? 'smooth' : 'instant' })
  }
  const stay = () => {
    const [box, at] = [scroller.current, place.current]
    if (atBottom.peek()) toEnd(false)
    else if (box && at?.row.isConnected) {
      const moved = topOf(box, at.row) - at.top
      // Why there is nothing more to read comes above the reader, who is waiting at the top for it.
      if (older.peek() === 'failed' && box.scrollTop === 0) at.top += moved
      else box.scrollTop += moved
    }
  }
  useFollow(scroller, content, toEnd, stay)
  const onScroll = () => {
    const box = scroller.current as HTMLElement
    const near = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR
    // Only the reader moves up. Growing content makes the end move away, and that is not leaving it.
    if (near) atBottom.value = true
    else if (box.scrollTop < lastTop.current) atBottom.value = false
    lastTop.current = box.scrollTop
    if (near) below.value = 0
    if (atBottom.peek()) return
    const row = firstInSight(box)
    if (row) place.current = { row, top: topOf(box, row) }
    if (box.scrollTop < AHEAD && older.peek() === 'more') void readOlder()
  }
  return { scroller, content, toEnd, onScroll }
}

/** Keeps in sight what was, while things grow (earlier messages, pictures, the composer), and counts what comes out of sight. */
function useFollow(
  scroller: { current: HTMLElement | null },
  content: { current: HTMLElement | null },
  toEnd: (smooth: boolean) => void,
  stay: () => void,
) {
  const known = useRef({ newest: 0, own: 0 })
  const latest = useRef(stay)
  latest.current = stay
  // biome-ignore lint/correctness/useExhaustiveDependencies: refs never change
  useLayoutEffect(() => {
    const observer = new ResizeObserver(() => latest.current())
    observer.observe(scroller.current as HTMLElement)
    observer.observe(content.current as HTMLElement)
    return () => observer.disconnect()
  }, [])
  const oldest = messages.value[0]?.seq
  // At once: a scroll on its way would be taken for one to where other bubbles stand now.
  // biome-ignore lint/correctness/useExhaustiveDependencies: runs when something came before what was there
  useLayoutEffect(() => latest.current(), [oldest])
  const newest = messages.value.at(-1)?.seq ?? 0
  const own = outbox.value.length
  // biome-ignore lint/correctness/useExhaustiveDependencies: runs when something was said, and only then
  useLayoutEffect(() => {
    const before = known.current
    const spoke = own > before.own
    known.current = { newest, own }
    if (spoke || atBottom.peek()) {
      below.value = 0
      atBottom.value = true // Who speaks wants to see the answer, too.
      toEnd(false)
    } else below.value += messages.peek().filter(({ seq, author }) => seq > before.newest && author !== 'customer').length
  }, [newest, own])
  const isOpen = open.value
  // biome-ignore lint/correctness/useExhaustiveDependencies: runs when something was said or the window opened
  useEffect(() => {
    if (atBottom.peek()) toEnd(false)
    markSeen()
  }, [isOpen, newest])
}

/** Where it belongs, also while it still moves there. */
function topOf(box: Element, row: HTMLElement): number {
  return row.offsetTop - box.scrollTop
}

/** They stand in order: looked for by halves. */
function firstInSight(box: Element): HTMLElement | undefined {
  const rows = box.getElementsByClassName('spoken') as HTMLCollectionOf<HTMLElement>
  let low = 0
  let high = rows.length
  while (low < high) {
    const middle = (low + high) >> 1
    const row = rows[middle] as HTMLElement
    if (topOf(box, row) + row.clientHeight > 0) high = middle
    else low = middle + 1
  }
  return rows[low]
}
