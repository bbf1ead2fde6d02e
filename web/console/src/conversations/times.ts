// The times that conversations are put off to most. In the browser's zone: the agent's own.
export type PresetKey = 'inHour' | 'inThreeHours' | 'tomorrowMorning' | 'nextMonday'

export function presets(now: Date): { key: PresetKey; at: Date }[] {
  const hours = (count: number) => new Date(Math.ceil((now.getTime() + count * 3_600_000) / 60_000) * 60_000)
  const morning = (days: number) => new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, 9)
  return [
    { key: 'inHour', at: hours(1) },
    { key: 'inThreeHours', at: hours(3) },
    { key: 'tomorrowMorning', at: morning(1) },
    { key: 'nextMonday', at: morning(((8 - now.getDay()) % 7) + (now.getDay() === 1 ? 7 : 0)) },
  ]
}

/** As a field of date and time holds it: `2026-11-26T09:00`. */
export function localValue(at: Date): string {
  const local = new Date(at.getTime() - at.getTimezoneOffset() * 60_000)
  return local.toISOString().slice(0, 16)
}
