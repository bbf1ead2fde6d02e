// The views with their counts, and the search box.
import { Link, useNavigate } from '@tanstack/react-router'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import type { View } from '#http/console/protocol.ts'
import { useCommands } from '../commands.ts'
import { Icon } from '../icons.tsx'
import { counts, type Sort, VIEWS } from '../queries.ts'
import { useStore } from '../store.ts'
import { IconButton } from '../ui.tsx'
import { useWords } from '../words.ts'

export function ListHead({ view, q, sort, children }: { view: View; q: string; sort: Sort; children: ReactNode }) {
  const t = useWords()
  const numbers = useStore(counts)
  return (
    <div className="border-b border-line px-2 pb-2 pt-2">
      <nav aria-label={t.viewsLabel} className="flex gap-0.5 overflow-x-auto [scrollbar-width:none]">
        {VIEWS.map((name) => (
          <Link
            key={name}
            to="/conversations"
            search={{ view: name, q: q || undefined, sort }}
            aria-current={name === view ? 'page' : undefined}
            className={`flex h-8 shrink-0 grow items-center justify-center gap-1 rounded-md px-1.5 text-sm ${name === view ? 'bg-sunken font-medium text-text' : 'text-muted hover:bg-hover'}`}
          >
            {t.views[name]}
            <span
              className={`text-2xs tabular-nums ${name === 'queue' && (numbers?.queue ?? 0) > 0 ? 'font-semibold text-accent-text' : 'text-faint'}`}
            >
              {numbers && shown(name, numbers[name])}
            </span>
          </Link>
        ))}
      </nav>
      <Search q={q} />
      {children}
    </div>
  )
}

/** What is with the bot or over is counted no further. */
function shown(view: View, count: number): number | string {
  return (view === 'bot' || view === 'resolved') && count > 99 ? '99+' : count
}

function Search({ q }: { q: string }) {
  const t = useWords()
  const navigate = useNavigate()
  const field = useRef<HTMLInputElement>(null)
  const [text, setText] = useState(q)
  const sent = useRef(q)
  // The address changed by itself (back, a link): the box follows.
  useEffect(() => {
    if (q !== sent.current) setText(q)
    sent.current = q
  }, [q])
  useEffect(() => {
    if (text.trim() === sent.current) return
    const timer = setTimeout(() => {
      sent.current = text.trim()
      void navigate({ to: '.', search: (search) => ({ ...search, q: text.trim() || undefined }), replace: true })
    }, 250)
    return () => clearTimeout(timer)
  }, [text, navigate])
  useCommands((command) => {
    if (command === 'search') field.current?.focus()
    else if (command === 'escape' && document.activeElement === field.current) {
      if (text) setText('')
      else field.current?.blur()
    } else return false
    return true
  })
  return (
    <div className="relative mt-2">
      <Icon name="search" className="pointer-events-none absolute left-2.5 top-2 text-faint" />
      <input
        ref={field}
        type="search"
        value={text}
        onChange={(event) => setText(event.target.value)}
        aria-label={t.searchPlaceholder}
        placeholder={t.searchPlaceholder}
        className="h-8 w-full rounded-md border border-transparent bg-sunken pl-8 pr-8 text-sm focus:border-line-strong focus:bg-surface [&::-webkit-search-cancel-button]:hidden"
      />
      {text && <IconButton label={t.clearSearch} icon="x" className="!absolute !right-0 !top-0 !size-8" onClick={() => setText('')} />}
    </div>
  )
}
