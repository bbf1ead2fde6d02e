// A button that shows a small panel below it. The browser's popover closes it on Esc and on a click elsewhere.
import { type ReactNode, useId, useRef } from 'react'

export interface PopoverProps {
  label: string
  button: ReactNode
  buttonClass: string
  panelClass?: string
  /** Gets a function that closes the panel. */
  children(close: () => void): ReactNode
}

export function Popover({ label, button, buttonClass, panelClass = '', children }: PopoverProps) {
  const id = useId()
  const anchor = useRef<HTMLButtonElement>(null)
  const panel = useRef<HTMLDivElement>(null)
  const place = () => {
    const box = anchor.current?.getBoundingClientRect()
    if (!box || !panel.current) return
    panel.current.style.top = `${box.bottom + 6}px`
    panel.current.style.right = `${Math.max(8, document.documentElement.clientWidth - box.right)}px`
    panel.current.style.maxHeight = `calc(100dvh - ${box.bottom + 14}px)`
  }
  return (
    <>
      <button ref={anchor} type="button" popoverTarget={id} aria-label={label} title={label} className={buttonClass}>
        {button}
      </button>
      <div
        ref={panel}
        id={id}
        popover="auto"
        onBeforeToggle={place}
        className={`quiet-scroll fixed inset-auto m-0 rounded-xl border border-line bg-raised text-text shadow-pop ${panelClass}`}
      >
        {children(() => panel.current?.hidePopover())}
      </div>
    </>
  )
}
