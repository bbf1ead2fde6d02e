// What the bot could not answer, and what an admin makes of it.
import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { lazy, Suspense, useId, useState } from 'react'
import type { LessonItem, LessonPage, LessonRequest } from '#http/console/protocol-learning.ts'
import { api } from '../api.ts'
import { useTitle } from '../shell.tsx'
import { toast } from '../toast.tsx'
import { Button, Chip, Empty, Failed, Skeletons } from '../ui.tsx'
import { useWords } from '../words.ts'
import { useLearningWords } from './learning-words.ts'
import { Card, Page } from './page.tsx'

const NewEntry = lazy(() => import('./learning-new.tsx').then((module) => ({ default: module.NewEntry })))

const lessonsQuery = queryOptions({ queryKey: ['lessons'], queryFn: ({ signal }) => api.lessons(signal), refetchInterval: 60_000 })

export function Learning() {
  const t = useWords()
  const w = useLearningWords()
  const query = useQuery(lessonsQuery)
  useTitle(t.learning)
  const page = query.data
  return (
    <Page title={t.learning} help={w.help}>
      {query.isPending && <Skeletons count={3} className="mb-3 h-28 rounded-xl border border-line bg-surface p-4" />}
      {query.error && !page && <Failed error={query.error} retry={() => void query.refetch()} />}
      {page && !page.writable && page.items.length > 0 && (
        <p className="mb-4 rounded-lg bg-warn-soft px-4 py-3 text-sm text-warn">{w.readOnly}</p>
      )}
      {page?.items.length === 0 && <Empty icon="check" title={w.empty} help={w.emptyHelp} />}
      <ul className="mb-8 flex flex-col gap-3">
        {page?.items.map((item) => (
          <Lesson key={item.key} item={item} page={page} />
        ))}
      </ul>
      {page && page.calibration.tenths.length > 0 && <Calibration {...page.calibration} />}
    </Page>
  )
}

const SHOWN = 3

function Lesson({ item, page }: { item: LessonItem; page: LessonPage }) {
  const w = useLearningWords()
  const select = useId()
  const [entry, setEntry] = useState(item.entry?.id.startsWith('faq:') ? item.entry.id : '')
  const [making, setMaking] = useState(false)
  const teach = useTeach(item.key)
  const [first = '', ...others] = item.texts
  const title = page.entries.find(({ id }) => id === entry)?.title ?? ''
  return (
    <li className="rounded-xl border border-line bg-surface p-4 shadow-card">
      <div className="flex flex-wrap items-baseline gap-x-3 gap-y-1">
        <h2 className="min-w-0 flex-1 break-words text-base font-medium">{first}</h2>
        <span className="text-xs tabular-nums text-faint">{w.times(item.count)}</span>
        {item.unhelpful > 0 && <Chip tone="warn">{w.unhelpful(item.unhelpful)}</Chip>}
      </div>
      {others.length > 0 && (
        <ul className="mt-1 text-sm text-muted">
          {others.slice(0, SHOWN).map((text) => (
            <li key={text} className="break-words">
              {text}
            </li>
          ))}
          {others.length > SHOWN && <li className="text-faint">{w.more(others.length - SHOWN)}</li>}
        </ul>
      )}
      {item.draft && !entry && (
        <p className="mt-3 border-l-2 border-accent pl-3 text-sm text-muted">
          <span className="text-faint">{w.draft}: </span>
          {item.draft}
        </p>
      )}
      <div className="mt-3 flex flex-wrap items-center gap-2">
        <label htmlFor={select} className="text-sm text-faint">
          {w.means}
        </label>
        <select
          id={select}
          value={entry}
          onChange={(event) => setEntry(event.target.value)}
          className="h-8 min-w-0 max-w-full rounded-md border border-line-strong bg-surface px-2 text-sm shadow-card pointer-coarse:h-9"
        >
          <option value="">{w.none}</option>
          {page.entries.map(({ id, title: name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
        {item.entry && entry === item.entry.id && (
          <Chip tone={item.entry.said === 'guess' ? 'plain' : 'ok'}>{w.said[item.entry.said]}</Chip>
        )}
        <div className="ml-auto flex flex-wrap justify-end gap-2">
          <Button
            look="ghost"
            aria-label={w.ignoreOf(first)}
            disabled={teach.isPending}
            onClick={() => teach.mutate({ request: { action: 'ignore' }, done: w.ignored })}
          >
            {w.ignore}
          </Button>
          <Button disabled={!page.writable || teach.isPending} onClick={() => setMaking(true)}>
            {w.make}
          </Button>
          <Button
            look="primary"
            disabled={!page.writable || !entry || teach.isPending}
            onClick={() => teach.mutate({ request: { action: 'phrases', entry, texts: item.texts }, done: w.added(title) })}
          >
            {w.add}
          </Button>
        </div>
      </div>
      {making && (
        <Suspense>
          <NewEntry
            item={item}
            pending={teach.isPending}
            onClose={() => setMaking(false)}
            onMake={(request) =>
              teach.mutate(
                { request, done: w.made(request.action === 'entry' ? request.title : '') },
                { onSuccess: () => setMaking(false) },
              )
            }
          />
        </Suspense>
      )}
    </li>
  )
}

function useTeach(key: string) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: ({ request }: { request: LessonRequest; done: string }) => api.teach(key, request),
    onSuccess: (_answer, { done }) => {
      toast(done)
      return client.invalidateQueries({ queryKey: ['lessons'] })
    },
    onError: (error) => toast(error.message, { tone: 'bad' }),
  })
}

function Calibration({ tenths, advice }: LessonPage['calibration']) {
  const w = useLearningWords()
  const id = useId()
  return (
    <Card id={id} title={w.calibration} help={w.calibrationHelp}>
      <dl className="flex flex-col gap-2 px-4 py-4">
        {tenths.map(({ tenth, up, down }) => (
          <div key={tenth} className="flex items-center gap-3 text-sm">
            <dt className="w-20 shrink-0 tabular-nums text-muted">
              {(tenth / 10).toFixed(1)}–{((tenth + 1) / 10).toFixed(1)}
            </dt>
            <dd className="flex min-w-0 flex-1 items-center gap-3">
              <span aria-hidden="true" className="h-2 flex-1 overflow-hidden rounded-full bg-sunken">
                <span className="block h-full rounded-full bg-accent" style={{ width: `${(100 * up) / Math.max(1, up + down)}%` }} />
              </span>
              <span className="w-20 shrink-0 text-right tabular-nums text-faint">{w.helped(up, up + down)}</span>
            </dd>
          </div>
        ))}
      </dl>
      {advice !== undefined && <p className="border-t border-line px-4 py-3 text-sm text-muted">{w.advice(advice)}</p>}
    </Card>
  )
}
