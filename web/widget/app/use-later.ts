import { useEffect, useState } from 'preact/hooks'

/** True once `value` has been true for `ms` without a break. */
export function useLater(value: boolean, ms: number): boolean {
  const [late, setLate] = useState(false)
  useEffect(() => {
    if (!value) return setLate(false)
    const timer = setTimeout(() => setLate(true), ms)
    return () => clearTimeout(timer)
  }, [value, ms])
  return late
}
