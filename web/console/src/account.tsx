// Who I am and whether I am here.
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { lazy, Suspense } from 'react'
import type { Me } from '#http/console/protocol.ts'
import { api } from './api.ts'
import { Popover } from './popover.tsx'
import { meQuery, rememberMe } from './queries.ts'
import { toast } from './toast.tsx'
import { Avatar, PresenceDot } from './ui.tsx'
import { useWords } from './words.ts'

/** Loaded when all that is on screen is there: nobody opens it at once. */
const AccountMenu = lazy(() => import('./account-menu.tsx').then((module) => ({ default: module.AccountMenu })))

export function usePresence() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (state: 'online' | 'away') => api.presence(state),
    onMutate: (state) => client.setQueryData(meQuery.queryKey, (me) => me && { ...me, presence: state }),
    onSuccess: (me) => {
      rememberMe(client, me)
      void client.invalidateQueries({ queryKey: ['team'] })
    },
    onError: (error) => {
      toast(error.message, { tone: 'bad' })
      void client.invalidateQueries(meQuery)
    },
  })
}

export function PresenceSwitch({ me }: { me: Me }) {
  const t = useWords()
  const presence = usePresence()
  const online = me.presence === 'online'
  return (
    <button
      type="button"
      role="switch"
      aria-checked={online}
      aria-label={`${t.presence}: ${t[me.presence]}`}
      title={t.presenceHelp}
      onClick={() => presence.mutate(online ? 'away' : 'online')}
      className="inline-flex h-8 items-center gap-2 rounded-full border border-line-strong pl-1.5 pr-2.5 text-sm text-text hover:bg-hover pointer-coarse:h-9"
    >
      <span
        aria-hidden="true"
        className={`flex h-4 w-7 items-center rounded-full p-0.5 transition-colors ${online ? 'justify-end bg-ok' : 'bg-line-strong'}`}
      >
        <span className="size-3 rounded-full bg-white dark:bg-bg" />
      </span>
      {t[me.presence]}
    </button>
  )
}

export function Account({ me }: { me: Me }) {
  const t = useWords()
  const button = (
    <Avatar name={me.name} size={30}>
      <PresenceDot state={me.presence} className="absolute -bottom-0.5 -right-0.5 box-content border-2 border-surface" />
    </Avatar>
  )
  return (
    <Popover label={t.account} button={button} buttonClass="rounded-full" panelClass="w-72 overflow-y-auto p-4">
      {(close) => (
        <Suspense fallback={null}>
          <AccountMenu me={me} close={close} />
        </Suspense>
      )}
    </Popover>
  )
}
