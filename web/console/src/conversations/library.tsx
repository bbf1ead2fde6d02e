// Canned replies and articles, searched while writing: put into the composer to be looked at, or sent at once.
import { useQuery } from '@tanstack/react-query'
import { type KeyboardEvent, useDeferredValue, useEffect, useId, useMemo, useRef, useState } from 'react'
import type { ConversationDetail } from '#http/console/protocol.ts'
import { Icon } from '../icons.tsx'
import { articlesQuery, macrosQuery } from '../queries.ts'
import { Button, Chip, IconButton } from '../ui.tsx'
import { useWords } from '../words.ts'
import { type Choice, choicesOf, groupsOf } from './choices.ts'

interface LibraryProps {
  detail: ConversationDetail
  onClose(): void
  /** In an empty composer: a second `/` was meant for it. */
  writeNote: (() => void) | undefined
  insert(choice: Choice): void
  send(choice: Choice): void
}

export function Library({ detail, onClose, writeNote, insert, send }: LibraryProps) {
  const t = useWords()
  const id = useId()
  const [words, setWords] = useState('')
  const [at, setAt] = useState(0)
  const field = useRef<HTMLInputElement>(null)
  const wanted = useDeferredValue(words.trim())
  const macros = useQuery(macrosQuery(detail.id))
  const articles = useQuery({ ...articlesQuery(detail.id, wanted), enabled: wanted !== '' })
  const spoken = detail.profile.locale === 'en' ? 'en' : 'zh'
  const choices = useMemo(
    () => choicesOf(macros.data?.items ?? [], wanted ? (articles.data?.items ?? []) : [], wanted, spoken, t),
    [macros.data, articles.data, wanted, spoken, t],
  )
  const active = choices[Math.min(at, choices.length - 1)]
  useEffect(() => {
    field.current?.focus()
  }, [])
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing || event.keyCode === 229) return
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
    if (step !== 0 && choices.length > 0) setAt((now) => (Math.min(now, choices.length - 1) + step + choices.length) % choices.length)
    else if (event.key === 'Escape') onClose()
    else if (event.key === '/' && words === '' && writeNote) writeNote()
    else if (event.key === 'Enter' && active) (event.ctrlKey || event.metaKey ? send : insert)(active)
    else return
    event.preventDefault()
    event.stopPropagation()
  }
  return (
    <search
      aria-label={t.library}
      className="absolute inset-x-2 bottom-full z-20 mb-2 flex max-h-[min(26rem,60dvh)] flex-col overflow-hidden rounded-xl border border-line bg-raised text-text shadow-pop md:inset-x-3"
    >
      <div className="flex items-center gap-2 border-b border-line px-3">
        <Icon name="search" className="text-faint" />
        <input
          ref={field}
          role="combobox"
          aria-expanded={choices.length > 0}
          aria-controls={`${id}-list`}
          aria-activedescendant={active && `${id}-${active.id}`}
          aria-label={t.librarySearch}
          placeholder={t.librarySearch}
          autoComplete="off"
          value={words}
          onChange={(event) => {
            setWords(event.target.value)
            setAt(0)
          }}
          onKeyDown={onKeyDown}
          className="h-11 min-w-0 flex-1 bg-transparent text-base outline-none"
        />
        <IconButton label={t.close} icon="x" onClick={onClose} className="-mr-1.5" />
      </div>
      <div className="grid min-h-0 flex-1 grid-rows-[minmax(0,1fr)] md:grid-cols-[minmax(0,1fr)_minmax(0,1.1fr)]">
        <Choices id={id} choices={choices} active={active} choose={(choice) => setAt(choices.indexOf(choice))} insert={insert} />
        {active && <Preview choice={active} insert={insert} send={send} />}
      </div>
      {choices.length === 0 && !macros.isPending && !articles.isFetching && (
        <p className="px-4 pb-6 text-center text-sm text-muted">{t.libraryEmpty}</p>
      )}
      <p className="hidden border-t border-line px-4 py-1.5 text-2xs text-faint md:block">
        {t.libraryKeys}
        {wanted === '' && ` · ${t.libraryStart}`}
      </p>
    </search>
  )
}

interface ChoicesProps {
  id: string
  choices: Choice[]
  active: Choice | undefined
  choose(choice: Choice): void
  insert(choice: Choice): void
}

function Choices({ id, choices, active, choose, insert }: ChoicesProps) {
  const t = useWords()
  const list = useRef<HTMLDivElement>(null)
  const activeId = active?.id
  // biome-ignore lint/correctness/useExhaustiveDependencies: the active one is kept in sight
  useEffect(() => {
    // Newer browsers give a promise, which is nothing to clean up with.
    void list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' })
  }, [activeId])
  return (
    <div ref={list} id={`${id}-list`} role="listbox" aria-label={t.library} className="quiet-scroll min-h-0 overflow-y-auto p-1.5">
      {groupsOf(choices).map(([group, rows]) => (
        // biome-ignore lint/a11y/useSemanticElements: groups of a listbox are no fieldsets
        <div key={group} role="group" aria-label={group}>
          <p aria-hidden="true" className="px-2.5 pb-1 pt-2 text-2xs font-medium text-faint">
            {group}
          </p>
          {rows.map((choice) => (
            // biome-ignore lint/a11y/useFocusableInteractive: the search box keeps the focus and names the active one
            // biome-ignore lint/a11y/useKeyWithClickEvents: keys are read by the search box
            <div
              key={choice.id}
              id={`${id}-${choice.id}`}
              role="option"
              aria-selected={choice === active}
              onMouseMove={() => choice !== active && choose(choice)}
              onClick={() => insert(choice)}
              className={`flex cursor-pointer items-baseline gap-2 rounded-md px-2.5 py-1.5 text-sm ${choice === active ? 'bg-accent-soft text-accent-text' : ''}`}
            >
              <span className="min-w-0 flex-1 truncate">{choice.title}</span>
              {choice.key && <span className="shrink-0 text-2xs text-faint">{choice.key}</span>}
              {choice.uses && (
                <span className="shrink-0 text-2xs tabular-nums text-faint" title={t.macroUses(choice.uses.mine, choice.uses.all)}>
                  <span className="sr-only">{t.macroUses(choice.uses.mine, choice.uses.all)}</span>
                  <span aria-hidden="true">{choice.uses.all}×</span>
                </span>
              )}
            </div>
          ))}
        </div>
      ))}
    </div>
  )
}

function Preview({ choice, insert, send }: { choice: Choice; insert(choice: Choice): void; send(choice: Choice): void }) {
  const t = useWords()
  return (
    <div className="flex min-h-0 flex-col border-line max-md:border-t md:border-l">
      <section
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
        tabIndex={0}
        aria-label={choice.title}
        className="quiet-scroll min-h-0 flex-1 overflow-y-auto px-4 py-3 max-md:max-h-24"
      >
        {choice.notes.length > 0 && (
          <p className="mb-2 flex flex-wrap gap-1.5">
            {choice.notes.map((note) => (
              <Chip key={note} tone="warn">
                {note}
              </Chip>
            ))}
          </p>
        )}
        <p className="whitespace-pre-wrap break-words text-sm">{choice.text}</p>
      </section>
      <div className="flex justify-end gap-2 px-3 pb-3 pt-1">
        <Button size="sm" onClick={() => insert(choice)}>
          {t.insert}
        </Button>
        <Button size="sm" look="primary" icon="send" disabled={choice.missing.length > 0} onClick={() => send(choice)}>
          {t.sendNow}
        </Button>
      </div>
    </div>
  )
}
