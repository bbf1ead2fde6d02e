// Above the first message: a button for what was said before it, what becomes of that, or that there is no more.
import { useEffect, useRef } from 'react'
import { ApiError } from '../api.ts'
import { Button } from '../ui.tsx'
import { useWords } from '../words.ts'
import type { History } from './history.ts'

/** Of one height whatever it says, and one button: nothing jumps, and whoever pressed it by keyboard keeps the focus. */
export function Beginning({ history }: { history: History }) {
  const t = useWords()
  const { state, error } = history
  const row = useRef<HTMLLIElement>(null)
  const pressed = useRef(false)
  useEffect(() => {
    // The button went with the focus on it: the history itself takes it, where the arrow keys go on.
    if (state !== 'beginning' || !pressed.current) return
    pressed.current = false
    if (document.activeElement === document.body) row.current?.closest<HTMLElement>('[role=log]')?.focus({ preventScroll: true })
  }, [state])
  const load = () => {
    pressed.current = true
    history.load()
  }
  return (
    <li ref={row} className="flex min-h-14 flex-wrap items-center justify-center gap-x-3 gap-y-1 py-2 text-center text-xs text-faint">
      {state === 'beginning' ? (
        t.beginning
      ) : (
        <>
          {state === 'failed' && (
            <p role="alert" className="text-danger">
              {t.olderFailed} {error instanceof ApiError && error.message}
            </p>
          )}
          <Button
            look={state === 'failed' ? 'plain' : 'ghost'}
            size="sm"
            aria-disabled={state === 'loading'}
            onClick={load}
            className={state === 'loading' ? 'cursor-progress' : ''}
          >
            {state === 'loading' && <Spinner />}
            {state === 'loading' ? t.olderLoading : state === 'failed' ? t.retry : t.older}
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
