// To whom, then what they should know. Two steps, so that a list of hundreds and the note each have the room they need.
import { type KeyboardEvent, useEffect, useRef, useState } from 'react'
import type { ConversationDetail } from '#http/console/protocol.ts'
import { useAct } from '../actions.ts'
import { Dialog, DialogFoot } from '../dialog.tsx'
import { useSkillName } from '../queries.ts'
import { Button } from '../ui.tsx'
import { TargetPicker } from './target-picker.tsx'
import { TargetFace } from './target-row.tsx'
import type { Target } from './targets.ts'
import { useTransferWords } from './transfer-words.ts'

export function Transfer({ detail, onClose }: { detail: ConversationDetail; onClose(): void }) {
  const w = useTransferWords()
  const field = useRef<HTMLInputElement>(null)
  const [typed, type] = useState('')
  const [target, choose] = useState<Target>()
  const [note, write] = useState('')
  return (
    <Dialog title={w.transferTitle} help={w.transferHelp} onClose={onClose} width="md:max-w-lg" initialFocus={field}>
      <p role="status" className="sr-only">
        {target && w.transferChosen(target.name)}
      </p>
      {target ? (
        <Confirm detail={detail} target={target} note={note} write={write} back={() => choose(undefined)} onClose={onClose} />
      ) : (
        <TargetPicker detail={detail} field={field} typed={typed} type={type} choose={choose} />
      )}
    </Dialog>
  )
}

interface ConfirmProps {
  detail: ConversationDetail
  target: Target
  note: string
  write(note: string): void
  back(): void
  onClose(): void
}

/** On a phone the keyboard would hide the button: there the note waits to be touched. */
const isTouched = () => matchMedia('(pointer: coarse)').matches

function Confirm({ detail, target, note, write, back, onClose }: ConfirmProps) {
  const w = useTransferWords()
  const skillName = useSkillName()
  const { act, busy } = useAct(detail)
  const field = useRef<HTMLTextAreaElement>(null)
  const button = useRef<HTMLButtonElement>(null)
  useEffect(() => (isTouched() ? button : field).current?.focus(), [])
  const send = () => {
    if (busy) return
    act({ type: 'transfer', to: target.to, toName: target.name, note: note.trim() || undefined })
    onClose()
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey) || event.nativeEvent.isComposing) return
    event.preventDefault()
    send()
  }
  const waits = waitsOf(target)
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: one key, for all that is in it
    <div onKeyDown={onKeyDown} className="flex min-h-0 flex-col">
      <div className="quiet-scroll flex min-h-0 flex-col gap-5 overflow-y-auto p-5">
        <section aria-label={w.transferTo}>
          <h3 className="mb-1.5 text-sm font-medium">{w.transferTo}</h3>
          <div className="flex items-center gap-2.5 rounded-lg border border-accent-line bg-accent-soft py-2 pl-3 pr-2">
            <TargetFace target={target} skill={detail.skill} skillName={skillName} />
            <Button size="sm" onClick={back}>
              {w.transferChange}
            </Button>
          </div>
          {waits && <p className="mt-2 text-sm text-warn">{w.transferWaits[waits](target.name)}</p>}
        </section>
        <label className="flex flex-col gap-1.5 text-sm font-medium">
          {w.transferNote}
          <textarea
            ref={field}
            rows={4}
            value={note}
            onChange={(event) => write(event.target.value)}
            placeholder={w.transferNotePlaceholder}
            className="resize-none rounded-md border border-note-line bg-note px-3 py-2 text-base font-normal text-note-text placeholder:text-note-text placeholder:opacity-80"
          />
        </label>
      </div>
      <DialogFoot onClose={onClose}>
        <Button ref={button} look="primary" icon="transfer" title={w.transferSendKeys} disabled={busy} onClick={send} className="min-w-0">
          <span className="max-w-60 truncate">{w.transferNow(target.name)}</span>
        </Button>
      </DialogFoot>
    </div>
  )
}

/** What to know before it is theirs. */
function waitsOf({ section, group }: Target) {
  if (group) return group.ready === 0 ? 'groups' : undefined
  return section === 'ready' || section === 'groups' ? undefined : section
}
