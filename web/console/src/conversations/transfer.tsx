// To whom, and what they should know.
import { type FormEvent, type ReactNode, useState } from 'react'
import type { ConversationDetail, Me } from '#http/console/protocol.ts'
import { type Act, useAct } from '../actions.ts'
import { Dialog, DialogFoot } from '../dialog.tsx'
import { useSkillName } from '../queries.ts'
import { Button, PresenceDot } from '../ui.tsx'
import { useWords } from '../words.ts'
import { knownSkills } from './owner.ts'

type Target = { key: string; name: string; to: Extract<Act, { type: 'transfer' }>['to'] }

export function Transfer({ detail, me, onClose }: { detail: ConversationDetail; me: Me; onClose(): void }) {
  const t = useWords()
  const { act, busy } = useAct(detail)
  const [target, setTarget] = useState<Target | null>(null)
  const [note, setNote] = useState('')
  const [asked, setAsked] = useState(false)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setAsked(true)
    if (!target) return
    act({ type: 'transfer', to: target.to, toName: target.name, note: note.trim() || undefined })
    onClose()
  }
  return (
    <Dialog title={t.transferTitle} help={t.transferHelp} onClose={onClose}>
      <form onSubmit={submit} className="flex min-h-0 flex-col">
        <div className="quiet-scroll flex min-h-0 flex-col gap-5 overflow-y-auto p-5">
          <Targets me={me} detail={detail} chosen={target?.key} choose={setTarget} />
          {asked && !target && (
            <p role="alert" className="text-sm text-danger">
              {t.transferNone}
            </p>
          )}
          <label className="flex flex-col gap-1.5 text-sm font-medium">
            {t.transferNote}
            <textarea
              rows={3}
              value={note}
              onChange={(event) => setNote(event.target.value)}
              placeholder={t.transferNotePlaceholder}
              className="resize-none rounded-md border border-note-line bg-note px-3 py-2 text-base font-normal text-note-text placeholder:text-note-text placeholder:opacity-80"
            />
          </label>
        </div>
        <DialogFoot onClose={onClose}>
          <Button type="submit" look="primary" icon="transfer" disabled={busy}>
            {t.transfer}
          </Button>
        </DialogFoot>
      </form>
    </Dialog>
  )
}

interface TargetsProps {
  me: Me
  detail: ConversationDetail
  chosen: string | undefined
  choose(target: Target): void
}

interface ChoiceProps {
  checked: boolean
  choose(): void
  className: string
  children: ReactNode
}

function Choice({ checked, choose, className, children }: ChoiceProps) {
  const look =
    'cursor-pointer border text-sm hover:bg-hover has-checked:border-accent has-checked:bg-accent-soft ' +
    'has-focus-visible:outline-2 has-focus-visible:outline-accent-text'
  return (
    <label className={`${look} ${className}`}>
      <input type="radio" name="target" className="sr-only" checked={checked} onChange={choose} />
      {children}
    </label>
  )
}

function Targets({ me, detail, chosen, choose }: TargetsProps) {
  const t = useWords()
  const agents = me.agents.filter((agent) => agent.id !== me.id && agent.id !== detail.agent?.id)
  const skillName = useSkillName()
  const skills = knownSkills(me)
  return (
    <>
      {skills.length > 0 && (
        <fieldset>
          <legend className="mb-1.5 text-sm font-medium">{t.transferSkill}</legend>
          <div className="flex flex-wrap gap-1.5">
            {skills.map((skill) => (
              <Choice
                key={skill}
                className="rounded-full border-line-strong px-3 py-1 has-checked:text-accent-text"
                checked={chosen === `skill ${skill}`}
                choose={() => choose({ key: `skill ${skill}`, name: skillName(skill), to: { skill } })}
              >
                {skillName(skill)}
              </Choice>
            ))}
          </div>
        </fieldset>
      )}
      <fieldset>
        <legend className="mb-1.5 text-sm font-medium">{t.transferAgent}</legend>
        {agents.length === 0 && <p className="text-sm text-faint">{t.noAgents}</p>}
        <div className="flex flex-col gap-1">
          {agents.map((agent) => (
            <Choice
              key={agent.id}
              className="flex items-center gap-2.5 rounded-md border-transparent px-2.5 py-2"
              checked={chosen === agent.id}
              choose={() => choose({ key: agent.id, name: agent.name, to: { agent: agent.id } })}
            >
              <PresenceDot state={agent.presence} />
              <span className="font-medium">{agent.name}</span>
              <span className="shrink-0 text-xs text-faint">{t[agent.presence]}</span>
              <span className="ml-auto truncate text-xs text-faint">{agent.skills.map(skillName).join(' · ')}</span>
            </Choice>
          ))}
        </div>
      </fieldset>
    </>
  )
}
