// How far a message got: one small icon where all is well, words and buttons where it is not, and every try for whoever asks.
import { useQueryClient } from '@tanstack/react-query'
import { lazy, Suspense, useId, useRef, useState } from 'react'
import type { ConsoleMessage, ConversationDetail } from '#http/console/protocol.ts'
import { useAct } from '../actions.ts'
import { api } from '../api.ts'
import { deliveryLook, TONES } from '../delivery.ts'
import { Icon } from '../icons.tsx'
import { refresh } from '../queries.ts'
import { toast } from '../toast.tsx'
import { useWords } from '../words.ts'

const Story = lazy(() => import('./story.tsx').then((module) => ({ default: module.Story })))

/** Long enough that a mouse on its way elsewhere opens nothing. */
const HOVER_MS = 350
const LEAVE_MS = 200

interface Of {
  message: ConsoleMessage
  detail: ConversationDetail
}

export function Fate({ message, detail }: Of) {
  const t = useWords()
  const { act, doing } = useAct(detail)
  const drop = useDrop(message, detail)
  const look = deliveryLook(message, t)
  if (!look) return null
  return (
    <>
      <Mark message={message} detail={detail} />
      {look.twice && (
        <span className="inline-flex items-center gap-1 text-warn">
          <Icon name="copy" size={13} />
          {t.possiblyTwice}
        </span>
      )}
      {look.again && (
        <span className="inline-flex gap-1">
          <Small disabled={doing === 'resend'} onClick={() => act({ type: 'resend', message: message.id })}>
            {message.delivery?.state === 'held' ? t.sendIt : t.sendAgain}
          </Small>
          <Small quiet onClick={() => void drop()}>
            {t.drop}
          </Small>
        </span>
      )}
    </>
  )
}

function Small({ quiet, ...rest }: React.ButtonHTMLAttributes<HTMLButtonElement> & { quiet?: true }) {
  const tone = quiet ? 'text-muted' : 'text-accent-text'
  return (
    <button
      type="button"
      {...rest}
      className={`rounded px-1 py-0.5 font-medium underline-offset-2 hover:underline pointer-coarse:px-2 pointer-coarse:py-2 ${tone}`}
    />
  )
}

function useDrop(message: ConsoleMessage, detail: ConversationDetail) {
  const t = useWords()
  const client = useQueryClient()
  return async () => {
    try {
      const { done } = await api.dropMessage(detail.id, message.id)
      toast(done > 0 ? t.droppedOne : t.dropNothing, { tone: done > 0 ? 'plain' : 'bad' })
    } catch (error) {
      toast(error instanceof Error ? error.message : t.conflict, { tone: 'bad' })
    }
    await refresh(client, [detail.id])
  }
}

/** The icon that is a button: pressed, or looked at for a moment, it shows how the message fared. */
function Mark({ message, detail }: Of) {
  const t = useWords()
  const id = useId()
  const button = useRef<HTMLButtonElement>(null)
  const panel = useRef<HTMLDivElement>(null)
  const [shown, setShown] = useState(false)
  const hover = useHover(panel)
  const look = deliveryLook(message, t)
  if (!look) return null
  const place = () => {
    const box = button.current?.getBoundingClientRect()
    if (!box || !panel.current) return
    const { style } = panel.current
    const { clientWidth, clientHeight } = document.documentElement
    const below = box.bottom < clientHeight / 2
    style.inset = 'auto'
    if (below) style.top = `${box.bottom + 4}px`
    else style.bottom = `${clientHeight - box.top + 4}px`
    style.right = `${Math.max(8, Math.min(clientWidth - box.right - 8, clientWidth - 312))}px`
    style.maxHeight = `${(below ? clientHeight - box.bottom : box.top) - 16}px`
  }
  return (
    <>
      <button
        ref={button}
        type="button"
        popoverTarget={id}
        aria-label={t.fateOf([look.words, look.reason].filter(Boolean).join(' · '))}
        {...hover.on}
        onClick={hover.press}
        className={`inline-flex max-w-full items-center gap-1 rounded px-0.5 text-left hover:bg-sunken pointer-coarse:py-1.5 ${TONES[look.tone]}`}
      >
        <Icon name={look.icon} size={look.calm ? 14 : 13} />
        <span className={look.calm ? 'sr-only' : ''}>{look.words}</span>
        {!look.calm && look.reason && <span className="line-clamp-2 min-w-0 [overflow-wrap:anywhere]">· {look.reason}</span>}
      </button>
      <div
        ref={panel}
        id={id}
        popover="auto"
        onBeforeToggle={place}
        onToggle={(event) => setShown(event.newState === 'open')}
        {...hover.on}
        className="quiet-scroll fixed m-0 w-[296px] overflow-y-auto rounded-xl border border-line bg-raised p-0 text-text shadow-pop"
      >
        {shown && (
          <Suspense fallback={null}>
            <Story message={message} detail={detail} />
          </Suspense>
        )}
      </div>
    </>
  )
}

/** A mouse that rests opens it and one that leaves closes it; a press keeps it open. */
function useHover(panel: React.RefObject<HTMLDivElement | null>) {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const opened = useRef(false)
  const later = (ms: number, run: () => void) => {
    clearTimeout(timer.current)
    timer.current = setTimeout(run, ms)
  }
  const isOpen = () => panel.current?.matches(':popover-open') ?? false
  return {
    on: {
      onPointerEnter: (event: React.PointerEvent) => {
        if (event.pointerType !== 'mouse') return
        later(HOVER_MS, () => {
          if (isOpen() || !panel.current?.isConnected) return
          opened.current = true
          panel.current.showPopover()
        })
      },
      onPointerLeave: () => {
        later(LEAVE_MS, () => {
          if (opened.current && isOpen()) panel.current?.hidePopover()
          opened.current = false
        })
      },
    },
    press: (event: React.MouseEvent) => {
      clearTimeout(timer.current)
      if (opened.current && isOpen()) event.preventDefault()
      opened.current = false
    },
  }
}
