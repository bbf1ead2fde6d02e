// The rows of a view, more of them on the way down, and what to say when there are none.
import type { UseInfiniteQueryResult } from '@tanstack/react-query'
import { useCallback, useEffect, useRef } from 'react'
import type { ConversationSummary, View } from '#http/console/protocol.ts'
import type { IconName } from '../icons.tsx'
import type { Sort } from '../queries.ts'
import { useStore } from '../store.ts'
import { Button, Empty, Failed, Skeletons } from '../ui.tsx'
import type { Words } from '../words.en.ts'
import { useWords } from '../words.ts'
import { pick, picked } from './picked.ts'
import { Row } from './row.tsx'

interface ListProps {
  list: Pick<UseInfiniteQueryResult, 'isPending' | 'error' | 'refetch' | 'hasNextPage' | 'isFetchingNextPage' | 'fetchNextPage'>
  rows: ConversationSummary[]
  view: View
  q: string
  sort: Sort
  selected: string | undefined
}

function emptyWords(view: View, t: Words): { icon: IconName; title: string; help: string } {
  switch (view) {
    case 'queue':
      return { icon: 'sun', title: t.emptyQueue, help: t.emptyQueueHelp }
    case 'mine':
      return { icon: 'check', title: t.emptyMine, help: t.emptyMineHelp }
    case 'open':
      return { icon: 'talk', title: t.emptyOpen, help: t.emptyOpenHelp }
    case 'bot':
      return { icon: 'bot', title: t.emptyBot, help: t.emptyBotHelp }
    case 'resolved':
      return { icon: 'check', title: t.emptyResolved, help: t.emptyResolvedHelp }
  }
}

export function List({ list, rows, view, q, sort, selected }: ListProps) {
  const t = useWords()
  const { ids, picking } = useStore(picked)
  const order = useRef<string[]>([])
  order.current = rows.map(({ id }) => id)
  const onPick = useCallback(
    (id: string, on: boolean, range: boolean) => picked.set(pick(picked.get(), id, on, range && order.current)),
    [],
  )
  if (list.isPending) return <Skeletons count={7} className="flex gap-3 border-b border-line px-4 py-4" />
  if (list.error && rows.length === 0) return <Failed error={list.error} retry={() => void list.refetch()} />
  if (rows.length === 0)
    return q ? <Empty icon="search" title={t.emptySearch(q)} help={t.emptySearchHelp} /> : <Empty {...emptyWords(view, t)} />
  return (
    <div className="quiet-scroll min-h-0 flex-1 overflow-y-auto">
      <ul>
        {rows.map((row) => (
          <Row
            key={row.id}
            row={row}
            view={view}
            q={q}
            sort={sort}
            selected={row.id === selected}
            picking={picking}
            picked={ids.has(row.id)}
            onPick={onPick}
          />
        ))}
      </ul>
      {list.hasNextPage && <More busy={list.isFetchingNextPage} load={() => void list.fetchNextPage()} />}
    </div>
  )
}

/** Loads by itself when it comes into sight; the button is for those who do not scroll. */
function More({ busy, load }: { busy: boolean; load(): void }) {
  const t = useWords()
  const button = useRef<HTMLButtonElement>(null)
  const latest = useRef(load)
  latest.current = load
  useEffect(() => {
    const seen = new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && latest.current())
    if (button.current) seen.observe(button.current)
    return () => seen.disconnect()
  }, [])
  return (
    <div className="flex justify-center p-3">
      <Button ref={button} look="ghost" disabled={busy} onClick={load}>
        {busy ? t.loading : t.more}
      </Button>
    </div>
  )
}
