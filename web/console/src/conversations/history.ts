// What was said besides that which the detail brings: pages of a hundred, each read when somebody wants it, and read again only while
// it is near what they look at. Whoever looks for something old is taken there at once, and reads back and on from there.
import { type UseQueryResult, useQueries } from '@tanstack/react-query'
import { useCallback, useEffect, useMemo, useState } from 'react'
import type { ConsoleMessage, ConversationDetail, HistoryPage } from '#http/console/protocol.ts'
import { pageQuery } from '../queries.ts'
import { type Ask, covers, joined, keyOf, missing, type Stretch, stretchOf } from './stretch.ts'

export interface Edge {
  /** `none`: there is no more on this side. */
  state: 'none' | 'more' | 'loading' | 'failed'
  /** Why it failed. */
  error?: unknown
  /** Reads one page more, or what failed once more. */
  load(): void
}

export interface History {
  /** Everything that is on the screen, oldest first, without a hole. */
  messages: readonly ConsoleMessage[]
  older: Edge
  newer: Edge
  /** What becomes of the way to a message that is far away. */
  way: Edge
  /** Where the reader is: at the end, or around a message. */
  base: Base
  /** Is this message among what is on the screen, or, if nobody reads it any more, would it be? */
  has(seq: number): boolean
  /** Goes to this message, wherever it stands. */
  reach(seq: number): void
  toEnd(): void
  /** These are on the screen now. */
  look(from: number, to: number): void
}

/** What is shown is what reaches from there without a hole. */
type Base = 'end' | number

interface State {
  base: Base
  wanted: { from: number; to: number }
  /** Where somebody wants to go, until that is loaded: until then they see what they saw. */
  next?: number
  asks: readonly Ask[]
}

type Pages = Map<string, UseQueryResult<HistoryPage>>

const ENDLESS = Number.POSITIVE_INFINITY

export function useHistory(detail: ConversationDetail): History {
  const [state, set] = useState<State>(() => ({ base: 'end', wanted: { from: detail.messages[0]?.seq ?? ENDLESS, to: ENDLESS }, asks: [] }))
  const [seen, setSeen] = useState<readonly string[]>([])
  const { base, asks } = state
  const results = useQueries({
    queries: asks.map((ask) => ({
      ...pageQuery(detail.id, ask),
      enabled: (query: { state: { data: unknown } }) => query.state.data === undefined || seen.includes(keyOf(ask)),
    })),
  })
  const pages: Pages = new Map(asks.flatMap((ask, n) => (results[n] ? [[keyOf(ask), results[n]] as const] : [])))
  // The same list while nothing came, so that what is drawn of it need not be drawn again.
  const came = results.map(({ dataUpdatedAt }) => dataUpdatedAt).join()
  // biome-ignore lint/correctness/useExhaustiveDependencies: the pages are what came
  const stretches = useMemo(() => stretchesOf(asks, pages), [asks, came])
  const shown = useMemo(() => {
    const end = stretchOf(detail)
    return joined((base !== 'end' && stretches.get(keyOf({ around: base }))) || end, [...stretches.values(), end])
  }, [detail, base, stretches])
  const has = useCallback((seq: number) => covers(shown, seq), [shown])
  const now = settled(state, shown, stretches)
  useEffect(() => set((before) => (before === state ? now : before)), [state, now])
  const edge = (ask: Ask | undefined, isEnd: boolean, more: () => void): Edge => edgeOf(ask && pages.get(keyOf(ask)), ask, isEnd, more)
  const [older, newer] = sides(shown, state.wanted)
  const want = (wanted: Partial<State['wanted']>) => set((before) => ({ ...before, wanted: { ...before.wanted, ...wanted } }))
  return {
    messages: shown.messages,
    base,
    has,
    older: edge(older, shown.from === 0, () => want({ from: shown.from - 1 })),
    newer: edge(newer, shown.to === ENDLESS, () => want({ to: shown.to + 1 })),
    way: edge(state.next === undefined ? undefined : { around: state.next }, state.next === undefined, () => undefined),
    reach: (seq) => set((before) => ({ ...before, next: covers(shown, seq) ? undefined : seq })),
    toEnd: () => set((before) => ({ ...before, base: 'end', next: undefined, wanted: { from: stretchOf(detail).from, to: ENDLESS } })),
    look(from, to) {
      const near = [...stretches].filter(([, one]) => one.from <= to && one.to >= from && one.messages.length > 0).map(([key]) => key)
      if (near.join() !== seen.join()) setSeen(near)
    },
  }
}

function stretchesOf(asks: readonly Ask[], pages: Pages): Map<string, Stretch> {
  return new Map(
    asks.flatMap((ask) => {
      const data = pages.get(keyOf(ask))?.data
      return data ? [[keyOf(ask), stretchOf(data, ask)] as const] : []
    }),
  )
}

/** Where that leads: asks for what is missing, arrives where somebody wanted to go, and meets the end. The same state: nowhere. */
export function settled(state: State, shown: Stretch, stretches: ReadonlyMap<string, Stretch>): State {
  const { base, next, wanted, asks } = state
  if (next !== undefined && covers(shown, next)) {
    return { ...state, next: undefined, wanted: { ...wanted, from: Math.min(wanted.from, shown.from) } }
  }
  if (next !== undefined && stretches.has(keyOf({ around: next }))) {
    return { ...state, base: next, next: undefined, wanted: { from: next, to: next } }
  }
  // From here on it follows the end, which has what is said from now on.
  if (base !== 'end' && shown.to === ENDLESS) return { ...state, base: 'end', wanted: { from: shown.from, to: ENDLESS } }
  const lacking = [...missing(shown, wanted), ...(next === undefined ? [] : [{ around: next }])]
  const known = new Set(asks.map(keyOf))
  const added = lacking.filter((ask) => !known.has(keyOf(ask)))
  return added.length > 0 ? { ...state, asks: [...asks, ...added] } : state
}

/** What is awaited at each side. */
function sides(shown: Stretch, wanted: State['wanted']): [older: Ask | undefined, newer: Ask | undefined] {
  const lacking = missing(shown, wanted)
  return [lacking.find((ask) => 'before' in ask), lacking.find((ask) => 'after' in ask)]
}

function edgeOf(page: UseQueryResult<HistoryPage> | undefined, ask: Ask | undefined, isEnd: boolean, more: () => void): Edge {
  const failed = page?.isError && !page.isFetching && page.data === undefined
  return {
    state: isEnd ? 'none' : failed ? 'failed' : ask ? 'loading' : 'more',
    error: failed ? page.error : undefined,
    load: () => (failed ? void page.refetch() : ask || isEnd ? undefined : more()),
  }
}
