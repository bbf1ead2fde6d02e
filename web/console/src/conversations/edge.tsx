// Above the first message, and below the last one of an older part: a button for what was said beyond it, what becomes of that, or that
// the conversation begins here.
import { type MouseEvent, useEffect, useRef } from 'react'
import { ApiError } from '../api.ts'
import { Button } from '../ui.tsx'
import { useWords } from '../words.ts'
import type { Edge } from './history.ts'

/** Of one height whatever it says, and one button: nothing jumps, and whoever pressed it by keyboard keeps the focus. */
export function HistoryEdge({ edge: { state, error, load }, side }: { edge: Edge; side: 'older' | 'newer' }) {
  const t = useWords()
  const words = t.historyEdges[side]
  const pressed = useRef<HTMLElement>(null)
  useEffect(() => {
    // The button went with the focus on it: the history itself takes it, where the arrow keys go on.
    if (state !== 'none') return
    if (document.activeElement === document.body) pressed.current?.focus({ preventScroll: true })
    pressed.current = null
  }, [state])
  const onClick = ({ currentTarget }: MouseEvent) => {
    pressed.current = currentTarget.closest<HTMLElement>('[role=log]')
    load()
  }
  if (state === 'none' && side === 'newer') return null
  return (
    <li className="flex min-h-14 flex-wrap items-center justify-center gap-x-3 gap-y-1 py-2 text-center text-xs text-faint">
      {state === 'none' ? (
        t.beginning
      ) : (
        <>
          {state === 'failed' && (
            <p role="alert" className="text-danger">
              {words.failed} {error instanceof ApiError && error.message}
            </p>
          )}
          <Button
            look={state === 'failed' ? 'plain' : 'ghost'}
            size="sm"
            aria-disabled={state === 'loading'}
            onClick={onClick}
            className={state === 'loading' ? 'cursor-progress' : ''}
          >
            {state === 'loading' && <Spinner />}
            {state === 'loading' ? words.loading : state === 'failed' ? t.retry : words.more}
          </Button>
        </>
      )}
    </li>
  )
}

function Spinner() {
  return (
    <span
      aria-hidden="true"
      className="size-3.5 animate-spin rounded-full motion-reduce:hidden border-2 border-line-strong border-t-accent"
    />
  )
}
