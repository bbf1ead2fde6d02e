// Until when, and what for: putting a conversation off, following up on it, closing it with a reason.
import { type FormEvent, type ReactNode, useState } from 'react'
import type { ConversationDetail, Priority } from '#http/console/protocol.ts'
import { useAct } from '../actions.ts'
import { Dialog, DialogFoot } from '../dialog.tsx'
import { Button } from '../ui.tsx'
import { useWords } from '../words.ts'
import { localValue, presets } from './times.ts'

const FIELD = 'h-10 w-full rounded-md border border-line-strong bg-surface px-3 text-base text-text shadow-card'

interface PostponeProps {
  detail: ConversationDetail
  onClose(): void
}

export function Snooze({ detail, onClose }: PostponeProps) {
  const t = useWords()
  const { act, busy } = useAct(detail)
  const [at, setAt] = useState(localValue(presets(new Date())[0]?.at ?? new Date()))
  const [note, setNote] = useState('')
  const submit = (until: Date) => {
    act({ type: 'snooze', until: until.toISOString(), ...(note.trim() && { note: note.trim() }) })
    onClose()
  }
  return (
    <Frame title={t.snoozeTitle} help={t.snoozeHelp} at={at} setAt={setAt} busy={busy} onClose={onClose} submit={submit} go={t.snoozeTitle}>
      <Labelled words={t.noteOptional}>
        <input value={note} maxLength={400} onChange={(event) => setNote(event.target.value)} className={FIELD} />
      </Labelled>
    </Frame>
  )
}

export function FollowUp({ detail, onClose }: PostponeProps) {
  const t = useWords()
  const { act, busy } = useAct(detail)
  const [at, setAt] = useState(localValue(presets(new Date())[2]?.at ?? new Date()))
  const [text, setText] = useState('')
  const [priority, setPriority] = useState<Priority>('normal')
  const submit = (due: Date) => {
    if (!text.trim()) return
    act({ type: 'followup', at: due.toISOString(), text: text.trim(), ...(priority !== 'normal' && { priority }) })
    onClose()
  }
  return (
    <Frame
      title={t.followUpTitle}
      help={t.followUpHelp}
      at={at}
      setAt={setAt}
      busy={busy}
      onClose={onClose}
      submit={submit}
      go={t.followUpAdd}
    >
      <Labelled words={t.followUpWhat}>
        <input
          required
          value={text}
          maxLength={400}
          onChange={(event) => setText(event.target.value)}
          placeholder={t.followUpWhatPlaceholder}
          className={FIELD}
        />
      </Labelled>
      <Labelled words={t.setPriority}>
        <select value={priority} onChange={(event) => setPriority(event.target.value as Priority)} className={FIELD}>
          {(['low', 'normal', 'high', 'urgent'] as const).map((level) => (
            <option key={level} value={level}>
              {t.priority[level]}
            </option>
          ))}
        </select>
      </Labelled>
    </Frame>
  )
}

export function ResolveWith({ detail, onClose }: PostponeProps) {
  const t = useWords()
  const { act, busy } = useAct(detail)
  const [reason, setReason] = useState('')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    act({ type: 'resolve', ...(reason.trim() && { reason: reason.trim() }) })
    onClose()
  }
  return (
    <Dialog title={t.resolve} help={t.resolveHelp} onClose={onClose}>
      <form onSubmit={submit}>
        <div className="p-5">
          <Labelled words={t.closeReason}>
            <input
              value={reason}
              maxLength={200}
              onChange={(event) => setReason(event.target.value)}
              placeholder={t.closeReasonPlaceholder}
              className={FIELD}
            />
          </Labelled>
        </div>
        <DialogFoot onClose={onClose}>
          <Button type="submit" look="primary" icon="check" disabled={busy}>
            {t.resolve}
          </Button>
        </DialogFoot>
      </form>
    </Dialog>
  )
}

interface FrameProps extends Pick<PostponeProps, 'onClose'> {
  title: string
  help: string
  at: string
  setAt(value: string): void
  busy: boolean
  submit(at: Date): void
  go: string
  children: ReactNode
}

/** The times that are chosen most, and any other. */
function Frame({ title, help, at, setAt, busy, onClose, submit, go, children }: FrameProps) {
  const t = useWords()
  const [asked, setAsked] = useState(false)
  const now = new Date()
  const isLate = !at || new Date(at) <= now
  const send = (event: FormEvent) => {
    event.preventDefault()
    setAsked(true)
    if (!isLate) submit(new Date(at))
  }
  return (
    <Dialog title={title} help={help} onClose={onClose}>
      <form onSubmit={send} className="flex min-h-0 flex-col">
        <div className="quiet-scroll flex min-h-0 flex-col gap-4 overflow-y-auto p-5">
          <div className="grid grid-cols-2 gap-2">
            {presets(now).map((preset) => (
              <Button
                key={preset.key}
                aria-pressed={at === localValue(preset.at)}
                className="aria-pressed:!border-accent aria-pressed:!bg-accent-soft aria-pressed:!text-accent-text"
                onClick={() => setAt(localValue(preset.at))}
              >
                {t[preset.key]}
              </Button>
            ))}
          </div>
          <Labelled words={t.until}>
            <input
              type="datetime-local"
              required
              value={at}
              min={localValue(now)}
              onChange={(event) => setAt(event.target.value)}
              aria-invalid={asked && isLate ? true : undefined}
              className={FIELD}
            />
          </Labelled>
          {asked && isLate && (
            <p role="alert" className="text-sm text-danger">
              {t.timeRequired}
            </p>
          )}
          {children}
        </div>
        <DialogFoot onClose={onClose}>
          <Button type="submit" look="primary" icon="clock" disabled={busy}>
            {go}
          </Button>
        </DialogFoot>
      </form>
    </Dialog>
  )
}

function Labelled({ words, children }: { words: string; children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control is the child
    <label className="flex flex-col gap-1.5 text-sm font-medium">
      {words}
      {children}
    </label>
  )
}
