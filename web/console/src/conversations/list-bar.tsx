// Above the rows: picking several of them, and the order. Below them, while some are picked: what can be done with these.
import { useNavigate } from '@tanstack/react-router'
import { lazy, Suspense, useState } from 'react'
import type { ConversationSummary } from '#http/console/protocol.ts'
import { Check } from '../check.tsx'
import { useCommands } from '../commands.ts'
import { Icon } from '../icons.tsx'
import type { Sort } from '../queries.ts'
import { useStore } from '../store.ts'
import { Button, IconButton } from '../ui.tsx'
import { useWords } from '../words.ts'
import type { Bulk } from './bulk.ts'
import { NOTHING, picked } from './picked.ts'

const BulkDialog = lazy(() => import('./bulk-dialog.tsx').then((module) => ({ default: module.BulkDialog })))

interface ListBarProps {
  rows: ConversationSummary[]
  /** Absent: this view knows no terms. */
  order?: { sort: Sort }
}

export function ListBar({ rows, order }: ListBarProps) {
  const t = useWords()
  const { ids, picking } = useStore(picked)
  const count = rows.filter(({ id }) => ids.has(id)).length
  const all = count === rows.length
  useCommands((command) => {
    if (command !== 'escape' || !picked.get().picking) return false
    picked.set(NOTHING)
    return true
  })
  if (rows.length === 0 && !order) return null
  return (
    <div className="mt-1.5 flex min-h-7 items-center gap-1 pointer-coarse:min-h-9">
      {picking ? (
        <>
          <label htmlFor="pick-all" className="flex min-w-0 cursor-pointer items-center gap-2.5 pl-2 text-xs font-medium">
            <Check
              id="pick-all"
              aria-label={t.selectAll}
              checked={all}
              some={count > 0}
              onChange={() => picked.set({ ids: new Set(all ? [] : rows.map(({ id }) => id)), picking: true })}
            />
            {count > 0 ? t.selected(count) : t.selectAll}
          </label>
          <span role="status" className="sr-only">
            {count > 0 && t.selected(count)}
          </span>
          <IconButton label={t.pickStop} icon="x" className="!size-7 pointer-coarse:!size-9" onClick={() => picked.set(NOTHING)} />
        </>
      ) : (
        rows.length > 0 && (
          <Button
            look="ghost"
            size="sm"
            icon="select"
            className="pointer-coarse:h-9"
            title={t.pickHelpKeys}
            onClick={() => picked.set({ ...NOTHING, picking: true })}
          >
            {t.pickSome}
          </Button>
        )
      )}
      {order && <DueFirst sort={order.sort} />}
    </div>
  )
}

function DueFirst({ sort }: { sort: Sort }) {
  const t = useWords()
  const navigate = useNavigate()
  const isDue = sort === 'due'
  return (
    <button
      type="button"
      aria-pressed={isDue}
      title={t.dueFirstHelp}
      onClick={() => void navigate({ to: '.', search: (search) => ({ ...search, sort: isDue ? undefined : 'due' }), replace: true })}
      className={`ml-auto inline-flex h-7 shrink-0 items-center gap-1.5 rounded-md px-2 text-xs pointer-coarse:h-9 ${isDue ? 'bg-accent-soft font-medium text-accent-text' : 'text-muted hover:bg-sunken hover:text-text'}`}
    >
      <Icon name={isDue ? 'check' : 'sort'} size={14} />
      {t.dueFirst}
    </button>
  )
}

export function BulkBar({ rows, me }: { rows: ConversationSummary[]; me: string }) {
  const t = useWords()
  const { ids } = useStore(picked)
  // What was asked about stays what is done, while the list below goes on changing.
  const [asked, setAsked] = useState<{ type: Bulk['type']; rows: ConversationSummary[] }>()
  const chosen = rows.filter(({ id }) => ids.has(id))
  const ask = (type: Bulk['type']) => setAsked({ type, rows: chosen })
  const done = (over: string[]) => {
    const rest = new Set([...picked.get().ids].filter((id) => !over.includes(id)))
    picked.set(rest.size > 0 ? { ids: rest, picking: true } : NOTHING)
  }
  return (
    <>
      {chosen.length > 0 && (
        <section aria-label={t.selected(chosen.length)} className="appear flex gap-1.5 border-t border-line bg-surface p-2 shadow-pop">
          <Button look="primary" icon="check" className="flex-1" onClick={() => ask('resolve')}>
            {t.resolve}
          </Button>
          <Button icon="user" className="flex-1" onClick={() => ask('claim')}>
            {t.toMe}
          </Button>
          <Button icon="tag" className="flex-1" onClick={() => ask('tag')}>
            {t.tagThem}
          </Button>
        </section>
      )}
      <Suspense fallback={null}>{asked && <BulkDialog {...asked} me={me} onDone={done} onClose={() => setAsked(undefined)} />}</Suspense>
    </>
  )
}
