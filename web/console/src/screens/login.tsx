import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRouter, useSearch } from '@tanstack/react-router'
import { type FormEvent, useEffect, useRef, useState } from 'react'
import { api } from '../api.ts'
import { rememberMe } from '../queries.ts'
import { Button, Field } from '../ui.tsx'
import { useWords } from '../words.ts'
import { FormError, Front } from './front.tsx'
import { PasswordField } from './password.tsx'

function useLogin(failed: () => void) {
  const client = useQueryClient()
  const router = useRouter()
  const { next } = useSearch({ from: '/login' })
  return useMutation({
    mutationFn: api.login,
    onSuccess: (me) => {
      client.clear()
      rememberMe(client, me)
      void router.navigate({ href: next ? `/console${next}` : '/console/conversations', replace: true })
    },
    onError: failed,
  })
}

export function Login() {
  const t = useWords()
  const [asked, setAsked] = useState(false)
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const first = useRef<HTMLInputElement>(null)
  const second = useRef<HTMLInputElement>(null)
  const login = useLogin(() => second.current?.select())
  useEffect(() => {
    document.title = t.signIn
    first.current?.focus()
  }, [t])
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setAsked(true)
    if (!email.trim()) return first.current?.focus()
    if (!password) return second.current?.focus()
    login.mutate({ email: email.trim(), password })
  }
  return (
    <Front title={t.signIn}>
      <form onSubmit={submit} noValidate className="flex flex-col gap-4">
        <Field
          ref={first}
          label={t.email}
          type="email"
          autoComplete="username"
          inputMode="email"
          value={email}
          error={asked && !email.trim() ? t.needEmail : undefined}
          onChange={(event) => setEmail(event.target.value)}
        />
        <PasswordField
          ref={second}
          autoComplete="current-password"
          value={password}
          error={asked && !password ? t.needPassword : undefined}
          onChange={(event) => setPassword(event.target.value)}
        />
        <FormError>{login.error?.message}</FormError>
        <Button type="submit" look="primary" size="lg" disabled={login.isPending}>
          {login.isPending ? t.signingIn : t.signIn}
        </Button>
        <p className="text-xs text-faint">{t.signInHelp}</p>
      </form>
    </Front>
  )
}
