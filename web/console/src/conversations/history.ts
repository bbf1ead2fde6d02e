// What was said before that which the detail brings: pages of a hundred, each read when somebody wants it, and read again only while
// it is near what they look at. A page is known by the message it ends before, so that it stays what it is whatever is said later.
import { useQueries } from '@tanstack/react-query'
import { useEffect, useMemo, useState } from 'react'
import type { ConsoleMessage, ConversationDetail, HistoryPage } from '#http/console/protocol.ts'
import { olderQuery } from '../queries.ts'

export interface History {
  /** Everything that is loaded, oldest first. */
  messages: readonly ConsoleMessage[]
  state: 'beginning' | 'more' | 'loading' | 'failed'
  /** Why it failed. */
  error?: unknown
  /** Reads one page more, or what failed once more. */
  load(): void
  /** Reads on until this message is there. */
  reach(seq: number): void
  /** These are on the screen now. */
  look(from: number, to: number): void
}

export interface Loaded {
  /** The last messages, and whether there are more. */
  newest: HistoryPage
  /** The message that each older page ends before, newest first. */
  ends: readonly number[]
  /** The pages, as far as they came. */
  pages: readonly (HistoryPage | undefined)[]
}

/**
 * The pages that reach from the newest messages down to `wanted` without a hole. One can open above what was loaded: after a long sleep, or
 * when very much was said, the detail begins later than before.
 */
export function bridged({ newest, ends, pages }: Loaded, wanted: number): readonly number[] {
  const result: number[] = []
  let first = newest.messages[0]?.seq
  for (const [n, end] of ends.entries()) {
    if (first !== undefined && end < first) result.push(first)
    result.push(end)
    first = pages[n]?.messages[0]?.seq
  }
  if (first !== undefined && wanted < first && hasOlder({ newest, ends, pages })) result.push(first)
  return result.length === ends.length ? ends : result
}

/** Each message once, where two pages hold it as the newer one has it. */
export function joined({ newest, pages }: Pick<Loaded, 'newest' | 'pages'>): readonly ConsoleMessage[] {
  if (pages.length === 0) return newest.messages
  const byId = new Map<string, ConsoleMessage>()
  for (const page of [...pages].reverse()) for (const message of page?.messages ?? []) byId.set(message.id, message)
  for (const message of newest.messages) byId.set(message.id, message)
  return [...byId.values()].sort((one, other) => one.seq - other.seq)
}

/** Those of the pages with anything between two messages. */
export function near({ ends, pages }: Pick<Loaded, 'ends' | 'pages'>, from: number, to: number): readonly number[] {
  return ends.filter((end, n) => end > from && (pages[n]?.messages[0]?.seq ?? end) <= to)
}

function hasOlder({ newest, pages }: Loaded): boolean {
  return pages.length === 0 ? newest.older : pages.at(-1)?.older === true
}

export function useHistory(detail: ConversationDetail): History {
  const [wanted, want] = useState(detail.messages[0]?.seq ?? Number.POSITIVE_INFINITY)
  const [ends, setEnds] = useState<readonly number[]>([])
  const [seen, setSeen] = useState<readonly number[]>([])
  const queries = useQueries({
    queries: ends.map((end) => ({
      ...olderQuery(detail.id, end),
      enabled: (query: { state: { data: unknown } }) => query.state.data === undefined || seen.includes(end),
    })),
  })
  const loaded = { newest: detail, ends, pages: queries.map(({ data }) => data) }
  const reaching = bridged(loaded, wanted)
  useEffect(() => setEnds(reaching), [reaching])
  // The same list while nothing came, so that what is drawn of it need not be drawn again.
  const came = queries.map(({ dataUpdatedAt }) => dataUpdatedAt).join()
  // biome-ignore lint/correctness/useExhaustiveDependencies: the pages are what came
  const messages = useMemo(() => joined(loaded), [detail.messages, ends, came])
  const failed = queries.find(({ data, isError }) => data === undefined && isError)
  const isLoading = reaching !== ends || queries.some(({ data, isFetching }) => data === undefined && isFetching)
  return {
    messages,
    state: isLoading ? 'loading' : failed ? 'failed' : hasOlder(loaded) ? 'more' : 'beginning',
    error: failed?.error,
    load() {
      if (isLoading) return
      if (failed) void failed.refetch()
      else want(Math.min(wanted, (messages[0]?.seq ?? 0) - 1))
    },
    reach: (seq) => want(Math.min(wanted, seq)),
    look(from, to) {
      const now = near(loaded, from, to)
      if (now.join() !== seen.join()) setSeen(now)
    },
  }
}
