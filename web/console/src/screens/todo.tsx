// What I mean to do, over all conversations: overdue, today, later.
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { FollowupItem } from '#http/console/protocol.ts'
import { useNow } from '../clock.ts'
import { followupsQuery } from '../queries.ts'
import { useTitle } from '../shell.tsx'
import { comingTime, fullTime } from '../time.ts'
import { Chip, Empty, Failed, Skeletons } from '../ui.tsx'
import { useWords } from '../words.ts'
import { Page } from './page.tsx'
import { useFinish } from './todo-done.ts'

export function Todo() {
  const t = useWords()
  const query = useQuery(followupsQuery)
  const now = useNow()
  useTitle(t.todo)
  const items = query.data?.items ?? []
  const midnight = new Date(now).setHours(24, 0, 0, 0)
  const groups: [string, FollowupItem[], boolean][] = [
    [t.todoOverdue, items.filter((one) => Date.parse(one.dueAt) <= now), true],
    [t.todoToday, items.filter((one) => Date.parse(one.dueAt) > now && Date.parse(one.dueAt) < midnight), false],
    [t.todoLater, items.filter((one) => Date.parse(one.dueAt) >= midnight), false],
  ]
  return (
    <Page title={t.todo} help={t.todoHelp}>
      {query.isPending && <Skeletons count={4} className="flex gap-3 border-b border-line px-4 py-4" />}
      {query.error && items.length === 0 && <Failed error={query.error} retry={() => void query.refetch()} />}
      {query.isSuccess && items.length === 0 && <Empty icon="check" title={t.todoEmpty} help={t.todoEmptyHelp} />}
      {groups.map(
        ([title, list, late]) =>
          list.length > 0 && (
            <section key={title} className="mb-6">
              <h2 className={`mb-2 text-sm font-medium ${late ? 'text-danger' : 'text-muted'}`}>{title}</h2>
              <ul className="overflow-hidden rounded-xl border border-line bg-surface shadow-card">
                {list.map((one) => (
                  <Item key={one.id} item={one} late={late} now={now} />
                ))}
              </ul>
            </section>
          ),
      )}
    </Page>
  )
}

function Item({ item, late, now }: { item: FollowupItem; late: boolean; now: number }) {
  const t = useWords()
  const finish = useFinish()
  return (
    <li className="flex items-start gap-3 border-b border-line px-4 py-3 last:border-b-0">
      <input
        type="checkbox"
        aria-label={t.todoDone(item.text)}
        className="mt-0.5 size-4 shrink-0 accent-accent pointer-coarse:size-5"
        checked={finish.isPending}
        onChange={() => finish.mutate(item)}
      />
      <div className="min-w-0 flex-1">
        <p className="break-words">{item.text}</p>
        <p className="mt-0.5 flex flex-wrap items-center gap-2 text-sm text-faint">
          <Link
            to="/conversations/$id"
            params={{ id: item.conversation }}
            aria-label={t.todoOpen(item.customer)}
            className="truncate font-medium text-accent-text hover:underline"
          >
            {item.customer}
          </Link>
          {(item.priority === 'high' || item.priority === 'urgent') && (
            <Chip tone={item.priority === 'urgent' ? 'bad' : 'warn'}>{t.priority[item.priority]}</Chip>
          )}
        </p>
      </div>
      <time
        dateTime={item.dueAt}
        title={fullTime(item.dueAt, t)}
        className={`shrink-0 text-sm tabular-nums ${late ? 'font-medium text-danger' : 'text-muted'}`}
      >
        {comingTime(item.dueAt, now, t)}
      </time>
    </li>
  )
}
