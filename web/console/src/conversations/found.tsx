// Above a conversation that was found by its words: where they were said, one place after the other, however long ago.
import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { Icon } from '../icons.tsx'
import { foundQuery } from '../queries.ts'
import { Button, IconButton } from '../ui.tsx'
import { useWords } from '../words.ts'
import { fold } from './choices.ts'
import { useFoundWords } from './found-words.ts'
import type { History } from './history.ts'
import type { Way } from './messages.tsx'

/** At the last place there is no next one, and whoever got there by keyboard keeps the focus. */
const FADED = 'aria-disabled:cursor-not-allowed aria-disabled:opacity-40'

interface FoundProps extends Way {
  id: string
  q: string
  customer: string
  history: History
}

export function Found({ id, q, customer, history, goTo, isGoing }: FoundProps) {
  const t = useWords()
  const w = useFoundWords()
  const { data } = useQuery(foundQuery(id, q))
  const [at, setAt] = useState<number>()
  const go = (to: number) => {
    const seq = data?.seqs[to]
    if (seq === undefined) return
    setAt(seq)
    goTo(seq)
  }
  // Whoever looked for the customer's name wants to answer, and not to see where it was said.
  const isNamed = fold(customer).includes(fold(q))
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when the places are known
  useEffect(() => {
    if (at === undefined && !isNamed) go(0)
  }, [data])
  // Found by the customer's name: there is nothing to go to.
  if (!data || data.seqs.length === 0) return null
  const place = at === undefined ? -1 : data.seqs.indexOf(at)
  const count = `${data.seqs.length}${data.more ? '+' : ''}`
  const failed = isGoing && history.way.state === 'failed'
  return (
    <search className="flex min-h-10 shrink-0 items-center gap-2 border-b border-line bg-surface px-4 py-1 text-sm text-muted md:px-6">
      <Icon name="search" />
      <p role="status" className="min-w-0 flex-1 truncate">
        {failed ? w.wayFailed : isGoing ? w.wayLoading : place < 0 ? w.found(q, count) : w.foundAt(q, place + 1, count)}
      </p>
      {failed && (
        <Button size="sm" onClick={history.way.load}>
          {t.retry}
        </Button>
      )}
      <IconButton
        icon="chevron"
        label={w.foundEarlier}
        className={`rotate-180 ${FADED}`}
        aria-disabled={place === data.seqs.length - 1}
        onClick={() => go(place + 1)}
      />
      <IconButton icon="chevron" label={w.foundLater} className={FADED} aria-disabled={place <= 0} onClick={() => go(place - 1)} />
    </search>
  )
}
