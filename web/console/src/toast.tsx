// Short messages: what happened, or why it did not. They are spoken (role=status) and stay long enough to be read.
import { Icon } from './icons.tsx'
import { createStore, useStore } from './store.ts'
import { useWords } from './words.ts'

export interface Toast {
  id: number
  text: string
  tone: 'plain' | 'bad'
  action?: { label: string; run(): void }
}

const toasts = createStore<readonly Toast[]>([])
let last = 0

export function toast(text: string, options: { tone?: Toast['tone']; action?: Toast['action'] } = {}): void {
  const id = ++last
  toasts.set([
    ...toasts
      .get()
      .filter((other) => other.text !== text)
      .slice(-2),
    { id, text, tone: options.tone ?? 'plain', action: options.action },
  ])
  setTimeout(() => dismiss(id), options.tone === 'bad' || options.action ? 9000 : 4000)
}

function dismiss(id: number): void {
  toasts.set(toasts.get().filter((other) => other.id !== id))
}

export function Toasts() {
  const t = useWords()
  const list = useStore(toasts)
  return (
    <div
      role="status"
      className="pointer-events-none fixed inset-x-3 bottom-[calc(4.5rem+env(safe-area-inset-bottom))] z-50 flex flex-col items-center gap-2 md:bottom-6"
    >
      {list.map((item) => (
        <div
          key={item.id}
          className="appear pointer-events-auto flex max-w-md items-center gap-2.5 rounded-lg border border-line bg-raised py-2 pl-3 pr-1.5 text-sm text-text shadow-pop"
        >
          <Icon name={item.tone === 'bad' ? 'alert' : 'check'} className={item.tone === 'bad' ? 'text-danger' : 'text-ok'} />
          <span className="min-w-0 flex-1 [overflow-wrap:anywhere]">{item.text}</span>
          {item.action && (
            <button
              type="button"
              className="rounded-md px-2 py-1 font-medium text-accent-text hover:bg-hover"
              onClick={() => {
                item.action?.run()
                dismiss(item.id)
              }}
            >
              {item.action.label}
            </button>
          )}
          <button
            type="button"
            className="rounded-md p-1.5 text-faint hover:bg-hover"
            aria-label={t.close}
            onClick={() => dismiss(item.id)}
          >
            <Icon name="x" />
          </button>
        </div>
      ))}
    </div>
  )
}
