// Where the reader is in a history that grows at both ends: at its end, or at a message that stays where it is on the screen.
import { type RefObject, useEffect, useLayoutEffect, useRef, useState } from 'react'

/** So near to the top what was said before is read, that it is there before whoever scrolls. */
const TOP_PX = 400
const END_PX = 60
/** So long what was looked for stands out. */
const SHOWN_MS = 2000

export interface ScrollOptions {
  /** Changes whenever something came to the end. */
  newest: string
  /** Changes whenever something came before what was there. */
  oldest: string | undefined
  /** The last of my own words on their way. */
  own: string | undefined
  /** The last of what is loaded is the last that was said. */
  isEnd: boolean
  look(from: number, to: number): void
  atTop(): void
  atBottom(): void
}

/** A message, and how far below the upper edge of the screen it stands. */
interface Place {
  row: Element
  top: number
}

export interface Scroll {
  box: RefObject<HTMLDivElement | null>
  /** Something came that is below what is on screen. */
  behind: boolean
  /** The end is more than a screen away. */
  far: boolean
  onScroll(): void
  toEnd(): void
  /** Brings what this selects into sight; false while it is not loaded. */
  show(place: string): boolean
}

/** Stays at the end unless the agent scrolled up to read; then a pill tells of new messages. My own words always show. */
export function useScroll({ newest, oldest, own, isEnd, look, atTop, atBottom }: ScrollOptions): Scroll {
  const { box, atEnd, place, behind, setBehind, toEnd } = useHeld({ newest, oldest, own })
  const [far, setFar] = useState(false)
  const onScroll = () => {
    const element = box.current
    if (!element) return
    const left = element.scrollHeight - element.scrollTop - element.clientHeight
    atEnd.current = isEnd && left < END_PX
    setFar(!isEnd || left > element.clientHeight)
    if (atEnd.current) setBehind(false)
    const rows = rowsInSight(element)
    place.current = atEnd.current || !rows[0] ? undefined : { row: rows[0], top: topOf(element, rows[0]) }
    if (rows.length > 0) look(seqOf(rows[0]), seqOf(rows.at(-1)))
    if (!atEnd.current && element.scrollTop < TOP_PX) atTop()
    if (!isEnd && left < TOP_PX) atBottom()
  }
  const show = (selected: string) => {
    const row = box.current?.querySelector(selected)
    if (!box.current || !row) return false
    atEnd.current = false
    place.current = { row, top: box.current.clientHeight / 4 }
    goBack(box.current, place.current)
    standOut(row)
    return true
  }
  return { box, onScroll, behind, far, toEnd, show }
}

/** Whatever grows, at whichever end: the reader stays where they are. */
function useHeld({ newest, oldest, own }: Pick<ScrollOptions, 'newest' | 'oldest' | 'own'>) {
  const box = useRef<HTMLDivElement>(null)
  const atEnd = useRef(true)
  const place = useRef<Place>(undefined)
  const [behind, setBehind] = useState(false)
  const toEnd = () => {
    const element = box.current
    if (element) element.scrollTop = element.scrollHeight
    atEnd.current = true
    place.current = undefined
    setBehind(false)
  }
  const latest = useRef(toEnd)
  latest.current = toEnd
  const seen = useRef(newest)
  useLayoutEffect(() => {
    if (atEnd.current) latest.current()
    else if (seen.current !== newest) setBehind(true)
    seen.current = newest
  }, [newest])
  useLayoutEffect(() => {
    if (own) latest.current()
  }, [own])
  // At once: a scroll on its way would be taken for one to where other messages stand now.
  // biome-ignore lint/correctness/useExhaustiveDependencies: `oldest` is when, not what
  useLayoutEffect(() => {
    if (box.current && place.current) goBack(box.current, place.current)
    else if (atEnd.current) latest.current()
  }, [oldest])
  // Older messages and pictures that load above move what is being read, and a composer that grows the end: before it is painted, back.
  // Browsers that do so themselves do not at the very top, and Safari does not at all.
  useEffect(() => {
    const element = box.current
    if (!element?.firstElementChild) return
    const watch = new ResizeObserver(() => {
      if (atEnd.current) latest.current()
      else if (place.current) goBack(element, place.current)
    })
    watch.observe(element)
    watch.observe(element.firstElementChild)
    return () => watch.disconnect()
  }, [])
  return { box, atEnd, place, behind, setBehind, toEnd }
}

function goBack(box: Element, { row, top }: Place): void {
  const moved = row.isConnected ? topOf(box, row) - top : 0
  if (Math.abs(moved) >= 1) box.scrollTop += moved
}

function standOut(row: Element): void {
  const [on, off] = ['var(--accent-soft)', 'transparent']
  row.animate(
    { background: [on, on, off], boxShadow: [on, on, off].map((colour) => `0 3px 0 3px ${colour}`), borderRadius: '8px' },
    SHOWN_MS,
  )
}

function topOf(box: Element, row: Element): number {
  return row.getBoundingClientRect().top - box.getBoundingClientRect().top
}

function seqOf(row: Element | undefined): number {
  return Number(row?.getAttribute('data-seq'))
}

/** They stand in order: the first one is looked for by halves. */
function rowsInSight(box: Element): Element[] {
  const rows = box.querySelectorAll('[data-seq]')
  const { top, bottom } = box.getBoundingClientRect()
  let low = 0
  let high = rows.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((rows[middle]?.getBoundingClientRect().bottom ?? 0) > top) high = middle
    else low = middle + 1
  }
  const found: Element[] = []
  for (let row = rows[low]; row && row.getBoundingClientRect().top <= bottom; row = rows[low + found.length]) found.push(row)
  return found
}
