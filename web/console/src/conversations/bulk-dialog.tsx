// Asks before it does something to several conversations, shows how far it got, and tells what became of each.
import { useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useRef, useState } from 'react'
import type { ConversationSummary } from '#http/console/protocol.ts'
import { requestOf } from '../actions.ts'
import { ApiError, api } from '../api.ts'
import { Dialog, DialogFoot } from '../dialog.tsx'
import { Icon } from '../icons.tsx'
import { refresh } from '../queries.ts'
import { toast } from '../toast.tsx'
import { Avatar, Button, Field } from '../ui.tsx'
import { useWords } from '../words.ts'
import { type Bulk, type Hindrance, type Outcome, runBulk, sortOut } from './bulk.ts'
import { type BulkWords, useBulkWords } from './bulk-words.ts'

export interface BulkDialogProps {
  type: Bulk['type']
  rows: readonly ConversationSummary[]
  me: string
  /** What was done, and is picked no longer. */
  onDone(ids: string[]): void
  onClose(): void
}

type Step = { at: 'asking' } | { at: 'working'; over: number; of: number; stopping: boolean } | { at: 'told'; outcome: Outcome }

export function BulkDialog({ type, rows, me, onDone, onClose }: BulkDialogProps) {
  const b = useBulkWords()
  const [step, setStep] = useState<Step>({ at: 'asking' })
  const { able, unable } = sortOut(rows, type, me)
  const run = useRun(type, setStep, onDone, onClose)
  const title = able.length === 0 ? b.nothing[type] : b.title[type](able.length)
  if (step.at === 'told') return <Told type={type} outcome={step.outcome} again={run.go} onClose={onClose} />
  return (
    <Dialog title={title} {...(able.length > 0 && { help: b.help[type] })} onClose={step.at === 'working' ? run.stop : onClose}>
      {step.at === 'working' ? (
        <Working step={step} stop={run.stop} />
      ) : (
        <Asking type={type} able={able} unable={unable} go={(bulk) => run.go(able, bulk)} onClose={onClose} />
      )}
    </Dialog>
  )
}

function useRun(type: Bulk['type'], setStep: (step: Step) => void, onDone: (ids: string[]) => void, onClose: () => void) {
  const b = useBulkWords()
  const t = useWords()
  const client = useQueryClient()
  const stopped = useRef(false)
  const last = useRef<Bulk>({ type: 'resolve' })
  const state = useRef({ over: 0, of: 0 })
  const show = () => setStep({ at: 'working', ...state.current, stopping: stopped.current })
  const act = (bulk: Bulk) => async (row: ConversationSummary) => {
    const reply = await api.act(row.id, requestOf(bulk, row.version))
    if (!reply.ok) throw new ApiError(409, reply.code, reply.message || t.conflict)
  }
  return {
    stop() {
      stopped.current = true
      show()
    },
    async go(rows: readonly ConversationSummary[], bulk: Bulk = last.current) {
      stopped.current = false
      last.current = bulk
      state.current = { over: 0, of: rows.length }
      show()
      const progressed = (over: number) => {
        state.current = { ...state.current, over }
        show()
      }
      const outcome = await runBulk(rows, { act: act(bulk), progressed, stopped: () => stopped.current })
      onDone(outcome.done.map(({ id }) => id))
      if (outcome.refused.length + outcome.left.length > 0) setStep({ at: 'told', outcome })
      else {
        toast(b.done[type](outcome.done.length))
        onClose()
      }
      await refresh(
        client,
        rows.map(({ id }) => id),
      )
    },
  }
}

interface AskingProps {
  type: Bulk['type']
  able: ConversationSummary[]
  unable: { row: ConversationSummary; hindrance: Hindrance }[]
  go(bulk: Bulk): void
  onClose(): void
}

/** What separates tags in a command. */
const BETWEEN = /[\s,，、;；]+/
const NAMED = 4

function Asking({ type, able, unable, go, onClose }: AskingProps) {
  const b = useBulkWords()
  const [text, setText] = useState('')
  const [lacks, setLacks] = useState(false)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (type !== 'tag') return go({ type })
    const add = text.split(BETWEEN).filter(Boolean)
    if (add.length > 0) go({ type, add })
    else setLacks(true)
  }
  return (
    <form onSubmit={submit} className="flex min-h-0 flex-col">
      <div className="quiet-scroll flex min-h-0 flex-col gap-4 overflow-y-auto px-5 py-4">
        {type === 'tag' && (
          <Field
            label={b.tags}
            help={b.tagsHelp}
            value={text}
            maxLength={200}
            {...(lacks && { error: b.needTags })}
            onChange={(event) => {
              setText(event.target.value)
              setLacks(false)
            }}
          />
        )}
        {able.length > 0 && (
          <p className="text-sm text-muted [overflow-wrap:anywhere]">
            {able
              .slice(0, NAMED)
              .map(({ customer }) => customer.name)
              .join(' · ')}
            {able.length > NAMED && <span className="text-faint"> {b.more(able.length - NAMED)}</span>}
          </p>
        )}
        {unable.length > 0 && (
          <Reasons
            title={b.unable(unable.length)}
            list={unable.map(({ row, hindrance }) => ({ row, why: hindranceWords(hindrance, b) }))}
            icon="lock"
          />
        )}
      </div>
      <DialogFoot onClose={onClose}>
        {able.length > 0 && (
          <Button look="primary" type="submit">
            {b.go[type](able.length)}
          </Button>
        )}
      </DialogFoot>
    </form>
  )
}

function hindranceWords(hindrance: Hindrance, b: BulkWords): string {
  return hindrance.why === 'theirs' ? b.theirs(hindrance.agent) : b[hindrance.why]
}

function Reasons({ title, list, icon }: { title: string; list: { row: ConversationSummary; why: string }[]; icon: 'lock' | 'alert' }) {
  return (
    <section aria-label={title}>
      <h3 className="mb-2 flex items-center gap-1.5 text-sm font-medium text-warn">
        <Icon name={icon} size={14} /> {title}
      </h3>
      <ul className="divide-y divide-line rounded-lg border border-line bg-surface">
        {list.map(({ row, why }) => (
          <li key={row.id} className="flex items-center gap-2.5 px-3 py-2 text-sm">
            <Avatar name={row.customer.name} size={24} />
            <span className="min-w-0 flex-1 truncate font-medium">{row.customer.name}</span>
            <span className="min-w-0 max-w-[60%] text-right text-xs text-muted [overflow-wrap:anywhere]">{why}</span>
          </li>
        ))}
      </ul>
    </section>
  )
}

function Working({ step, stop }: { step: Extract<Step, { at: 'working' }>; stop(): void }) {
  const b = useBulkWords()
  const words = b.progress(step.over, step.of)
  return (
    <div className="flex flex-col gap-3 px-5 py-5">
      <div
        role="progressbar"
        aria-label={words}
        aria-valuemin={0}
        aria-valuemax={step.of}
        aria-valuenow={step.over}
        aria-valuetext={words}
        className="h-2 overflow-hidden rounded-full bg-sunken"
      >
        <div
          className="h-full rounded-full bg-accent transition-[width]"
          style={{ width: `${(step.over / Math.max(1, step.of)) * 100}%` }}
        />
      </div>
      <div className="flex items-center justify-between text-sm text-muted tabular-nums">
        {words}
        <Button disabled={step.stopping} onClick={stop}>
          {step.stopping ? b.stopping : b.stop}
        </Button>
      </div>
    </div>
  )
}

interface ToldProps {
  type: Bulk['type']
  outcome: Outcome
  again(rows: readonly ConversationSummary[]): void
  onClose(): void
}

function Told({ type, outcome, again, onClose }: ToldProps) {
  const b = useBulkWords()
  const t = useWords()
  const { done, refused, left } = outcome
  const title = done.length > 0 ? b.done[type](done.length) : refused.length > 0 ? b.refusedTitle(refused.length) : b.left(left.length)
  return (
    <Dialog title={title} onClose={onClose}>
      <div role="status" className="quiet-scroll flex min-h-0 flex-col gap-4 overflow-y-auto px-5 py-4">
        {left.length > 0 && <p className="text-sm text-muted">{b.left(left.length)}</p>}
        {refused.length > 0 && <Reasons title={b.refusedTitle(refused.length)} list={refused} icon="alert" />}
      </div>
      <div className="flex justify-end gap-2 border-t border-line px-5 pt-3 pb-[max(0.75rem,env(safe-area-inset-bottom))]">
        <Button onClick={() => again([...refused.map(({ row }) => row), ...left])}>{b.again}</Button>
        <Button look="primary" onClick={onClose}>
          {t.close}
        </Button>
      </div>
    </Dialog>
  )
}
