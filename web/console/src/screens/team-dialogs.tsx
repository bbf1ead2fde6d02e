import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useRef, useState } from 'react'
import type { Invite, Role, TeamMember } from '#http/console/protocol.ts'
import { api } from '../api.ts'
import { Dialog, DialogFoot } from '../dialog.tsx'
import { fullTime } from '../time.ts'
import { toast } from '../toast.tsx'
import { Button, Field } from '../ui.tsx'
import { useWords } from '../words.ts'
import { FormError } from './front.tsx'

const ROLES: readonly Role[] = ['agent', 'supervisor', 'admin']

function useAdd(done: () => void) {
  const t = useWords()
  const client = useQueryClient()
  return useMutation({
    mutationFn: api.addAgent,
    onSuccess: async (member) => {
      toast(t.agentAdded(member.name))
      done()
      await client.invalidateQueries({ queryKey: ['team'] })
    },
  })
}

export function AddAgent({ onClose }: { onClose(): void }) {
  const t = useWords()
  const first = useRef<HTMLInputElement>(null)
  const [name, setName] = useState('')
  const [email, setEmail] = useState('')
  const [role, setRole] = useState<Role>('agent')
  const [asked, setAsked] = useState(false)
  const goodEmail = /^\S+@\S+\.\S+$/.test(email.trim())
  const add = useAdd(onClose)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setAsked(true)
    if (name.trim() && goodEmail) add.mutate({ name: name.trim(), email: email.trim(), role })
  }
  return (
    <Dialog title={t.addAgent} help={t.addAgentHelp} onClose={onClose} initialFocus={first}>
      <form onSubmit={submit} noValidate>
        <div className="flex flex-col gap-4 p-5">
          <Field
            ref={first}
            label={t.name}
            value={name}
            error={asked && !name.trim() ? t.needName : undefined}
            onChange={(event) => setName(event.target.value)}
          />
          <Field
            label={t.email}
            type="email"
            value={email}
            error={asked && !goodEmail ? t.needEmail : undefined}
            onChange={(event) => setEmail(event.target.value)}
          />
          <RolePick role={role} choose={setRole} />
          <FormError>{add.error?.message}</FormError>
        </div>
        <DialogFoot onClose={onClose}>
          <Button type="submit" look="primary" disabled={add.isPending}>
            {t.addAgent}
          </Button>
        </DialogFoot>
      </form>
    </Dialog>
  )
}

function RolePick({ role, choose }: { role: Role; choose(role: Role): void }) {
  const t = useWords()
  return (
    <fieldset>
      <legend className="mb-1.5 text-sm font-medium">{t.role}</legend>
      <div className="flex flex-col gap-1">
        {ROLES.map((option) => (
          <label
            key={option}
            className="flex cursor-pointer items-baseline gap-2.5 rounded-md border border-line px-3 py-2 text-sm hover:bg-hover has-checked:border-accent has-checked:bg-accent-soft has-focus-visible:outline-2 has-focus-visible:outline-accent-text"
          >
            <input type="radio" name="role" className="accent-accent" checked={role === option} onChange={() => choose(option)} />
            <span className="w-20 shrink-0 font-medium">{t.roles[option]}</span>
            <span className="text-xs text-muted">{t.roleHelp[option]}</span>
          </label>
        ))}
      </div>
    </fieldset>
  )
}

export function InviteLink({ member, invite, onClose }: { member: TeamMember; invite: Invite; onClose(): void }) {
  const t = useWords()
  const field = useRef<HTMLInputElement>(null)
  const [copied, setCopied] = useState(false)
  const copy = async () => {
    field.current?.select()
    // The clipboard needs https or localhost; on plain http in the house the old command still works.
    if (navigator.clipboard) await navigator.clipboard.writeText(invite.url)
    else if (!document.execCommand('copy')) return
    setCopied(true)
  }
  return (
    <Dialog title={t.inviteTitle(member.name)} help={t.inviteHelp} onClose={onClose} width="md:max-w-lg">
      <div className="p-5">
        <Field
          ref={field}
          label={t.inviteUrl}
          readOnly
          value={invite.url}
          onFocus={(event) => event.target.select()}
          help={t.inviteExpires(fullTime(invite.expiresAt, t))}
        />
        <div className="mt-4 flex items-center justify-end gap-3">
          <span role="status" className="text-sm text-ok">
            {copied && t.copied}
          </span>
          <Button look="primary" icon="copy" onClick={() => copy().catch((error: Error) => toast(error.message, { tone: 'bad' }))}>
            {t.copy}
          </Button>
        </div>
      </div>
    </Dialog>
  )
}
