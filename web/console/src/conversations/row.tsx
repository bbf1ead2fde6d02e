import { Link } from '@tanstack/react-router'
import { memo, useId, useRef } from 'react'
import type { ConversationSummary, View } from '#http/console/protocol.ts'
import { ChannelIcon } from '../channel-icon.tsx'
import { Check } from '../check.tsx'
import { useNow } from '../clock.ts'
import { draftOf } from '../drafts.ts'
import { Icon } from '../icons.tsx'
import { type Sort, useSkillName } from '../queries.ts'
import { useStore } from '../store.ts'
import { comingTime, shortTime, urgency, waited } from '../time.ts'
import { Avatar, Chip } from '../ui.tsx'
import { useWords } from '../words.ts'
import { DueChip } from './due.tsx'

interface RowProps {
  row: ConversationSummary
  view: View
  q: string
  sort: Sort
  selected: boolean
  /** Boxes are shown. */
  picking: boolean
  picked: boolean
  onPick(id: string, on: boolean, range: boolean): void
}

export const Row = memo(function Row({ row, view, q, sort, selected, picking, picked, onPick }: RowProps) {
  const t = useWords()
  return (
    <li className="relative border-b border-line">
      <Link
        to="/conversations/$id"
        params={{ id: row.id }}
        search={{ view, q: q || undefined, sort }}
        aria-current={selected ? 'true' : undefined}
        data-row={row.id}
        data-selected={selected}
        className={`relative flex gap-3 py-3 pl-4 pr-3 -outline-offset-2 ${selected ? 'bg-accent-soft' : picked ? 'bg-hover' : 'hover:bg-hover'}`}
      >
        {selected && <span aria-hidden="true" className="absolute inset-y-0 left-0 w-[3px] bg-accent" />}
        <Avatar name={row.customer.name} size={34}>
          <span className="absolute -bottom-1.5 -right-1.5 flex rounded-[30%] ring-2 ring-surface">
            <ChannelIcon type={row.channel.type} size={15} />
          </span>
        </Avatar>
        <div className="min-w-0 flex-1">
          <div className="flex items-baseline gap-2">
            <span className={`min-w-0 flex-1 truncate text-base ${row.unanswered ? 'font-semibold' : 'font-medium'}`}>
              {row.customer.name}
            </span>
            <span className="sr-only">{row.channel.title}</span>
            {row.waitingSince ? <Waiting since={row.waitingSince} /> : <Ago at={row.lastMessageAt} />}
          </div>
          <p className={`flex items-center gap-1.5 text-sm ${row.unanswered ? 'text-text' : 'text-faint'}`}>
            <Preview row={row} />
            {row.offeredUntil && <Chip>{t.offeredToMe}</Chip>}
            {row.unanswered && (
              <span className="ml-auto size-2 shrink-0 rounded-full bg-accent" title={t.unansweredHelp}>
                <span className="sr-only">{t.unanswered}</span>
              </span>
            )}
          </p>
          <Tags row={row} />
        </div>
      </Link>
      <PickBox name={row.customer.name} shown={picking} picked={picked} onPick={(on, range) => onPick(row.id, on, range)} />
    </li>
  )
})

/** Over the avatar: with a mouse it comes when wanted, and a finger on the avatar is a finger on it. */
function PickBox({
  name,
  shown,
  picked,
  onPick,
}: {
  name: string
  shown: boolean
  picked: boolean
  onPick(on: boolean, range: boolean): void
}) {
  const t = useWords()
  const box = useId()
  const range = useRef(false)
  return (
    <label
      htmlFor={box}
      className={`absolute left-4 top-3 flex size-[34px] cursor-pointer items-center justify-center rounded-full bg-sunken before:absolute before:-inset-2.5 has-focus-visible:opacity-100 ${shown ? '' : 'opacity-0 hover:opacity-100'}`}
    >
      <Check
        id={box}
        aria-label={t.pickRow(name)}
        // Until boxes are shown, x picks: a second stop at each row would only be in the way.
        tabIndex={shown ? 0 : -1}
        checked={picked}
        className="relative"
        onClick={(event) => {
          range.current = event.shiftKey
        }}
        onChange={(event) => onPick(event.target.checked, range.current)}
      />
    </label>
  )
}

function Preview({ row }: { row: ConversationSummary }) {
  const t = useWords()
  const draft = useStore(draftOf(row.id))
  return (
    <span className="min-w-0 truncate">
      {draft.text && <span className="text-danger">[{t.draft}] </span>}
      {t.by[row.previewBy]}
      {row.preview}
    </span>
  )
}

function Tags({ row }: { row: ConversationSummary }) {
  const t = useWords()
  const skillName = useSkillName()
  const skill = row.skill && skillName(row.skill)
  const priority = row.priority === 'urgent' || row.priority === 'high'
  if (!row.skill && !priority && !row.agent && !row.place && !row.snoozedUntil && !row.due) return null
  return (
    <div className="mt-1.5 flex flex-wrap items-center gap-1.5">
      {row.due && <DueChip due={row.due} />}
      {priority && (
        <Chip tone={row.priority === 'urgent' ? 'bad' : 'warn'}>
          <span className="sr-only">{t.priorityIs('')}</span>
          {t.priority[row.priority]}
        </Chip>
      )}
      {skill && <Chip>{skill}</Chip>}
      {row.snoozedUntil && <Chip icon="pause">{t.snoozedUntil(comingTime(row.snoozedUntil, Date.now(), t))}</Chip>}
      {row.place !== undefined && (
        <span className="text-2xs text-faint" title={t.place(row.place, skill)}>
          <span aria-hidden="true">{t.placeShort(row.place)}</span>
          <span className="sr-only">{t.place(row.place, undefined)}</span>
        </span>
      )}
      {row.agent && (
        <span className="ml-auto inline-flex min-w-0 items-center gap-1 text-2xs text-faint">
          <Icon name="user" size={12} />
          <span className="sr-only">{t.agent}: </span>
          <span className="truncate">{row.agent.name}</span>
        </span>
      )}
    </div>
  )
}

export function Waiting({ since }: { since: string }) {
  const t = useWords()
  const now = useNow()
  const looks = { calm: 'text-muted', warm: 'text-warn font-medium', late: 'text-danger font-semibold' }
  return (
    <span className={`inline-flex shrink-0 items-center gap-1 text-xs tabular-nums ${looks[urgency(since, now)]}`}>
      <Icon name="clock" size={12} />
      <span className="sr-only">{t.waiting('')}</span>
      {waited(since, now, t)}
    </span>
  )
}

function Ago({ at }: { at: string }) {
  const t = useWords()
  return <span className="shrink-0 text-xs text-faint tabular-nums">{shortTime(at, Date.now(), t)}</span>
}
