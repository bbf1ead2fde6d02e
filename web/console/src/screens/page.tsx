// The frame of the screens that are read from top to bottom.
import type { ReactNode } from 'react'

export function Page({ title, help, action, children }: { title: string; help: string; action?: ReactNode; children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <main tabIndex={0} aria-label={title} className="quiet-scroll h-full overflow-y-auto bg-bg -outline-offset-2">
      <div className="mx-auto max-w-5xl px-4 pb-16 pt-6 md:px-8 md:pt-9">
        <div className="mb-6 flex flex-wrap items-end gap-3">
          <div className="min-w-0 flex-1">
            <h1 className="text-xl font-semibold tracking-tight">{title}</h1>
            <p className="text-sm text-faint">{help}</p>
          </div>
          {action}
        </div>
        {children}
      </div>
    </main>
  )
}

export function Card({ title, help, children, id }: { title: string; help?: string; children: ReactNode; id: string }) {
  return (
    <section aria-labelledby={id} className="mb-6">
      <div className="mb-2 flex items-baseline gap-2">
        <h2 id={id} className="text-base font-semibold">
          {title}
        </h2>
        {help && <p className="text-xs text-faint">{help}</p>}
      </div>
      <div className="overflow-hidden rounded-xl border border-line bg-surface shadow-card">{children}</div>
    </section>
  )
}
