// A choice of few, all in sight: native radio buttons, so that keys and screen readers know it.
import { useId } from 'react'

export interface SegmentedProps<T extends string> {
  label: string
  value: T
  options: readonly (readonly [T, string])[]
  onChange(value: T): void
  className?: string
}

export function Segmented<T extends string>({ label, value, options, onChange, className = '' }: SegmentedProps<T>) {
  const name = useId()
  return (
    <fieldset className={className}>
      <legend className="mb-1 text-xs text-faint">{label}</legend>
      <div className="flex rounded-md bg-sunken p-0.5">
        {options.map(([option, words]) => (
          <label
            key={option}
            className="flex-1 cursor-pointer rounded px-2 py-1 text-center text-xs text-muted has-checked:bg-thumb has-checked:font-medium has-checked:text-text has-checked:shadow-card has-focus-visible:outline-2 has-focus-visible:outline-accent-text"
          >
            <input type="radio" className="sr-only" name={name} checked={option === value} onChange={() => onChange(option)} />
            {words}
          </label>
        ))}
      </div>
    </fieldset>
  )
}
