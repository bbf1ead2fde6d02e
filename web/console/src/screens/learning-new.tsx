// A new entry of the FAQ, made of a group of questions.
import { useId, useState } from 'react'
import type { LessonItem, LessonRequest } from '#http/console/protocol-learning.ts'
import { Dialog, DialogFoot } from '../dialog.tsx'
import { Button, Field } from '../ui.tsx'
import { useLearningWords } from './learning-words.ts'

interface Props {
  item: LessonItem
  pending: boolean
  onClose(): void
  onMake(request: LessonRequest): void
}

const ID = /^[A-Za-z0-9][A-Za-z0-9_-]{0,59}$/

export function NewEntry({ item, pending, onClose, onMake }: Props) {
  const w = useLearningWords()
  const area = useId()
  const [title, setTitle] = useState(item.texts[0]?.slice(0, 100) ?? '')
  const [id, setId] = useState(`learnt-${item.key.slice(-6)}`)
  const [answer, setAnswer] = useState(item.draft ?? '')
  const [left, setLeft] = useState<readonly string[]>([])
  const texts = item.texts.filter((text) => !left.includes(text))
  const isReady = title.trim() !== '' && ID.test(id) && answer.trim() !== '' && texts.length > 0
  const toggle = (text: string) => setLeft((before) => (before.includes(text) ? before.filter((one) => one !== text) : [...before, text]))
  return (
    <Dialog title={w.newTitle} help={w.newHelp} onClose={onClose} width="md:max-w-lg">
      <form
        className="contents"
        onSubmit={(event) => {
          event.preventDefault()
          if (isReady) onMake({ action: 'entry', id, title: title.trim(), texts, answer: answer.trim() })
        }}
      >
        <div className="quiet-scroll flex min-h-0 flex-col gap-4 overflow-y-auto px-5 py-4">
          <Field label={w.title} value={title} maxLength={100} required onChange={(event) => setTitle(event.target.value)} />
          <Field label={w.id} help={w.idHelp} value={id} maxLength={60} required onChange={(event) => setId(event.target.value)} />
          <div className="flex flex-col gap-1.5">
            <label htmlFor={area} className="text-sm font-medium">
              {w.answer}
            </label>
            <textarea
              id={area}
              rows={4}
              required
              maxLength={4000}
              value={answer}
              onChange={(event) => setAnswer(event.target.value)}
              className="w-full rounded-md border border-line-strong bg-surface px-3 py-2 text-base text-text shadow-card"
            />
          </div>
          <fieldset>
            <legend className="mb-1.5 text-sm font-medium">{w.wordings}</legend>
            {item.texts.map((text) => (
              <label key={text} className="flex items-start gap-2 py-1 text-sm">
                <input
                  type="checkbox"
                  className="mt-0.5 size-4 shrink-0 accent-accent"
                  checked={!left.includes(text)}
                  onChange={() => toggle(text)}
                />
                <span className="min-w-0 break-words">{text}</span>
              </label>
            ))}
          </fieldset>
        </div>
        <DialogFoot onClose={onClose}>
          <Button type="submit" look="primary" disabled={!isReady || pending}>
            {w.save}
          </Button>
        </DialogFoot>
      </form>
    </Dialog>
  )
}
