// What people owe next, with the time that is left of it. The colour is never alone: the sign and the words say the same.
import type { Due } from '#http/console/protocol.ts'
import { useNowAs } from '../clock.ts'
import type { IconName } from '../icons.tsx'
import { comingTime, fullTime, span } from '../time.ts'
import { Chip } from '../ui.tsx'
import type { Words } from '../words.en.ts'
import { useWords } from '../words.ts'

export type DueLevel = 'calm' | 'soon' | 'over'

/** Counts on from what the server said: while it is closed no time passes. */
export function leftAt(due: Due, now: number): number {
  return due.leftMs - (due.ticks ? Math.max(0, now - Date.parse(due.asOf)) : 0)
}

export function levelOf(due: Due, now: number): DueLevel {
  const left = leftAt(due, now)
  return left <= 0 ? 'over' : left <= due.warnMs ? 'soon' : 'calm'
}

/** Where a night or a weekend lies between, 'two hours left' would mislead: then it is the time on the clock that counts. */
export function dueWords(due: Due, now: number, t: Words): string {
  const left = leftAt(due, now)
  const term = t.terms[due.term]
  if (left <= 0) return t.dueOver(term, span(-left, t))
  const straight = due.at !== undefined && Date.parse(due.at) - Date.parse(due.asOf) - due.leftMs < 1000
  return due.at === undefined || straight ? t.dueLeft(term, span(left, t)) : t.dueBy(term, comingTime(due.at, now, t))
}

const LOOK: Record<DueLevel, { tone: 'plain' | 'warn' | 'bad'; icon: IconName }> = {
  calm: { tone: 'plain', icon: 'clock' },
  soon: { tone: 'warn', icon: 'hourglass' },
  over: { tone: 'bad', icon: 'alert' },
}

export function DueChip({ due, className = '' }: { due: Due; className?: string }) {
  const t = useWords()
  const words = useNowAs((now) => dueWords(due, now, t))
  const level = useNowAs((now) => levelOf(due, now))
  const { tone, icon } = LOOK[level]
  const title = [due.at && t.dueTitle(fullTime(due.at, t)), !due.ticks && due.leftMs > 0 && t.dueClosed(span(due.leftMs, t))]
  return (
    <span title={title.filter(Boolean).join(' · ') || undefined} className={`inline-flex min-w-0 ${className}`}>
      <Chip tone={tone} icon={icon} className="tabular-nums">
        {words}
      </Chip>
    </span>
  )
}
