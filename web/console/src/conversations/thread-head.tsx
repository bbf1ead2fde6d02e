// Who it is, how it stands, and what can be done.
import { Link, useNavigate } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'
import type { ConversationDetail } from '#http/console/protocol.ts'
import { type Act, useAct } from '../actions.ts'
import { ChannelIcon } from '../channel-icon.tsx'
import { openDialog } from '../commands.ts'
import { Icon, type IconName } from '../icons.tsx'
import { Popover } from '../popover.tsx'
import { comingTime } from '../time.ts'
import { Button, Chip, IconButton } from '../ui.tsx'
import { useWords } from '../words.ts'
import { DueChip } from './due.tsx'
import { Waiting } from './row.tsx'

export function ThreadHead({ detail }: { detail: ConversationDetail }) {
  const t = useWords()
  const navigate = useNavigate()
  const name = useRef<HTMLHeadingElement>(null)
  const narrow = useRef(typeof matchMedia === 'function' && matchMedia('(max-width: 767px)').matches)
  // On phones the thread is a screen of its own: its heading gets the focus, as after any change of screen.
  useEffect(() => {
    if (narrow.current) name.current?.focus()
  }, [])
  return (
    <header className="flex min-h-14 shrink-0 items-center gap-2 border-b border-line bg-surface py-2 pl-2 pr-2 md:pl-5 md:pr-3">
      <Link
        to="/conversations"
        search={(search) => ({ ...search, info: undefined })}
        aria-label={t.back}
        className="rounded-md p-2 text-muted md:hidden"
      >
        <Icon name="back" size={20} />
      </Link>
      <div className="min-w-0 flex-1">
        <h2 ref={name} tabIndex={-1} className="truncate text-lg font-semibold tracking-tight">
          {detail.customer.name}
        </h2>
        <p className="flex min-w-0 items-center gap-1.5 text-xs text-faint">
          <ChannelIcon type={detail.channel.type} size={14} />
          <span className={detail.due ? 'truncate max-md:sr-only' : 'truncate'}>{detail.channel.title}</span>
          {/* Where there is little room the clock alone says that somebody waits. */}
          <span className={detail.waitingSince ? 'truncate max-lg:hidden' : 'truncate'}>
            ·{' '}
            {detail.snoozedUntil
              ? t.snoozedUntil(comingTime(detail.snoozedUntil, Date.now(), t))
              : detail.status === 'assigned' && detail.agent
                ? detail.agent.name
                : t.status[detail.status]}
          </span>
          {detail.waitingSince && (
            <span className={detail.due ? 'inline-flex max-md:hidden' : 'inline-flex'}>
              <Waiting since={detail.waitingSince} />
            </span>
          )}
          {detail.due && <DueChip due={detail.due} className="shrink-0" />}
          {detail.priority === 'urgent' && (
            <Chip tone="bad" className="max-md:hidden">
              {t.priority.urgent}
            </Chip>
          )}
        </p>
      </div>
      <Actions detail={detail} />
      <IconButton
        label={t.details}
        icon="info"
        className="xl:hidden"
        onClick={() => void navigate({ to: '.', search: (search) => ({ ...search, info: true }) })}
      />
    </header>
  )
}

function Actions({ detail }: { detail: ConversationDetail }) {
  const t = useWords()
  const { act, busy } = useAct(detail)
  const { can } = detail
  const mine = can.release && (!can.claim || detail.status === 'snoozed')
  return (
    <div className="flex items-center gap-1.5">
      {detail.status === 'resolved' ? (
        <Button look="primary" disabled={!can.reopen || busy} onClick={() => act({ type: 'reopen' })}>
          {t.reopen}
        </Button>
      ) : (
        <>
          {(!mine || detail.status === 'snoozed') && (
            <Button look="primary" disabled={!can.claim || busy} onClick={() => act({ type: 'claim' })} title="c">
              {detail.status === 'snoozed' ? t.wakeUp : t.claim}
            </Button>
          )}
          <Button
            icon="transfer"
            className="max-lg:hidden"
            disabled={!can.transfer || busy}
            onClick={() => openDialog.set('transfer')}
            title="t"
          >
            {t.transfer}
          </Button>
          <Button
            look={mine ? 'primary' : 'plain'}
            icon="check"
            className={mine ? '' : 'max-md:hidden'}
            disabled={!can.resolve || busy}
            onClick={() => act({ type: 'resolve' })}
            title="e"
          >
            {t.resolve}
          </Button>
        </>
      )}
      <MoreActions detail={detail} act={act} busy={busy} />
    </div>
  )
}

function MoreActions({ detail, act, busy }: { detail: ConversationDetail; act(act: Act): void; busy: boolean }) {
  const t = useWords()
  const { can } = detail
  const rows: [IconName, string, boolean, () => void, string][] = [
    ['transfer', t.transfer, can.transfer, () => openDialog.set('transfer'), 'lg:hidden'],
    ['check', t.resolve, can.resolve, () => act({ type: 'resolve' }), 'md:hidden'],
    ['check', t.resolveWithReason, can.resolve, () => openDialog.set('resolve'), ''],
    ['pause', t.snooze, can.snooze, () => openDialog.set('snooze'), ''],
    ['clock', t.followUp, true, () => openDialog.set('followup'), ''],
    ['release', t.release, can.release, () => act({ type: 'release' }), ''],
    ['bot', t.toBot, can.toBot, () => act({ type: 'to_bot' }), ''],
    ['refresh', t.reopen, can.reopen, () => act({ type: 'reopen' }), ''],
  ]
  return (
    <Popover
      label={t.moreActions}
      button={<Icon name="dots" />}
      buttonClass="inline-flex size-8 items-center justify-center rounded-md text-muted hover:bg-sunken pointer-coarse:size-9"
      panelClass="w-52 p-1"
    >
      {(close) => (
        <div className="flex flex-col">
          {rows.map(([icon, label, able, go, look]) => (
            <Button
              key={label}
              look="ghost"
              icon={icon}
              disabled={!able || busy}
              className={`!justify-start disabled:border-transparent disabled:bg-transparent disabled:opacity-50 ${look}`}
              onClick={() => {
                close()
                go()
              }}
            >
              {label}
            </Button>
          ))}
        </div>
      )}
    </Popover>
  )
}
