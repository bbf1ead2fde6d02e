// What is read from the server, and when it is read again.
import { type InfiniteData, infiniteQueryOptions, QueryCache, QueryClient, queryOptions, useQuery } from '@tanstack/react-query'
import type { ConsoleMessage, ConversationDetail, ConversationPage, ConversationSummary, Me, View } from '#http/console/protocol.ts'
import type { TroublePage, TroubleState } from '#http/console/protocol-state.ts'
import { ApiError, api } from './api.ts'
import type { Ask } from './conversations/stretch.ts'
import { liveState } from './live.ts'
import { createStore } from './store.ts'

export const VIEWS: readonly View[] = ['queue', 'mine', 'open', 'bot', 'resolved']

/** Every page of every list brings all counts; the newest are shown everywhere. */
export const counts = createStore<Record<View, number> | null>(null)

// With a socket polling only catches lost hints; without one it is what keeps the screen true.
const interval = () => (liveState.get() === 'open' ? 60_000 : 15_000)

/** What people see of a skill: its name, or what flows call it. */
export function useSkillName(): (id: string) => string {
  const { data } = useQuery(meQuery)
  return (id) => data?.skillNames[id] ?? id
}

export const meQuery = queryOptions({ queryKey: ['me'], queryFn: ({ signal }) => api.me(signal), staleTime: 30_000 })

export type Sort = 'due' | undefined

/** Where people owe something: the other views know no terms. */
export function canSort(view: View, q: string): boolean {
  return q === '' && view !== 'bot' && view !== 'resolved'
}

export const conversationsQuery = (view: View, q: string, sort: Sort) =>
  infiniteQueryOptions({
    queryKey: ['conversations', view, q, sort],
    queryFn: async ({ pageParam, signal }) => {
      const page = await api.conversations(view, q, sort, pageParam, signal)
      counts.set(page.counts)
      return page
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page: ConversationPage) => page.cursor,
    refetchInterval: interval,
  })

/** While words of ours are on their way, whoever sent them waits to see them arrive. */
const ON_ITS_WAY_MS = 2_000
const isOnItsWay = (messages: readonly ConsoleMessage[] | undefined) =>
  messages?.some(({ delivery }) => delivery?.state === 'pending' || delivery?.state === 'sending') === true

export const conversationQuery = (id: string) =>
  queryOptions({
    queryKey: ['conversation', id],
    queryFn: ({ client, queryKey, signal }) => {
      // What is on screen stays there: else each new message would push one out at the other end.
      const [first] = client.getQueryData<ConversationDetail>(queryKey)?.messages ?? []
      return api.conversation(id, first?.seq, signal)
    },
    refetchInterval: (query) => (isOnItsWay(query.state.data?.messages.slice(-20)) ? ON_ITS_WAY_MS : interval()),
  })

/** A part of the history: below the conversation's key, so that whatever has it read again has this read again, too. */
export const pageQuery = (id: string, ask: Ask) =>
  queryOptions({
    queryKey: ['conversation', id, 'page', ask],
    queryFn: ({ signal }) => api.history(id, ask, signal),
    // A page that failed waits for somebody to ask for it.
    refetchInterval: (query) => query.state.data !== undefined && (isOnItsWay(query.state.data.messages) ? ON_ITS_WAY_MS : interval()),
    staleTime: 15_000,
  })

export const foundQuery = (id: string, q: string) =>
  queryOptions({ queryKey: ['conversation', id, 'found', q], queryFn: ({ signal }) => api.found(id, q, signal), staleTime: 15_000 })

/** Read when the dialog opens; the order stays as it is while somebody chooses. */
export const targetsQuery = (conversation: string) =>
  queryOptions({
    queryKey: ['targets', conversation],
    queryFn: ({ signal }) => api.targets(conversation, signal),
    staleTime: 2_000,
    refetchOnWindowFocus: false,
  })

export const macrosQuery = (conversation: string) =>
  queryOptions({ queryKey: ['macros', conversation], queryFn: ({ signal }) => api.macros(conversation, signal), staleTime: 30_000 })

export const articlesQuery = (conversation: string, q: string) =>
  queryOptions({
    queryKey: ['articles', conversation, q],
    queryFn: ({ signal }) => api.articles(conversation, q, signal),
    staleTime: 30_000,
    // What was found stays on screen while the next letter is looked up.
    placeholderData: (before) => before,
  })

export const followupsQuery = queryOptions({
  queryKey: ['followups'],
  queryFn: ({ signal }) => api.followups(signal),
  refetchInterval: 60_000,
})

export interface TroubleFilter {
  state?: TroubleState
  target?: string
}

export const troubleQuery = (filter: TroubleFilter) =>
  infiniteQueryOptions({
    queryKey: ['trouble', filter],
    queryFn: ({ pageParam, signal }) => api.trouble(filter, pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page: TroublePage) => page.cursor,
    refetchInterval: interval,
  })

export const troubleCountQuery = queryOptions({
  queryKey: ['trouble', 'count'],
  queryFn: ({ signal }) => api.troubleCount(signal),
  refetchInterval: 60_000,
})

export const teamQuery = queryOptions({ queryKey: ['team'], queryFn: ({ signal }) => api.team(signal), refetchInterval: interval })

export const systemQuery = queryOptions({ queryKey: ['system'], queryFn: ({ signal }) => api.system(signal), refetchInterval: 15_000 })

/** The rows of all loaded pages. A conversation that moved between two reads is shown once. */
export function rowsOf(data: InfiniteData<ConversationPage> | undefined): ConversationSummary[] {
  const seen = new Set<string>()
  return (data?.pages ?? []).flatMap((page) => page.items).filter((row) => !seen.has(row.id) && seen.add(row.id))
}

export function makeClient(signedOut: () => void): QueryClient {
  const client: QueryClient = new QueryClient({
    queryCache: new QueryCache({
      onError(error, query) {
        if (error instanceof ApiError && error.status === 401 && query.queryKey[0] !== 'me') signedOut()
      },
    }),
    defaultOptions: {
      queries: {
        retry: (failures, error) => error instanceof ApiError && error.passing && failures < 2,
        staleTime: 1000,
        // A server in the house is reachable although the browser says 'offline'.
        networkMode: 'always',
      },
      mutations: { networkMode: 'always' },
    },
  })
  return client
}

/** Everything that shows these conversations is read again. */
export function refresh(client: QueryClient, conversations: Iterable<string>): Promise<unknown> {
  const details = [...conversations].map((id) => client.invalidateQueries({ queryKey: ['conversation', id] }))
  return Promise.all([
    ...details,
    client.invalidateQueries({ queryKey: ['conversations'] }),
    client.invalidateQueries({ queryKey: ['team'] }),
    client.invalidateQueries({ queryKey: ['trouble'] }),
    client.invalidateQueries({ queryKey: followupsQuery.queryKey }),
    // Claiming puts an agent online; the switch shows it.
    client.invalidateQueries({ queryKey: meQuery.queryKey }),
  ])
}

export function rememberMe(client: QueryClient, me: Me): void {
  client.setQueryData(meQuery.queryKey, me)
}
