// Three panes: list, thread, context. Tablets show two of them, phones one at a time.
import { useInfiniteQuery, useSuspenseQuery } from '@tanstack/react-query'
import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'
import { useCommands } from '../commands.ts'
import { canSort, conversationsQuery, meQuery, rowsOf } from '../queries.ts'
import { useTitle } from '../shell.tsx'
import { Empty } from '../ui.tsx'
import { useWords } from '../words.ts'
import { List } from './list.tsx'
import { BulkBar, ListBar } from './list-bar.tsx'
import { ListHead } from './list-head.tsx'
import { nextOf } from './moving.ts'
import { NOTHING, pick, picked } from './picked.ts'
import { Thread } from './thread.tsx'

export function Conversations() {
  const t = useWords()
  const { view = 'queue', q = '', sort } = useSearch({ from: '/signed-in/conversations' })
  const { id } = useParams({ strict: false })
  const { data: me } = useSuspenseQuery(meQuery)
  const list = useInfiniteQuery(conversationsQuery(view, q, canSort(view, q) ? sort : undefined))
  const rows = rowsOf(list.data)
  useTitle(t.views[view])
  useMoving(
    rows.map((row) => row.id),
    id,
    `${view} ${q} ${sort}`,
  )
  usePicking(
    rows.map((row) => row.id),
    id,
    `${view} ${q}`,
  )
  return (
    <main className="grid h-full grid-cols-1 grid-rows-1 md:grid-cols-[316px_minmax(0,1fr)] xl:grid-cols-[344px_minmax(0,1fr)]">
      <h1 className="sr-only">{t.conversations}</h1>
      <section
        aria-label={t.listLabel(t.views[view])}
        className={`flex min-h-0 flex-col border-line bg-surface md:border-r ${id ? 'max-md:hidden' : ''}`}
      >
        <ListHead view={view} q={q} sort={sort}>
          <ListBar rows={rows} {...(canSort(view, q) && { order: { sort } })} />
        </ListHead>
        <List list={list} rows={rows} view={view} q={q} sort={sort} selected={id} />
        <BulkBar rows={rows} me={me.id} />
      </section>
      {id ? (
        <Thread key={id} id={id} me={me} />
      ) : (
        <div className="hidden items-center justify-center bg-bg md:flex">
          <Empty icon="talk" title={t.pick} help={t.pickHelp} />
        </div>
      )}
    </main>
  )
}

/** j and k. The row gets the focus: it is in sight, and a screen reader reads it. */
function useMoving(ids: string[], selected: string | undefined, list: string): void {
  const navigate = useNavigate()
  const wanted = useRef<string>(undefined)
  const place = useRef({ list, at: -1 })
  const index = selected ? ids.indexOf(selected) : -1
  useEffect(() => {
    if (place.current.list !== list) place.current = { list, at: -1 }
    if (index >= 0) place.current.at = index
    if (!selected || wanted.current !== selected) return
    wanted.current = undefined
    focusRow(selected)
  }, [index, selected, list])
  useCommands((command) => {
    if (command !== 'next' && command !== 'previous') return false
    const id = nextOf(ids, selected, place.current.at, command === 'next' ? 1 : -1)
    if (id === undefined) return true
    wanted.current = id
    if (id === selected) focusRow(id)
    else
      void navigate({
        to: '/conversations/$id',
        params: { id },
        search: (search) => ({ ...search, info: undefined }),
        replace: Boolean(selected),
      })
    return true
  })
}

/** x picks the row that has the focus, else the open one; with Shift all from the last one that was picked. */
function usePicking(ids: string[], selected: string | undefined, list: string): void {
  const shown = useRef(list)
  useEffect(() => {
    // What was picked in one list is not on screen in another, and nothing may be done with what is not seen.
    if (shown.current !== list) picked.set(NOTHING)
    shown.current = list
  }, [list])
  useEffect(() => () => picked.set(NOTHING), [])
  useCommands((command) => {
    if (command !== 'pick' && command !== 'pickTo') return false
    const row = document.activeElement?.closest<HTMLElement>('[data-row]')
    const id = row?.dataset.row ?? selected
    if (id === undefined || !ids.includes(id)) return false
    const state = picked.get()
    picked.set(pick(state, id, command === 'pickTo' || !state.ids.has(id), command === 'pickTo' && ids))
    return true
  })
}

function focusRow(id: string): void {
  document.querySelector<HTMLElement>(`[data-row="${CSS.escape(id)}"]`)?.focus()
}
