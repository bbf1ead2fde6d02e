// The frame around every screen of a signed-in agent: head, navigation, the socket, and the dialogs that keys open.
import { useInfiniteQuery, useQuery, useQueryClient, useSuspenseQuery } from '@tanstack/react-query'
import { Link, Outlet, useMatchRoute, useNavigate, useRouterState } from '@tanstack/react-router'
import { lazy, Suspense, useEffect, useRef, useState } from 'react'
import type { Me, View } from '#http/console/protocol.ts'
import { Account, PresenceSwitch } from './account.tsx'
import { useNow, useNowAs } from './clock.ts'
import { openDialog, run, useCommands, useKeys } from './commands.ts'
import { Icon, type IconName } from './icons.tsx'
import { liveState, startLive } from './live.ts'
import { conversationsQuery, counts, followupsQuery, meQuery, refresh, troubleCountQuery } from './queries.ts'
import { Mark } from './screens/front.tsx'
import { useStore } from './store.ts'
import { toast } from './toast.tsx'
import { useWords } from './words.ts'

const Palette = lazy(() => import('./palette.tsx').then((module) => ({ default: module.Palette })))
const Shortcuts = lazy(() => import('./shortcuts.tsx').then((module) => ({ default: module.Shortcuts })))

export function Shell() {
  const t = useWords()
  const { data: me } = useSuspenseQuery(meQuery)
  const onThread = Boolean(useMatchRoute()({ to: '/conversations/$id' }))
  useLive()
  useKeys()
  useShellCommands()
  return (
    <div className="flex h-full flex-col">
      <a
        href="#content"
        className="sr-only rounded-md bg-accent px-3 py-1.5 text-white focus:not-sr-only focus:absolute focus:left-2 focus:top-2 focus:z-50"
      >
        {t.skip}
      </a>
      {/* On phones a thread has the whole screen. */}
      <Head me={me} className={onThread ? 'max-md:hidden' : ''} />
      <Reconnecting />
      <div id="content" tabIndex={-1} className="min-h-0 flex-1 outline-none">
        <Outlet />
      </div>
      <nav
        aria-label={t.mainNav}
        className={`border-t border-line bg-surface pb-[env(safe-area-inset-bottom)] md:hidden ${onThread ? 'hidden' : 'flex'}`}
      >
        <NavLinks me={me} tab />
      </nav>
      <Reminders />
      <Dialogs />
    </div>
  )
}

function Head({ me, className }: { me: Me; className: string }) {
  const t = useWords()
  return (
    <header className={`flex h-12 shrink-0 items-center gap-3 border-b border-line bg-surface px-3 md:px-4 ${className}`}>
      <Link to="/conversations" className="flex min-w-0 items-center gap-2 font-semibold tracking-tight">
        <Mark size={24} />
        <span className="truncate">{me.brand.name}</span>
      </Link>
      <nav aria-label={t.mainNav} className="ml-3 hidden items-center gap-0.5 md:flex">
        <NavLinks me={me} />
      </nav>
      <div className="flex-1" />
      <button
        type="button"
        onClick={() => openDialog.set('palette')}
        className="hidden h-8 items-center gap-2 rounded-md border border-line bg-bg pl-2.5 pr-1.5 text-sm text-faint hover:border-line-strong md:flex xl:w-72"
      >
        <Icon name="search" />
        <span className="sr-only flex-1 text-left xl:not-sr-only">
          <span className="whitespace-nowrap">{t.commands}</span>
        </span>
        <kbd className="rounded border border-line bg-surface px-1.5 font-sans text-2xs">{MOD} K</kbd>
      </button>
      <PresenceSwitch me={me} />
      <Account me={me} />
    </header>
  )
}

const MOD = /Mac|iPhone|iPad/.test(globalThis.navigator?.platform ?? '') ? '⌘' : 'Ctrl'

interface NavLink {
  to: '/conversations' | '/attention' | '/todo' | '/learning' | '/team' | '/system'
  words: string
  icon: IconName
  count?: number
  tone?: string
}

function NavLinks({ me, tab }: { me: Me; tab?: true }) {
  const t = useWords()
  const waiting = useStore(counts)?.queue ?? 0
  const oversees = me.role !== 'agent'
  const { data: trouble } = useQuery({ ...troubleCountQuery, enabled: oversees })
  const due = useDue()
  const attention: NavLink = {
    to: '/attention',
    words: tab ? t.attentionTab : t.attention,
    icon: 'flag',
    count: trouble?.count,
    tone: 'bg-warn-soft text-warn',
  }
  const links: NavLink[] = [
    { to: '/conversations', words: t.conversations, icon: 'talk', count: tab ? 0 : waiting, tone: 'bg-accent-soft text-accent-text' },
    { to: '/todo', words: t.todo, icon: 'clock', count: due, tone: 'bg-danger-soft text-danger' },
    ...(oversees ? [attention] : []),
    // For whoever edits the bot, at a desk: the bar of a phone has no room for it.
    ...(me.role === 'admin' && !tab ? [{ to: '/learning' as const, words: t.learning, icon: 'bot' as const }] : []),
    { to: '/team', words: t.team, icon: 'people' },
    { to: '/system', words: t.system, icon: 'pulse' },
  ]
  const look = tab
    ? 'relative flex flex-1 flex-col items-center gap-0.5 pb-1.5 pt-2 text-2xs text-faint data-[status=active]:text-accent-text'
    : 'flex h-8 items-center gap-1.5 whitespace-nowrap rounded-md px-2.5 text-sm text-muted hover:bg-hover data-[status=active]:bg-sunken data-[status=active]:font-medium data-[status=active]:text-text'
  return links.map(({ to, words, icon, count = 0, tone }) => (
    <Link key={to} to={to} className={look} activeOptions={{ includeSearch: false }}>
      {tab && <Icon name={icon} size={20} />}
      {words}
      {count > 0 && (
        <span
          className={`rounded-full px-1.5 text-2xs font-medium leading-4 tabular-nums ${tone} ${tab ? 'absolute left-1/2 top-1 ml-1.5 px-1' : ''}`}
        >
          {count > 99 ? '99+' : count}
        </span>
      )}
    </Link>
  ))
}

/** How many follow-ups are due. */
function useDue(): number {
  const { data } = useQuery(followupsQuery)
  return useNowAs((now) => data?.items.filter((one) => Date.parse(one.dueAt) <= now).length ?? 0)
}

/** Says so when the time of a follow-up comes. Draws nothing, and alone looks at the clock every second. */
function Reminders(): null {
  const t = useWords()
  const { data } = useQuery(followupsQuery)
  const now = useNow()
  const since = useRef(now)
  useEffect(() => {
    const due = data?.items.filter((one) => Date.parse(one.dueAt) <= now && Date.parse(one.dueAt) > since.current) ?? []
    since.current = now
    for (const one of due) toast(t.todoDueNow(`${one.text} · ${one.customer}`))
  }, [data, now, t])
  return null
}

function useLive(): void {
  const client = useQueryClient()
  useEffect(
    () =>
      startLive({
        changed: (conversations) => void refresh(client, conversations),
        progressed: (conversation) => void client.invalidateQueries({ queryKey: ['conversation', conversation] }),
        resumed: () => void client.invalidateQueries(),
        random: Math.random,
      }),
    [client],
  )
}

/** Quiet, and only when a break lasts: most are over before anybody could read it. */
function Reconnecting() {
  const t = useWords()
  const lost = useStore(liveState) === 'lost'
  const [shown, setShown] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setShown(lost), lost ? 2000 : 0)
    return () => clearTimeout(timer)
  }, [lost])
  return (
    <div role="status">
      {shown && <p className="border-b border-note-line bg-note px-4 py-1 text-center text-xs text-note-text">{t.reconnecting}</p>}
    </div>
  )
}

/** The count of those who wait is in the title on every screen, so the list of the queue is kept alive on the others. */
export function useTitle(screen: string): void {
  const t = useWords()
  const onConversations = useRouterState({ select: (state) => state.location.pathname.includes('/conversations') })
  useInfiniteQuery({ ...conversationsQuery('queue', '', undefined), enabled: !onConversations })
  const waiting = useStore(counts)?.queue ?? 0
  const { data: me } = useSuspenseQuery(meQuery)
  useEffect(() => {
    document.title = [waiting > 0 && t.queueTitle(waiting), `${screen} · ${me.brand.name}`].filter(Boolean).join(' ')
  }, [screen, waiting, me.brand.name, t])
}

function useShellCommands(): void {
  const navigate = useNavigate()
  useCommands((command) => {
    if (command === 'palette' || command === 'help') openDialog.set(command)
    else if (command.startsWith('view:')) {
      void navigate({ to: '/conversations', search: ({ sort }) => ({ view: command.slice(5) as View, sort }) })
    } else return false
    return true
  })
}

function Dialogs() {
  const open = useStore(openDialog)
  const close = () => openDialog.set(null)
  useEffect(() => {
    // Fetched while nobody waits, so that the first ⌘K opens at once.
    const timer = setTimeout(() => void import('./palette.tsx').catch((error: unknown) => console.warn(error)), 2000)
    return () => clearTimeout(timer)
  }, [])
  return (
    <Suspense fallback={null}>
      {open === 'palette' && <Palette onClose={close} onRun={run} />}
      {open === 'help' && <Shortcuts onClose={close} />}
    </Suspense>
  )
}
