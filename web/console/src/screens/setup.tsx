// The one-time link: makes the first admin, or lets an invited agent choose a password.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useRouter, useSearch } from '@tanstack/react-router'
import { type ChangeEvent, type FormEvent, useEffect, useState } from 'react'
import type { SetupInfo } from '#http/console/protocol.ts'
import { ApiError, api } from '../api.ts'
import { rememberMe } from '../queries.ts'
import { Button, Failed, Field } from '../ui.tsx'
import { useWords } from '../words.ts'
import { FormError, Front } from './front.tsx'
import { checkPassword, PasswordField, RuleList } from './password.tsx'

export function Setup() {
  const t = useWords()
  const { token } = useSearch({ from: '/setup' })
  const info = useQuery({
    queryKey: ['setup', token],
    queryFn: ({ signal }) => api.setupInfo(token, signal),
    staleTime: Number.POSITIVE_INFINITY,
    enabled: token !== '',
  })
  useEffect(() => {
    document.title = info.data?.brand.name ?? t.setupAdmin
  }, [info.data, t])
  if (info.data) return <SetupForm token={token} info={info.data} />
  if (info.error instanceof ApiError && info.error.passing)
    return (
      <Front title={t.errorLoad}>
        <Failed error={info.error} retry={() => void info.refetch()} />
      </Front>
    )
  if (info.error || token === '')
    return (
      <Front title={t.setupDead} help={t.setupDeadHelp}>
        <Link to="/login" className="font-medium text-accent-text underline-offset-4 hover:underline">
          {t.signIn}
        </Link>
      </Front>
    )
  return (
    <Front title={t.setupCheck}>
      <div className="skeleton h-40" />
    </Front>
  )
}

const EMAIL = /^\S+@\S+\.\S+$/

/** What was typed, what is wrong with it, and how to send it. */
function useSetup(token: string, info: SetupInfo) {
  const t = useWords()
  const client = useQueryClient()
  const router = useRouter()
  const admin = info.kind === 'admin'
  const asksMail = info.email === undefined
  const [form, setForm] = useState({ name: info.name ?? '', email: info.email ?? '', password: '' })
  const [asked, setAsked] = useState(false)
  const rules = checkPassword(form.password, form)
  const wrong = {
    name: admin && !form.name.trim() ? t.needName : undefined,
    email: asksMail && !EMAIL.test(form.email.trim()) ? t.needEmail : undefined,
    password: rules.length && rules.own && rules.varied ? undefined : t.needRules,
  }
  const send = useMutation({
    mutationFn: () =>
      api.setup({
        token,
        password: form.password,
        ...(admin && { name: form.name.trim() }),
        ...(asksMail && { email: form.email.trim() }),
      }),
    onSuccess: (me) => {
      client.clear()
      rememberMe(client, me)
      void router.navigate({ to: '/conversations', replace: true })
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setAsked(true)
    if (!wrong.name && !wrong.email && !wrong.password) send.mutate()
  }
  const change = (field: keyof typeof form) => (event: ChangeEvent<HTMLInputElement>) => setForm({ ...form, [field]: event.target.value })
  return { form, change, rules, errors: asked ? wrong : { name: undefined, email: undefined, password: undefined }, submit, send }
}

function SetupForm({ token, info }: { token: string; info: SetupInfo }) {
  const t = useWords()
  const { form, change, rules, errors, submit, send } = useSetup(token, info)
  const admin = info.kind === 'admin'
  const help = admin ? t.setupAdminHelp(info.brand.name) : t.setupInviteHelp(info.brand.name)
  return (
    <Front title={admin ? t.setupAdmin : t.setupInvite(info.name ?? '')} help={help}>
      <form onSubmit={submit} noValidate className="flex flex-col gap-4">
        {admin && (
          <Field
            label={t.yourName}
            autoComplete="name"
            value={form.name}
            error={errors.name}
            help={t.yourNameHelp}
            onChange={change('name')}
          />
        )}
        <Field
          label={t.email}
          type="email"
          autoComplete="username"
          value={form.email}
          error={errors.email}
          readOnly={info.email !== undefined}
          help={info.email === undefined ? t.mailHelp : undefined}
          onChange={change('email')}
        />
        <PasswordField
          autoComplete="new-password"
          value={form.password}
          error={errors.password}
          help={<RuleList rules={rules} />}
          onChange={change('password')}
        />
        <FormError>{send.error?.message}</FormError>
        <Button type="submit" look="primary" size="lg" disabled={send.isPending}>
          {send.isPending ? t.working : admin ? t.setupDone : t.inviteDone}
        </Button>
      </form>
    </Front>
  )
}
