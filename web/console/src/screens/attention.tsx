// What needs a person, whoever's conversation it is: messages that did not arrive or may have, and what could not be worked on.
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import type { TroubleItem, TroublePage, TroubleRequest, TroubleState } from '#http/console/protocol-state.ts'
import { api } from '../api.ts'
import { Check } from '../check.tsx'
import { Dialog, DialogFoot } from '../dialog.tsx'
import { type TroubleFilter, troubleQuery } from '../queries.ts'
import { useTitle } from '../shell.tsx'
import { toast } from '../toast.tsx'
import { Button, Empty, Failed, Skeletons } from '../ui.tsx'
import { useWords } from '../words.ts'
import { AttentionRow } from './attention-row.tsx'
import { useAttentionWords } from './attention-words.ts'
import { Page } from './page.tsx'

const STATES: readonly TroubleState[] = ['failed', 'unknown', 'held', 'expired', 'dead']

export function Attention() {
  const t = useWords()
  const w = useAttentionWords()
  const filter = useSearch({ from: '/signed-in/attention' })
  const list = useInfiniteQuery(troubleQuery(filter))
  useTitle(t.attention)
  const first = list.data?.pages[0]
  const total = first ? STATES.reduce((sum, state) => sum + first.counts[state], 0) : 0
  return (
    <Page title={t.attention} help={w.attentionHelp}>
      {!first && list.error && <Failed error={list.error} retry={() => void list.refetch()} />}
      {!first && !list.error && <Skeletons count={5} className="flex gap-3 px-1 py-4" />}
      {first && total === 0 && <AllWell />}
      {first && total > 0 && (
        <>
          <Filters page={first} filter={filter} total={total} />
          <List key={JSON.stringify(filter)} items={list.data?.pages.flatMap((page) => page.items) ?? []} />
          {list.hasNextPage && (
            <div className="flex justify-center py-4">
              <Button disabled={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
                {t.more}
              </Button>
            </div>
          )}
        </>
      )}
    </Page>
  )
}

/** Three bubbles on their way, and a tick behind them: nothing to do. */
function AllWell() {
  const w = useAttentionWords()
  return (
    <div className="flex flex-col items-center rounded-xl border border-line bg-surface px-6 py-16 text-center shadow-card md:py-20">
      <svg aria-hidden="true" width="168" height="96" viewBox="0 0 168 96" fill="none" className="mb-6">
        <path d="M14 70c22-34 44 10 68-22" className="stroke-line-strong" strokeWidth="1.5" strokeDasharray="2 6" strokeLinecap="round" />
        <rect x="4" y="58" width="26" height="18" rx="7" className="fill-sunken stroke-line" />
        <rect x="40" y="38" width="32" height="22" rx="8" className="fill-accent-soft stroke-accent-line" />
        <path d="M48 46h16M48 52h10" className="stroke-accent-text" strokeWidth="1.5" strokeLinecap="round" opacity=".55" />
        <circle cx="118" cy="46" r="34" className="fill-ok-soft" />
        <path d="m103 47 10.5 10L134 35" className="stroke-ok" strokeWidth="4.5" strokeLinecap="round" strokeLinejoin="round" />
      </svg>
      <p role="status" className="text-lg font-semibold">
        {w.attentionNone}
      </p>
      <p className="mt-1 max-w-sm text-sm text-faint">{w.attentionNoneHelp}</p>
    </div>
  )
}

function Filters({ page, filter, total }: { page: TroublePage; filter: TroubleFilter; total: number }) {
  const w = useAttentionWords()
  const navigate = useNavigate()
  const go = (search: TroubleFilter) => void navigate({ to: '/attention', search })
  const chip =
    'inline-flex h-8 items-center gap-1.5 whitespace-nowrap rounded-full border border-line bg-surface px-3 text-sm text-muted hover:border-line-strong ' +
    'aria-pressed:border-accent-line aria-pressed:bg-accent-soft aria-pressed:font-medium aria-pressed:text-accent-text'
  const states: [state: TroubleState | undefined, words: string, count: number][] = [
    [undefined, w.allStates, total],
    ...STATES.filter((state) => page.counts[state] > 0 || state === filter.state).map((state): [TroubleState, string, number] => [
      state,
      w.troubleStates[state],
      page.counts[state],
    ]),
  ]
  return (
    <div className="mb-4 flex flex-wrap items-center gap-x-3 gap-y-2">
      <fieldset className="flex min-w-0 flex-wrap gap-1.5">
        <legend className="sr-only">{w.stateFilter}</legend>
        {states.map(([state, words, count]) => (
          <button
            key={words}
            type="button"
            aria-pressed={state === filter.state}
            title={state && w.troubleHelp[state]}
            onClick={() => go({ ...filter, state })}
            className={chip}
          >
            {words}
            <span className="text-2xs tabular-nums">{count}</span>
          </button>
        ))}
      </fieldset>
      <select
        aria-label={w.targetFilter}
        value={filter.target ?? ''}
        onChange={(event) => go({ ...filter, target: event.target.value || undefined })}
        className="h-8 max-w-full rounded-md border border-line-strong bg-surface px-2 text-sm text-text shadow-card md:ml-auto"
      >
        <option value="">{w.allTargets}</option>
        {page.targets.map((target) => (
          <option key={target.id} value={target.id}>
            {target.title} ({target.count})
          </option>
        ))}
      </select>
    </div>
  )
}

function List({ items }: { items: TroubleItem[] }) {
  const w = useAttentionWords()
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set())
  const [dropping, setDropping] = useState<string[]>([])
  const settle = useSettle()
  // What somebody else settled meanwhile is picked no longer.
  const ids = items.flatMap(({ id }) => (picked.has(id) ? [id] : []))
  const all = ids.length === items.length
  const does = (action: TroubleRequest['action'], list: string[]) => {
    setPicked(new Set([...picked].filter((id) => !list.includes(id))))
    setDropping([])
    void settle(action, list)
  }
  if (items.length === 0) return <Empty icon="search" title={w.attentionNoMatch} help={w.attentionNoMatchHelp} />
  return (
    <div className="rounded-xl border border-line bg-surface shadow-card">
      <Bar
        picked={ids}
        all={all}
        onAll={() => setPicked(new Set(all ? [] : items.map(({ id }) => id)))}
        does={does}
        onDrop={() => setDropping(ids)}
      />
      <ul className="divide-y divide-line">
        {items.map((item) => (
          <AttentionRow
            key={item.id}
            item={item}
            picked={picked.has(item.id)}
            onPick={(on) => setPicked(new Set(on ? [...picked, item.id] : [...picked].filter((id) => id !== item.id)))}
            onAgain={() => does('again', [item.id])}
            onDrop={() => setDropping([item.id])}
          />
        ))}
      </ul>
      {dropping.length > 0 && (
        <Dialog title={w.dropTitle(dropping.length)} help={w.dropHelp} onClose={() => setDropping([])}>
          <DialogFoot onClose={() => setDropping([])}>
            <Button look="primary" onClick={() => does('drop', dropping)}>
              {w.dropDo}
            </Button>
          </DialogFoot>
        </Dialog>
      )}
    </div>
  )
}

interface BarProps {
  picked: string[]
  all: boolean
  onAll(): void
  does(action: TroubleRequest['action'], list: string[]): void
  onDrop(): void
}

/** What can be done with everything that is picked. */
function Bar({ picked, all, onAll, does, onDrop }: BarProps) {
  const t = useWords()
  return (
    <div className="sticky -top-px z-10 flex min-h-12 flex-wrap items-center gap-x-3 gap-y-1 rounded-t-xl border-b border-line bg-surface px-4 py-1.5">
      <label htmlFor="all" className="flex cursor-pointer items-center gap-3 text-sm text-muted">
        <Check id="all" checked={all} some={picked.length > 0} onChange={onAll} />
        {picked.length > 0 ? t.selected(picked.length) : t.selectAll}
      </label>
      {picked.length > 0 && (
        <span className="ml-auto flex gap-1.5">
          <Button size="sm" look="primary" icon="refresh" onClick={() => does('again', picked)}>
            {t.sendAgain}
          </Button>
          <Button size="sm" onClick={onDrop}>
            {t.drop}
          </Button>
        </span>
      )}
    </div>
  )
}

/** At most so many in one request; the server takes no more. */
const MOST = 200

function useSettle() {
  const t = useWords()
  const w = useAttentionWords()
  const client = useQueryClient()
  return async (action: TroubleRequest['action'], ids: string[]) => {
    try {
      let done = 0
      for (let from = 0; from < ids.length; from += MOST) done += (await api.settle({ action, ids: ids.slice(from, from + MOST) })).done
      toast(action === 'again' ? w.againDone(done) : w.dropDone(done), { tone: done > 0 ? 'plain' : 'bad' })
    } catch (error) {
      toast(error instanceof Error ? error.message : t.conflict, { tone: 'bad' })
    }
    await client.invalidateQueries({ queryKey: ['trouble'] })
  }
}
