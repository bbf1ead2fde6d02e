// How a conversation is sorted: tags, priority, what is to do about it.
import { useQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import type { ConversationDetail, Priority } from '#http/console/protocol.ts'
import { useAct } from '../actions.ts'
import { openDialog } from '../commands.ts'
import { Icon } from '../icons.tsx'
import { followupsQuery } from '../queries.ts'
import { useFinish } from '../screens/todo-done.ts'
import { comingTime } from '../time.ts'
import { Button, IconButton } from '../ui.tsx'
import { useWords } from '../words.ts'

const LEVELS: Priority[] = ['low', 'normal', 'high', 'urgent']

export function Sorting({ detail }: { detail: ConversationDetail }) {
  const t = useWords()
  return (
    <section className="px-5 py-4" aria-label={t.sorting}>
      <PrioritySelect detail={detail} />
      <h3 className="mb-1.5 mt-3 text-xs font-medium text-faint">{t.tags}</h3>
      <TagList detail={detail} />
    </section>
  )
}

function PrioritySelect({ detail }: { detail: ConversationDetail }) {
  const t = useWords()
  const { act, busy } = useAct(detail)
  const tone = detail.priority === 'urgent' ? 'text-danger' : detail.priority === 'high' ? 'text-warn' : 'text-text'
  return (
    <label className="flex items-center justify-between gap-3 text-sm">
      <span className="text-faint">{t.setPriority}</span>
      <select
        value={detail.priority}
        disabled={busy}
        onChange={(event) => act({ type: 'priority', priority: event.target.value as Priority })}
        className={`h-8 rounded-md border border-line-strong bg-surface px-2 text-sm font-medium ${tone}`}
      >
        {LEVELS.map((level) => (
          <option key={level} value={level}>
            {t.priority[level]}
          </option>
        ))}
      </select>
    </label>
  )
}

function TagList({ detail }: { detail: ConversationDetail }) {
  const t = useWords()
  const { act, busy } = useAct(detail)
  const [text, setText] = useState('')
  const tags = detail.tags ?? []
  const add = (event: FormEvent) => {
    event.preventDefault()
    const names = text.split(/[\s,，、;；]+/).map((one) => one.replace(/^[-#]+/, ''))
    const wanted = names.filter((one) => one && !tags.includes(one))
    setText('')
    if (wanted.length > 0) act({ type: 'tag', add: wanted })
  }
  return (
    <form onSubmit={add} className="flex flex-wrap items-center gap-1.5">
      {tags.map((tag) => (
        <span key={tag} className="inline-flex h-6 max-w-full items-center rounded bg-sunken pl-2 text-xs text-muted">
          <span className="truncate">{tag}</span>
          <button
            type="button"
            aria-label={t.removeTag(tag)}
            title={t.removeTag(tag)}
            disabled={busy}
            onClick={() => act({ type: 'tag', remove: [tag] })}
            className="inline-flex size-6 items-center justify-center rounded hover:text-text"
          >
            <Icon name="x" size={11} />
          </button>
        </span>
      ))}
      <input
        value={text}
        maxLength={120}
        onChange={(event) => setText(event.target.value)}
        aria-label={t.addTag}
        placeholder={t.addTagPlaceholder}
        className="h-6 w-28 min-w-0 flex-1 rounded border border-dashed border-line-strong bg-transparent px-2 text-xs placeholder:text-faint"
      />
    </form>
  )
}

/** What I mean to do about this conversation. */
export function Followups({ detail }: { detail: ConversationDetail }) {
  const t = useWords()
  const { data } = useQuery(followupsQuery)
  const finish = useFinish()
  const mine = data?.items.filter((one) => one.conversation === detail.id) ?? []
  return (
    <section className="px-5 py-4" aria-label={t.todo}>
      <div className="flex items-center justify-between">
        <h3 className="text-xs font-medium text-faint">{t.todo}</h3>
        <IconButton label={t.followUp} icon="plus" className="-mr-2 -my-1" onClick={() => openDialog.set('followup')} />
      </div>
      {mine.length > 0 && (
        <ul className="mt-1 flex flex-col gap-1">
          {mine.map((one) => (
            <li key={one.id} className="flex items-start gap-2 text-sm">
              <input
                type="checkbox"
                aria-label={t.todoDone(one.text)}
                className="mt-1 size-4 shrink-0 accent-accent"
                checked={finish.isPending && finish.variables?.id === one.id}
                onChange={() => finish.mutate(one)}
              />
              <span className="min-w-0 flex-1 break-words">{one.text}</span>
              <time
                dateTime={one.dueAt}
                className={`shrink-0 text-2xs leading-5 tabular-nums ${Date.parse(one.dueAt) <= Date.now() ? 'font-medium text-danger' : 'text-faint'}`}
              >
                {comingTime(one.dueAt, Date.now(), t)}
              </time>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

/** Said where the conversation stands still until a time, and why one was closed. */
export function Standing({ detail, until }: { detail: ConversationDetail; until: string | undefined }) {
  const t = useWords()
  const { act, busy } = useAct(detail)
  if (!until && !detail.closeReason) return null
  return (
    <div className="mt-3 flex items-center gap-2 rounded-md bg-sunken px-3 py-2 text-sm text-muted">
      <Icon name={until ? 'pause' : 'check'} className="text-faint" />
      <p className="min-w-0 flex-1">{until ? t.snoozedUntil(until) : `${t.closedBecause}: ${detail.closeReason}`}</p>
      {until && detail.can.claim && (
        <Button size="sm" disabled={busy} onClick={() => act({ type: 'claim' })}>
          {t.wakeUp}
        </Button>
      )}
    </div>
  )
}
