// One thing that needs a person: whose, what, why, since when, and what can be done about it.
import { Link } from '@tanstack/react-router'
import type { TroubleItem } from '#http/console/protocol-state.ts'
import { ChannelIcon } from '../channel-icon.tsx'
import { Check } from '../check.tsx'
import { useNow } from '../clock.ts'
import { LOOK } from '../delivery.ts'
import { Icon } from '../icons.tsx'
import { fullTime, shortTime } from '../time.ts'
import { Button, Chip } from '../ui.tsx'
import { useWords } from '../words.ts'
import { type AttentionWords, useAttentionWords } from './attention-words.ts'

export interface AttentionRowProps {
  item: TroubleItem
  picked: boolean
  onPick(on: boolean): void
  onAgain(): void
  onDrop(): void
}

export function AttentionRow({ item, picked, onPick, onAgain, onDrop }: AttentionRowProps) {
  const t = useWords()
  const w = useAttentionWords()
  const name = item.customer?.name ?? w.unknownCustomer
  return (
    <li
      className={`grid grid-cols-[auto_minmax(0,1fr)] gap-x-3 px-4 py-3.5 md:grid-cols-[auto_auto_minmax(0,1fr)_auto] ${picked ? 'bg-hover' : ''}`}
    >
      <span className="pt-0.5 md:pt-1.5">
        <Check
          aria-label={w.selectOne(`${name} · ${w.troubleStates[item.state]}`)}
          checked={picked}
          onChange={(event) => onPick(event.target.checked)}
        />
      </span>
      <span className="max-md:hidden">
        <ChannelIcon type={item.target.type} size={28} />
      </span>
      <div className="min-w-0">
        <Head item={item} name={name} />
        <p className="mt-0.5 line-clamp-2 text-sm text-text [overflow-wrap:anywhere]">
          <span className="text-faint">{t.by[item.by]}</span>
          {item.words || <em className="text-muted">{whatOf(item, w)}</em>}
        </p>
        <Why item={item} />
      </div>
      <div className="col-start-2 mt-2 flex items-start gap-1.5 md:col-start-4 md:mt-0 md:flex-col md:items-stretch">
        <Button size="sm" className="pointer-coarse:h-9 pointer-coarse:px-3" onClick={onAgain}>
          {item.state === 'dead' ? w.workAgain : item.state === 'held' ? t.sendIt : t.sendAgain}
        </Button>
        <Button size="sm" look="ghost" className="pointer-coarse:h-9 pointer-coarse:px-3" onClick={onDrop}>
          {t.drop}
        </Button>
      </div>
    </li>
  )
}

function Head({ item, name }: { item: TroubleItem; name: string }) {
  const t = useWords()
  const w = useAttentionWords()
  const now = useNow()
  const { tone, icon } = item.state === 'dead' ? ({ tone: 'bad', icon: 'alert' } as const) : LOOK[item.state]
  return (
    <p className="flex flex-wrap items-center gap-x-2 gap-y-0.5">
      {item.conversation ? (
        <Link
          to="/conversations/$id"
          params={{ id: item.conversation }}
          title={w.openConversation}
          className="truncate font-medium underline-offset-2 hover:underline"
        >
          {name}
        </Link>
      ) : (
        <span className="truncate font-medium text-muted">{name}</span>
      )}
      <Chip tone={tone === 'bad' ? 'bad' : 'warn'} icon={icon}>
        {w.troubleStates[item.state]}
      </Chip>
      <time dateTime={item.at} title={fullTime(item.at, t)} className="ml-auto text-xs text-faint tabular-nums">
        {shortTime(item.at, now, t)}
      </time>
    </p>
  )
}

function Why({ item }: { item: TroubleItem }) {
  const t = useWords()
  const w = useAttentionWords()
  const way = item.state === 'dead' ? w.fromTarget(item.target.title) : w.toTarget(item.target.title)
  return (
    <p className="mt-1 flex flex-wrap gap-x-1.5 text-xs text-faint [overflow-wrap:anywhere]">
      <span>{way}</span>
      <span>· {w.tries(item.attempts)}</span>
      {(item.possiblyTwice || item.state === 'held' || item.state === 'unknown') && (
        <span className="inline-flex items-center gap-1 text-warn">
          <Icon name="copy" size={12} /> {t.possiblyTwice}
        </span>
      )}
      <span className="w-full text-muted">{item.reason || w.troubleHelp[item.state]}</span>
    </p>
  )
}

function whatOf(item: TroubleItem, w: AttentionWords): string {
  return item.what in w.troubleWhat ? w.troubleWhat[item.what as keyof AttentionWords['troubleWhat']] : w.troubleWhat.other
}
