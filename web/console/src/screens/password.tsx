// A password field with its rules. The rules are checked here for comfort and on the server for safety.
import { useState } from 'react'
import { Icon } from '../icons.tsx'
import { Field, type FieldProps, IconButton } from '../ui.tsx'
import { useWords } from '../words.ts'

export const PASSWORD_MIN = 10

export interface PasswordRules {
  length: boolean
  own: boolean
  varied: boolean
}

/** `own`: it does not contain the name or the part of the address before the @. */
export function checkPassword(password: string, about: { name?: string; email?: string }): PasswordRules {
  const low = password.toLowerCase()
  const parts = [about.name, about.email, about.email?.split('@')[0]]
    .map((part) => part?.trim().toLowerCase() ?? '')
    .filter((part) => part.length >= 3)
  return {
    length: [...password].length >= PASSWORD_MIN,
    own: password !== '' && !parts.some((part) => low.includes(part)),
    varied: new Set(password).size >= 4,
  }
}

export function PasswordField(props: Omit<FieldProps, 'label' | 'type' | 'trailing'>) {
  const t = useWords()
  const [shown, setShown] = useState(false)
  return (
    <Field
      {...props}
      label={t.password}
      type={shown ? 'text' : 'password'}
      trailing={
        <IconButton label={shown ? t.hidePassword : t.showPassword} aria-pressed={shown} icon="eye" onClick={() => setShown(!shown)} />
      }
    />
  )
}

export function RuleList({ rules }: { rules: PasswordRules }) {
  const t = useWords()
  const rows: [boolean, string][] = [
    [rules.length, t.ruleLength(PASSWORD_MIN)],
    [rules.own, t.ruleOwn],
    [rules.varied, t.ruleVaried],
  ]
  return (
    <ul className="flex flex-col gap-1 pt-0.5">
      {rows.map(([met, text]) => (
        <li key={text} className={`flex items-start gap-1.5 text-xs ${met ? 'text-ok' : 'text-faint'}`}>
          {met ? (
            <Icon name="check" size={14} className="mt-0.5" />
          ) : (
            <span aria-hidden="true" className="mx-1 mt-1.5 size-1.5 shrink-0 rounded-full bg-line-strong" />
          )}
          <span>
            {text}
            <span className="sr-only"> ({met ? t.ruleMet : t.ruleOpen})</span>
          </span>
        </li>
      ))}
    </ul>
  )
}
