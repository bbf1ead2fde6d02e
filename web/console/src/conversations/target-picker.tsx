// A field to search in and, below it, whom it finds: the focus stays in the field, the arrows go through the list.
import { useQuery } from '@tanstack/react-query'
import { type KeyboardEvent, memo, type RefObject, useDeferredValue, useEffect, useId, useMemo, useRef, useState } from 'react'
import type { ConversationDetail } from '#http/console/protocol.ts'
import { Icon } from '../icons.tsx'
import { meQuery, targetsQuery } from '../queries.ts'
import { Button, Empty, Failed, IconButton, Skeletons } from '../ui.tsx'
import { Pill, TargetFace } from './target-row.tsx'
import { likeliest, matchTargets, type Target, type TargetSection, targetsOf } from './targets.ts'
import { useTransferWords } from './transfer-words.ts'

interface PickerProps {
  detail: ConversationDetail
  field: RefObject<HTMLInputElement | null>
  typed: string
  type(words: string): void
  choose(target: Target): void
}

const STEPS: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 }

export function TargetPicker({ detail, field, typed, type, choose }: PickerProps) {
  const w = useTransferWords()
  const id = useId()
  const query = useQuery(targetsQuery(detail.id))
  const skillName = useNames()
  const wanted = useDeferredValue(typed.trim())
  const all = useMemo(() => (query.data ? targetsOf(query.data, skillName) : []), [query.data, skillName])
  const found = useMemo(() => matchTargets(all, wanted), [all, wanted])
  const [moved, move] = useState<string>()
  const active = found.find(({ key }) => key === moved) ?? likeliest(found, wanted)
  useEffect(() => field.current?.focus(), [field])
  const search = (words: string) => {
    type(words)
    move(undefined)
    field.current?.focus()
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing || event.keyCode === 229) return
    const step = STEPS[event.key]
    if (step !== undefined && active) move(found[placeOf(found.indexOf(active) + step, step, found.length)]?.key)
    // What was typed in the same instant is looked up first.
    else if (event.key === 'Enter') pick(likelyNow(all, typed, found, active))
    else return
    event.preventDefault()
  }
  const pick = (target: Target | undefined) => target && choose(target)
  return (
    <>
      <div className="flex items-center gap-2.5 border-b border-line px-5">
        <Icon name="search" className="text-faint" />
        <input
          ref={field}
          role="combobox"
          aria-expanded={found.length > 0}
          aria-controls={`${id}-list`}
          aria-activedescendant={active && idOf(id, active)}
          aria-label={w.transferSearch}
          placeholder={w.transferPlaceholder}
          autoComplete="off"
          spellCheck={false}
          value={typed}
          onChange={(event) => search(event.target.value)}
          onKeyDown={onKeyDown}
          className="h-12 min-w-0 flex-1 bg-transparent text-base outline-none"
        />
        {typed && <IconButton label={w.transferClear} icon="x" onClick={() => search('')} className="-mr-2" />}
      </div>
      {/* Of one height, whatever is found: what one reaches for does not jump away. */}
      <div className="quiet-scroll h-[min(30rem,58dvh)] overflow-y-auto p-2">
        {query.isPending && <Skeletons count={5} className="flex gap-3 px-3 py-2" />}
        {query.isError && !query.data && <Failed error={query.error} retry={() => void query.refetch()} />}
        {query.data && all.length === 0 && <Empty icon="people" title={w.noAgents} help={w.noAgentsHelp} />}
        {all.length > 0 && found.length === 0 && (
          <Empty icon="search" title={w.transferNoMatch(wanted)} help={w.transferNoMatchHelp}>
            <Button onClick={() => search('')}>{w.transferClear}</Button>
          </Empty>
        )}
        <Found id={id} found={found} active={active} skill={detail.skill} skillName={skillName} choose={choose} point={move} />
      </div>
      <p className="hidden border-t border-line px-5 py-2 text-2xs text-faint md:block">{w.transferKeys}</p>
      <p role="status" className="sr-only">
        {wanted && query.data && (found.length > 0 ? w.transferCount(found.length) : w.transferNoMatch(wanted))}
      </p>
    </>
  )
}

/** The same function while the names are the same: what is drawn with it need not be drawn again. */
function useNames(): (id: string) => string {
  const { data } = useQuery(meQuery)
  const names = data?.skillNames
  return useMemo(() => (id) => names?.[id] ?? id, [names])
}

function likelyNow(all: readonly Target[], typed: string, found: readonly Target[], active: Target | undefined): Target | undefined {
  const now = matchTargets(all, typed)
  return active && now.length === found.length && now.includes(active) ? active : likeliest(now, typed.trim())
}

/** Past an end a single step goes on at the other one; a long one stops there. */
function placeOf(to: number, step: number, count: number): number {
  return Math.abs(step) === 1 ? (to + count) % count : Math.max(0, Math.min(count - 1, to))
}

const idOf = (id: string, target: Target) => `${id}-${target.key}`.replace(/\s/g, '-')

interface FoundProps {
  id: string
  found: readonly Target[]
  active: Target | undefined
  skill: string | undefined
  skillName(id: string): string
  choose(target: Target): void
  point(key: string): void
}

/** So many are drawn with the dialog; the others of hundreds right after. */
const AT_FIRST = 40

function Found({ id, found, active, ...rest }: FoundProps) {
  const w = useTransferWords()
  const drawn = useDeferredValue(found, found.slice(0, AT_FIRST))
  const list = useRef<HTMLDivElement>(null)
  const activeKey = active?.key
  // biome-ignore lint/correctness/useExhaustiveDependencies: the active one is kept in sight
  useEffect(() => {
    // Newer browsers give a promise, which is nothing to clean up with.
    void list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' })
  }, [activeKey])
  return (
    <div ref={list} id={`${id}-list`} role="listbox" aria-label={w.transferTo}>
      {[...Map.groupBy(drawn, ({ section }) => section)].map(([section, targets]) => (
        // biome-ignore lint/a11y/useSemanticElements: groups of a listbox are no fieldsets
        <div key={section} role="group" aria-label={w.transferGroups[section]}>
          <p aria-hidden="true" className="px-3 pb-1 pt-2.5 text-xs font-medium text-faint">
            {w.transferGroups[section]}
            {section !== 'groups' && <span className="ml-1.5 font-normal tabular-nums">{targets.length}</span>}
          </p>
          <div role="presentation" className={section === 'groups' ? 'flex flex-wrap gap-1.5 px-3 pb-1' : ''}>
            {targets.map((target) => (
              <Option key={target.key} id={idOf(id, target)} section={section} target={target} isActive={target === active} {...rest} />
            ))}
          </div>
        </div>
      ))}
    </div>
  )
}

interface OptionProps extends Omit<FoundProps, 'found' | 'active'> {
  section: TargetSection
  target: Target
  isActive: boolean
}

const PILL = 'inline-flex h-8 max-w-full items-center gap-1.5 rounded-full border px-3 pointer-coarse:h-9'
/** Rows that are not in sight are not laid out: of five hundred colleagues ten are. */
const ROW = 'flex h-13 items-center gap-2.5 rounded-md px-3 [contain-intrinsic-size:auto_3.25rem] [content-visibility:auto]'

const Option = memo(({ id, section, target, isActive, skill, skillName, choose, point }: OptionProps) => {
  const isPill = section === 'groups'
  const line = isPill ? (isActive ? 'border-accent' : 'border-line-strong') : ''
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: the field keeps the focus and names the active one
    // biome-ignore lint/a11y/useKeyWithClickEvents: keys are read by the field
    <div
      id={id}
      role="option"
      aria-selected={isActive}
      onMouseMove={() => !isActive && point(target.key)}
      onClick={() => choose(target)}
      className={`cursor-pointer text-sm ${isPill ? PILL : ROW} ${line} ${isActive ? 'bg-accent-soft' : ''}`}
    >
      {isPill ? <Pill target={target} /> : <TargetFace target={target} skill={skill} skillName={skillName} />}
    </div>
  )
})
