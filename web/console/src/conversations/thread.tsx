// One conversation: head, banner, messages, composer, and the context beside it.
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { lazy, Suspense, useEffect, useSyncExternalStore } from 'react'
import type { ConversationDetail, Me } from '#http/console/protocol.ts'
import { useAct } from '../actions.ts'
import { ApiError } from '../api.ts'
import { openDialog, useCommands } from '../commands.ts'
import { conversationQuery } from '../queries.ts'
import { useStore } from '../store.ts'
import { Empty, Failed, Skeletons } from '../ui.tsx'
import { useWords } from '../words.ts'
import { Banner } from './banner.tsx'
import { Composer } from './composer.tsx'
import { Messages } from './messages.tsx'
import { lightbox } from './parts.tsx'
import { ThreadHead } from './thread-head.tsx'

/** Beside the conversation, and on a phone behind a button: it may come a moment later. */
const Context = lazy(() => import('./context.tsx').then((module) => ({ default: module.Context })))
const Transfer = lazy(() => import('./transfer.tsx').then((module) => ({ default: module.Transfer })))
const Snooze = lazy(() => import('./postpone.tsx').then((module) => ({ default: module.Snooze })))
const FollowUp = lazy(() => import('./postpone.tsx').then((module) => ({ default: module.FollowUp })))
const ResolveWith = lazy(() => import('./postpone.tsx').then((module) => ({ default: module.ResolveWith })))
const Lightbox = lazy(() => import('./lightbox.tsx').then((module) => ({ default: module.Lightbox })))
const Sheet = lazy(() => import('../dialog.tsx').then((module) => ({ default: module.Dialog })))

export function Thread({ id, me }: { id: string; me: Me }) {
  const t = useWords()
  const query = useQuery(conversationQuery(id))
  const wide = useWide()
  if (query.data) {
    return (
      <div className="grid min-h-0 grid-cols-1 xl:grid-cols-[minmax(0,1fr)_304px]">
        <Open detail={query.data} me={me} />
        {wide && (
          <aside
            aria-label={t.details}
            // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
            tabIndex={0}
            className="quiet-scroll min-h-0 overflow-y-auto border-l border-line bg-surface"
          >
            <Suspense fallback={null}>
              <Context detail={query.data} />
            </Suspense>
          </aside>
        )}
        <ThreadDialogs detail={query.data} wide={wide} />
      </div>
    )
  }
  return (
    <div className="flex min-h-0 flex-col justify-center bg-bg">
      {query.error instanceof ApiError && query.error.status === 404 ? (
        <Empty icon="question" title={t.notFound} help={query.error.message}>
          <Link to="/conversations" search={(search) => ({ ...search })} className="font-medium text-accent-text">
            {t.toConversations}
          </Link>
        </Empty>
      ) : query.error ? (
        <Failed error={query.error} retry={() => void query.refetch()} />
      ) : (
        <Skeletons count={4} className="mx-auto flex max-w-2xl gap-3 px-6 py-5" />
      )}
    </div>
  )
}

function Open({ detail, me }: { detail: ConversationDetail; me: Me }) {
  const t = useWords()
  useThreadCommands(detail)
  return (
    <section aria-label={t.thread(detail.customer.name)} className="flex min-h-0 min-w-0 flex-col bg-bg">
      <ThreadHead detail={detail} />
      <Messages detail={detail} />
      <Banner detail={detail} me={me} />
      <Composer detail={detail} />
    </section>
  )
}

function ThreadDialogs({ detail, wide }: { detail: ConversationDetail; wide: boolean }) {
  const t = useWords()
  const open = useStore(openDialog)
  const picture = useStore(lightbox)
  const { info } = useSearch({ from: '/signed-in/conversations' })
  const navigate = useNavigate()
  return (
    <Suspense fallback={null}>
      {open === 'transfer' && <Transfer detail={detail} onClose={() => openDialog.set(null)} />}
      {open === 'snooze' && <Snooze detail={detail} onClose={() => openDialog.set(null)} />}
      {open === 'followup' && <FollowUp detail={detail} onClose={() => openDialog.set(null)} />}
      {open === 'resolve' && <ResolveWith detail={detail} onClose={() => openDialog.set(null)} />}
      {picture && <Lightbox file={picture} onClose={() => lightbox.set(null)} />}
      {info && !wide && (
        <Sheet
          title={t.details}
          place="side"
          onClose={() => void navigate({ to: '.', search: (search) => ({ ...search, info: undefined }), replace: true })}
        >
          <section
            aria-label={t.details}
            // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
            tabIndex={0}
            className="quiet-scroll min-h-0 flex-1 overflow-y-auto outline-none"
          >
            <Context detail={detail} />
          </section>
        </Sheet>
      )}
    </Suspense>
  )
}

function useThreadCommands(detail: ConversationDetail): void {
  const { act, busy } = useAct(detail)
  useEffect(
    () => () => {
      const open = openDialog.get()
      if (open !== null && open !== 'palette' && open !== 'help') openDialog.set(null)
      lightbox.set(null)
    },
    [],
  )
  useCommands((command) => {
    if (command === 'claim' && detail.can.claim && !busy) act({ type: 'claim' })
    else if (command === 'resolve' && detail.can.resolve && !busy) act({ type: 'resolve' })
    else if (command === 'transfer' && detail.can.transfer) openDialog.set('transfer')
    else return false
    return true
  })
}

const WIDE = '(min-width: 1200px)'

function useWide(): boolean {
  return useSyncExternalStore(
    (listener) => {
      const media = matchMedia(WIDE)
      media.addEventListener('change', listener)
      return () => media.removeEventListener('change', listener)
    },
    () => matchMedia(WIDE).matches,
  )
}
