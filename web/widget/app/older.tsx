// Above the first bubble: a button for what was said before it, and what becomes of that.
import { useEffect, useRef } from 'preact/hooks'
import { readOlder } from './chat.ts'
import { locale, older, olderProblem, words } from './state.ts'
import { halfOf } from './words.ts'

export function Older() {
  const state = older.value
  const text = words.value
  const pressed = useRef(false)
  // biome-ignore lint/correctness/useExhaustiveDependencies: the value of a signal, read while this was drawn
  useEffect(() => {
    // The button went with the focus on it: the conversation takes it, where the arrow keys go on.
    if (state !== 'none' || !pressed.current) return
    pressed.current = false
    if (document.activeElement === document.body) document.querySelector<HTMLElement>('.scroller')?.focus({ preventScroll: true })
  }, [state])
  const read = () => {
    pressed.current = true
    void readOlder()
  }
  if (state === 'none') return null
  return (
    <div class="older">
      {state === 'failed' && (
        <p role="alert" dir="auto">
          {text.olderFailed} {halfOf(olderProblem.value, locale.value)}
        </p>
      )}
      <button type="button" class="choice" aria-disabled={state === 'loading'} onClick={read}>
        {state === 'loading' && <i aria-hidden="true" />}
        {state === 'loading' ? text.olderLoading : state === 'failed' ? text.retry : text.older}
      </button>
    </div>
  )
}
