// The few shapes every screen is made of.
import type { ButtonHTMLAttributes, InputHTMLAttributes, ReactNode, Ref } from 'react'
import { useId } from 'react'
import type { Presence } from '#core/event.ts'
import { Icon, type IconName } from './icons.tsx'
import { useWords } from './words.ts'

type Look = 'primary' | 'plain' | 'ghost' | 'note'

const LOOKS: Record<Look, string> = {
  primary: 'bg-accent text-white hover:bg-accent-hover border border-transparent',
  plain: 'border border-line-strong bg-surface text-text hover:bg-hover shadow-card',
  ghost: 'border border-transparent text-muted hover:bg-sunken hover:text-text',
  note: 'border border-transparent bg-note-text text-note hover:opacity-90',
}
const BASE =
  'inline-flex shrink-0 items-center justify-center gap-1.5 whitespace-nowrap rounded-md font-medium transition-colors ' +
  'disabled:cursor-not-allowed disabled:border-line disabled:bg-sunken disabled:text-faint disabled:shadow-none'

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  look?: Look
  size?: 'sm' | 'md' | 'lg'
  icon?: IconName
  ref?: Ref<HTMLButtonElement>
}

export function Button({ look = 'plain', size = 'md', icon, className = '', children, ...rest }: ButtonProps) {
  const sizes = { sm: 'h-7 px-2 text-xs', md: 'h-8 px-2.5 text-sm pointer-coarse:h-9', lg: 'h-10 px-4 text-base' }
  return (
    <button type="button" {...rest} className={`${BASE} ${LOOKS[look]} ${sizes[size]} ${className}`}>
      {icon && <Icon name={icon} />}
      {children}
    </button>
  )
}

export function IconButton({ label, icon, className = '', ...rest }: ButtonProps & { label: string; icon: IconName }) {
  return (
    <button
      type="button"
      title={label}
      aria-label={label}
      {...rest}
      className={`${BASE} ${LOOKS.ghost} size-8 pointer-coarse:size-9 disabled:bg-transparent disabled:border-transparent disabled:opacity-60 ${className}`}
    >
      <Icon name={icon} />
    </button>
  )
}

export interface FieldProps extends InputHTMLAttributes<HTMLInputElement> {
  label: string
  help?: ReactNode
  error?: string
  trailing?: ReactNode
  ref?: Ref<HTMLInputElement>
}

export function Field({ label, help, error, trailing, className = '', ...rest }: FieldProps) {
  const id = useId()
  const told = [error && `${id}-error`, help && `${id}-help`].filter(Boolean).join(' ')
  return (
    <div className={`flex flex-col gap-1.5 ${className}`}>
      <label htmlFor={id} className="text-sm font-medium">
        {label}
      </label>
      <div className="relative">
        <input
          id={id}
          {...rest}
          aria-invalid={error ? true : undefined}
          aria-describedby={told || undefined}
          className={`h-10 w-full rounded-md border bg-surface px-3 text-base text-text shadow-card ${error ? 'border-danger' : 'border-line-strong'} ${trailing ? 'pr-11' : ''}`}
        />
        {trailing && <div className="absolute inset-y-0 right-1 flex items-center">{trailing}</div>}
      </div>
      {error && (
        <p id={`${id}-error`} className="text-xs text-danger">
          {error}
        </p>
      )}
      {help && (
        <div id={`${id}-help`} className="text-xs text-faint">
          {help}
        </div>
      )}
    </div>
  )
}

type Tone = 'plain' | 'accent' | 'warn' | 'bad' | 'ok'
const TONES: Record<Tone, string> = {
  plain: 'bg-sunken text-muted',
  accent: 'bg-accent-soft text-accent-text',
  warn: 'bg-warn-soft text-warn',
  bad: 'bg-danger-soft text-danger',
  ok: 'bg-ok-soft text-ok',
}

export function Chip({
  tone = 'plain',
  icon,
  children,
  className = '',
}: {
  tone?: Tone
  icon?: IconName
  children: ReactNode
  className?: string
}) {
  return (
    <span
      className={`inline-flex h-5 items-center gap-1 whitespace-nowrap rounded px-1.5 text-2xs font-medium ${TONES[tone]} ${className}`}
    >
      {icon && <Icon name={icon} size={12} />}
      {children}
    </span>
  )
}

/** Initials: two letters of a Latin name, the last sign of a Chinese one. */
export function initials(name: string): string {
  const clean = name.trim()
  if (/\p{Script=Han}/u.test(clean)) return [...clean.replace(/[^\p{Script=Han}]/gu, '')].slice(-1).join('')
  const words = clean.split(/[\s._@-]+/).filter(Boolean)
  return words.length === 0
    ? '?'
    : [words[0], words.length > 1 ? words.at(-1) : ''].map((word) => [...(word ?? '')][0]?.toUpperCase() ?? '').join('')
}

export function Avatar({ name, size = 32, children }: { name: string; size?: number; children?: ReactNode }) {
  return (
    <span
      aria-hidden="true"
      className="relative inline-flex shrink-0 items-center justify-center rounded-full bg-sunken font-medium text-muted"
      style={{ width: size, height: size, fontSize: Math.round(size * 0.38) }}
    >
      {initials(name)}
      {children}
    </span>
  )
}

export function PresenceDot({ state, className = '' }: { state: Presence; className?: string }) {
  const looks = {
    online: 'bg-ok',
    away: 'bg-surface ring-2 ring-inset ring-warn',
    offline: 'bg-surface ring-2 ring-inset ring-line-strong',
  }
  return <span aria-hidden="true" className={`inline-block size-2 shrink-0 rounded-full ${looks[state]} ${className}`} />
}

export function Empty({ icon, title, help, children }: { icon: IconName; title: string; help?: string; children?: ReactNode }) {
  return (
    <div className="flex flex-col items-center justify-center px-8 py-14 text-center">
      <span className="mb-3 flex size-11 items-center justify-center rounded-full bg-sunken text-faint">
        <Icon name={icon} size={20} />
      </span>
      <p className="font-medium">{title}</p>
      {help && <p className="mt-1 max-w-xs text-sm text-faint">{help}</p>}
      {children && <div className="mt-4">{children}</div>}
    </div>
  )
}

export function Failed({ error, retry, title }: { error: unknown; retry(): void; title?: string }) {
  const t = useWords()
  return (
    <div role="alert">
      <Empty icon="alert" title={title ?? t.errorLoad} help={error instanceof Error ? error.message : undefined}>
        <Button icon="refresh" onClick={retry}>
          {t.retry}
        </Button>
      </Empty>
    </div>
  )
}

export function Skeletons({ count, className }: { count: number; className: string }) {
  const t = useWords()
  return (
    <div aria-busy="true" role="status">
      <span className="sr-only">{t.loading}</span>
      {Array.from({ length: count }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: placeholders are all alike and never move
        <div key={index} aria-hidden="true" className={className}>
          <div className="skeleton size-8 shrink-0 rounded-full" />
          <div className="flex-1">
            <div className="skeleton h-3" style={{ width: `${35 + ((index * 17) % 30)}%` }} />
            <div className="skeleton mt-2 h-3" style={{ width: `${60 + ((index * 23) % 35)}%` }} />
          </div>
        </div>
      ))}
    </div>
  )
}
