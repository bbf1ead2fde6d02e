// ⌘K: everything that can be done from here, found by typing.

import type { InfiniteData, QueryClient } from '@tanstack/react-query'
import { useQueryClient } from '@tanstack/react-query'
import { useNavigate, useParams } from '@tanstack/react-router'
import { type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from 'react'
import type { ConversationDetail, ConversationPage, ConversationSummary } from '#http/console/protocol.ts'
import { usePresence } from './account.tsx'
import { useAct } from './actions.ts'
import { openDialog } from './commands.ts'
import { Dialog } from './dialog.tsx'
import { Icon, type IconName } from './icons.tsx'
import type { Command } from './keymap.ts'
import { conversationQuery, VIEWS } from './queries.ts'
import { chooseTheme } from './theme.ts'
import { chooseLocale, locale, useWords } from './words.ts'

export interface PaletteItem {
  id: string
  group: string
  icon: IconName
  label: string
  hint?: string
  run(): void
}

/** Every word typed must be somewhere in the item. */
export function matchItems(items: readonly PaletteItem[], typed: string): PaletteItem[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean)
  return items.filter((item) => {
    const text = `${item.label} ${item.group} ${item.hint ?? ''}`.toLowerCase()
    return words.every((word) => text.includes(word))
  })
}

interface PaletteProps {
  onClose(): void
  onRun(command: Command): boolean
}

export function Palette({ onClose, onRun }: PaletteProps) {
  const t = useWords()
  const id = useId()
  const field = useRef<HTMLInputElement>(null)
  const [typed, setTyped] = useState('')
  const [at, setAt] = useState(0)
  const items = useFound(typed, onRun)
  const active = items[Math.min(at, items.length - 1)]
  const choose = (item: PaletteItem | undefined) => {
    if (!item) return
    onClose()
    item.run()
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
    if (step) setAt((Math.min(at, items.length - 1) + step + items.length) % items.length)
    else if (event.key === 'Enter') choose(active)
    else return
    event.preventDefault()
  }
  return (
    <Dialog title={t.commands} onClose={onClose} bare place="top" width="md:max-w-xl" initialFocus={field}>
      <div className="flex items-center gap-2.5 border-b border-line px-4">
        <Icon name="search" className="text-faint" />
        <input
          {...comboboxProps(id, active)}
          ref={field}
          aria-label={t.commands}
          placeholder={t.palettePlaceholder}
          value={typed}
          onChange={(event) => {
            setTyped(event.target.value)
            setAt(0)
          }}
          onKeyDown={onKeyDown}
          className="h-12 min-w-0 flex-1 bg-transparent text-lg outline-none"
        />
        <button type="button" onClick={onClose} className="rounded border border-line px-1.5 text-2xs text-faint">
          <span className="sr-only">{t.close} </span>
          Esc
        </button>
      </div>
      <Options id={id} items={items} active={active} choose={choose} />
      <p role="status" className="sr-only">
        {t.paletteCount(items.length)}
      </p>
    </Dialog>
  )
}

/** The focus stays in the field; screen readers follow the active option from there. */
function comboboxProps(id: string, active: PaletteItem | undefined) {
  return {
    role: 'combobox',
    'aria-expanded': true,
    'aria-controls': `${id}-list`,
    'aria-activedescendant': active && `${id}-${active.id}`,
  }
}

/** What matches, and at the end a search on the server: it knows more conversations than this tab. */
function useFound(typed: string, onRun: PaletteProps['onRun']): PaletteItem[] {
  const t = useWords()
  const navigate = useNavigate()
  const found = matchItems(usePaletteItems(onRun), typed)
  const q = typed.trim()
  if (!q) return found
  const search = () => void navigate({ to: '/conversations', search: { view: 'open', q } })
  return [...found, { id: 'search', group: t.search, icon: 'search', label: t.paletteSearch(q), run: search }]
}

interface OptionsProps {
  id: string
  items: PaletteItem[]
  active: PaletteItem | undefined
  choose(item: PaletteItem): void
}

function Options({ id, items, active, choose }: OptionsProps) {
  const t = useWords()
  const list = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (active) list.current?.querySelector(`[id="${CSS.escape(`${id}-${active.id}`)}"]`)?.scrollIntoView({ block: 'nearest' })
  }, [active, id])
  return (
    <div ref={list} id={`${id}-list`} role="listbox" aria-label={t.commands} className="quiet-scroll max-h-[46dvh] overflow-y-auto p-1.5">
      {items.length === 0 && <p className="px-3 py-6 text-center text-sm text-faint">{t.paletteNone}</p>}
      {[...new Set(items.map((item) => item.group))].map((group) => (
        // biome-ignore lint/a11y/useSemanticElements: a listbox groups its options by role
        <div key={group} role="group" aria-label={group}>
          <p aria-hidden="true" className="px-2.5 pb-1 pt-2 text-2xs font-medium text-faint">
            {group}
          </p>
          {items
            .filter((item) => item.group === group)
            .map((item) => (
              // biome-ignore lint/a11y/useKeyWithClickEvents: the combobox above has the keys
              <div
                key={item.id}
                id={`${id}-${item.id}`}
                role="option"
                tabIndex={-1}
                aria-selected={item.id === active?.id}
                onClick={() => choose(item)}
                className="flex h-9 items-center gap-2.5 rounded-md px-2.5 text-sm hover:bg-hover aria-selected:bg-accent-soft aria-selected:text-accent-text"
              >
                <Icon name={item.icon} className="text-faint" />
                <span className="min-w-0 flex-1 truncate">{item.label}</span>
                {item.hint && <span className="shrink-0 text-xs text-faint">{item.hint}</span>}
              </div>
            ))}
        </div>
      ))}
    </div>
  )
}

function usePaletteItems(onRun: PaletteProps['onRun']): PaletteItem[] {
  const t = useWords()
  const client = useQueryClient()
  const navigate = useNavigate()
  const presence = usePresence()
  const { id } = useParams({ strict: false })
  const detail = id ? client.getQueryData(conversationQuery(id).queryKey) : undefined
  const actions = useActionItems(detail, onRun)
  return useMemo(() => {
    const go = (to: '/team' | '/system') => () => void navigate({ to })
    const views = VIEWS.map(
      (view): PaletteItem => ({
        id: view,
        group: t.paletteViews,
        icon: 'talk',
        label: t.views[view],
        hint: `g ${view === 'resolved' ? 'd' : view[0]}`,
        run: () => void onRun(`view:${view}`),
      }),
    )
    const pages: PaletteItem[] = [
      { id: 'team', group: t.paletteViews, icon: 'people', label: t.team, run: go('/team') },
      { id: 'system', group: t.paletteViews, icon: 'pulse', label: t.system, run: go('/system') },
    ]
    const known = knownConversations(client).map(
      (row): PaletteItem => ({
        id: row.id,
        group: t.paletteConversations,
        icon: 'user',
        label: row.customer.name,
        hint: row.channel.title,
        run: () => void navigate({ to: '/conversations/$id', params: { id: row.id }, search: ({ view, q, sort }) => ({ view, q, sort }) }),
      }),
    )
    const other = locale.get() === 'zh' ? (['en', 'English'] as const) : (['zh', '中文'] as const)
    const settings: PaletteItem[] = [
      { id: 'online', group: t.paletteSettings, icon: 'check', label: t.goOnline, run: () => presence.mutate('online') },
      { id: 'away', group: t.paletteSettings, icon: 'pause', label: t.goAway, run: () => presence.mutate('away') },
      { id: 'light', group: t.paletteSettings, icon: 'sun', label: `${t.theme}: ${t.themeLight}`, run: () => chooseTheme('light') },
      { id: 'dark', group: t.paletteSettings, icon: 'moon', label: `${t.theme}: ${t.themeDark}`, run: () => chooseTheme('dark') },
      { id: 'language', group: t.paletteSettings, icon: 'talk', label: `${t.language}: ${other[1]}`, run: () => chooseLocale(other[0]) },
      { id: 'keys', group: t.paletteSettings, icon: 'keyboard', label: t.shortcuts, hint: '?', run: () => openDialog.set('help') },
    ]
    return [...actions, ...views, ...pages, ...known, ...settings]
  }, [actions, client, navigate, onRun, presence.mutate, t])
}

function useActionItems(detail: ConversationDetail | undefined, onRun: PaletteProps['onRun']): PaletteItem[] {
  const t = useWords()
  const { act } = useAct(detail)
  return useMemo(() => {
    if (!detail) return []
    const { can } = detail
    const rows: [boolean, string, IconName, string, string | undefined, () => void][] = [
      [true, 'reply', 'send', t.keyReply, 'r', () => void onRun('reply')],
      [true, 'note', 'lock', t.keyNote, 'n', () => void onRun('note')],
      [can.claim, 'claim', 'user', t.claim, 'c', () => act({ type: 'claim' })],
      [can.transfer, 'transfer', 'transfer', t.transfer, 't', () => openDialog.set('transfer')],
      [can.resolve, 'resolve', 'check', t.resolve, 'e', () => act({ type: 'resolve' })],
      [can.release, 'release', 'release', t.release, undefined, () => act({ type: 'release' })],
      [can.toBot, 'to_bot', 'bot', t.toBot, undefined, () => act({ type: 'to_bot' })],
      [can.reopen, 'reopen', 'refresh', t.reopen, undefined, () => act({ type: 'reopen' })],
    ]
    return rows.filter(([able]) => able).map(([, id, icon, label, hint, run]) => ({ id, group: t.paletteActions, icon, label, hint, run }))
  }, [detail, onRun, act, t])
}

/** Every conversation that some list has brought already. */
function knownConversations(client: QueryClient): ConversationSummary[] {
  const lists = client.getQueriesData<InfiniteData<ConversationPage>>({ queryKey: ['conversations'] })
  const rows = lists.flatMap(([, data]) => data?.pages.flatMap((page) => page.items) ?? [])
  return [...new Map(rows.map((row) => [row.id, row])).values()]
}
