// The console's addresses. What an agent looks at is in the address: it can be sent, reloaded and gone back to.
import type { QueryClient } from '@tanstack/react-query'
import { createRootRouteWithContext, createRoute, createRouter, lazyRouteComponent, redirect } from '@tanstack/react-router'
import type { View } from '#http/console/protocol.ts'
import type { TroubleState } from '#http/console/protocol-state.ts'
import { ApiError } from './api.ts'
import { Conversations } from './conversations/page.tsx'
import { meQuery, type TroubleFilter, VIEWS } from './queries.ts'
import { Broken, NotFound, Root } from './screens/errors.tsx'
import { Login } from './screens/login.tsx'
import { Shell } from './shell.tsx'
import { offerLocale } from './words.ts'

export interface ConversationSearch {
  view?: View
  q?: string
  /** What falls due first at the top, rather than the view's own order. */
  sort?: 'due'
  /** The context pane, where it is not always on screen. */
  info?: boolean
}

const root = createRootRouteWithContext<{ client: QueryClient }>()({ component: Root, notFoundComponent: NotFound })

/** Where to go after signing in: only ever a page of this console. */
export function safeNext(next: unknown): string | undefined {
  return typeof next === 'string' && /^\/(?![/\\])/.test(next) && !next.startsWith('/login') ? next : undefined
}

const login = createRoute({
  getParentRoute: () => root,
  path: '/login',
  validateSearch: (search: Record<string, unknown>): { next?: string } => ({ next: safeNext(search.next) }),
  component: Login,
})

const setup = createRoute({
  getParentRoute: () => root,
  path: '/setup',
  validateSearch: (search: Record<string, unknown>): { token: string } => ({ token: String(search.token ?? '') }),
  component: lazyRouteComponent(() => import('./screens/setup.tsx'), 'Setup'),
})

const signedIn = createRoute({
  getParentRoute: () => root,
  id: 'signed-in',
  component: Shell,
  errorComponent: Broken,
  beforeLoad: async ({ context, location }) => {
    try {
      const me = await context.client.ensureQueryData(meQuery)
      offerLocale(me.locale)
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 401) throw error
      throw redirect({ to: '/login', search: { next: safeNext(location.href) } })
    }
  },
})

const index = createRoute({
  getParentRoute: () => signedIn,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/conversations' })
  },
})

const conversations = createRoute({
  getParentRoute: () => signedIn,
  path: '/conversations',
  validateSearch: (search: Record<string, unknown>): ConversationSearch => ({
    view: VIEWS.find((view) => view === search.view),
    q: search.q === undefined || search.q === '' ? undefined : String(search.q),
    sort: search.sort === 'due' ? 'due' : undefined,
    info: search.info === true ? true : undefined,
  }),
  component: Conversations,
})

const nobody = createRoute({ getParentRoute: () => conversations, path: '/' })
const conversation = createRoute({ getParentRoute: () => conversations, path: '$id' })

const STATES: readonly TroubleState[] = ['failed', 'unknown', 'held', 'expired', 'dead']

const attention = createRoute({
  getParentRoute: () => signedIn,
  path: '/attention',
  validateSearch: (search: Record<string, unknown>): TroubleFilter => ({
    state: STATES.find((state) => state === search.state),
    target: typeof search.target === 'string' && search.target ? search.target : undefined,
  }),
  component: lazyRouteComponent(() => import('./screens/attention.tsx'), 'Attention'),
})

const todo = createRoute({
  getParentRoute: () => signedIn,
  path: '/todo',
  component: lazyRouteComponent(() => import('./screens/todo.tsx'), 'Todo'),
})

const learning = createRoute({
  getParentRoute: () => signedIn,
  path: '/learning',
  component: lazyRouteComponent(() => import('./screens/learning.tsx'), 'Learning'),
})

const team = createRoute({
  getParentRoute: () => signedIn,
  path: '/team',
  component: lazyRouteComponent(() => import('./screens/team.tsx'), 'Team'),
})

const system = createRoute({
  getParentRoute: () => signedIn,
  path: '/system',
  component: lazyRouteComponent(() => import('./screens/system.tsx'), 'System'),
})

const tree = root.addChildren([
  login,
  setup,
  signedIn.addChildren([index, conversations.addChildren([nobody, conversation]), attention, todo, learning, team, system]),
])

export function makeRouter(client: QueryClient) {
  return createRouter({
    routeTree: tree,
    basepath: '/console',
    context: { client },
    defaultErrorComponent: Broken,
    defaultNotFoundComponent: NotFound,
    // The panes scroll, not the page.
    scrollRestoration: false,
  })
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof makeRouter>
  }
}
