// A dialog with a title, in the middle on wide screens and rising from below on phones. Loaded with the first dialog only.
import { Dialog as Base } from '@base-ui/react/dialog'
import { type ReactNode, type RefObject, useRef } from 'react'
import { Button, IconButton } from './ui.tsx'
import { useWords } from './words.ts'

export interface DialogProps {
  title: string
  help?: string
  onClose(): void
  children: ReactNode
  /** The title is for screen readers only, and there is no head (palette, pictures). */
  bare?: boolean
  width?: string
  place?: 'middle' | 'top' | 'side' | 'full'
  initialFocus?: RefObject<HTMLElement | null>
}

const PLACES = {
  middle:
    'inset-x-0 bottom-0 max-h-[90dvh] rounded-t-xl border-t md:bottom-auto md:left-1/2 md:right-auto md:top-1/2 md:w-full md:-translate-x-1/2 md:-translate-y-1/2 md:rounded-xl md:border',
  top: 'inset-x-2 top-[max(0.5rem,8dvh)] max-h-[80dvh] rounded-xl border md:left-1/2 md:right-auto md:top-[14dvh] md:w-full md:-translate-x-1/2',
  side: 'inset-y-0 right-0 w-full border-l md:w-[340px]',
  full: 'inset-0 bg-transparent',
}

export function Dialog({ title, help, onClose, children, bare, width = 'md:max-w-md', place = 'middle', initialFocus }: DialogProps) {
  const t = useWords()
  const body = useRef<HTMLDivElement>(null)
  // The first thing to fill in or to choose, rather than the button that closes.
  const first = () =>
    initialFocus?.current ?? body.current?.querySelector<HTMLElement>('input, textarea, button, a[href], [tabindex="0"]') ?? true
  const frame = place === 'full' ? '' : 'border-line bg-raised shadow-pop'
  return (
    <Base.Root open onOpenChange={(open) => !open && onClose()}>
      <Base.Portal>
        <Base.Backdrop className={`fixed inset-0 z-40 ${place === 'full' ? 'bg-black/80' : 'bg-black/35 dark:bg-black/60'}`} />
        <Base.Popup
          initialFocus={first}
          data-dialog=""
          className={`fixed z-40 flex flex-col overflow-hidden text-text outline-none ${frame} ${PLACES[place]} ${place === 'side' ? '' : width}`}
        >
          {bare ? (
            <Base.Title className="sr-only">{title}</Base.Title>
          ) : (
            <div className="flex items-start gap-3 border-b border-line px-5 py-3.5">
              <div className="min-w-0 flex-1">
                <Base.Title className="text-lg font-semibold">{title}</Base.Title>
                {help && <Base.Description className="mt-0.5 text-sm text-faint">{help}</Base.Description>}
              </div>
              <IconButton label={t.close} icon="x" onClick={onClose} className="-mr-2" />
            </div>
          )}
          <div ref={body} className="contents">
            {children}
          </div>
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  )
}

/** Cancel, and the button that does it. */
export function DialogFoot({ onClose, children }: { onClose(): void; children: ReactNode }) {
  const t = useWords()
  return (
    <div className="flex justify-end gap-2 border-t border-line px-5 pt-3 pb-[max(0.75rem,env(safe-area-inset-bottom))]">
      <Button onClick={onClose}>{t.cancel}</Button>
      {children}
    </div>
  )
}
