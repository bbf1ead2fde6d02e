// A day of a shop whose agents sit in five tools, go away, pass on, forget and type at once, while the tools fail one after the other,
// through the whole engine. Nothing is lost, nobody waits beside an idle agent, no note and no word of somebody else's comes to a
// customer, every clock is right; and what it does to the waits that skills, languages and teams are dropped with time is printed.
import { expect, test, vi } from 'vitest'
import { full } from '../chaos/seed.ts'
import { countDay, type Told } from './day-count.ts'
import type { Rules } from './day-shop.ts'

vi.mock('#store/database.ts', async (real) => ({ ...(await real<object>()), transact: (await import('./world.ts')).transact }))
vi.mock('#store/events.ts', async (real) => ({ ...(await real<object>()), ...(await import('./memory-in.ts')).events }))
vi.mock('#store/scenes.ts', async (real) => ({ ...(await real<object>()), ...(await import('./memory-in.ts')).scenes }))
vi.mock('#store/drafts.ts', async (real) => ({
  ...(await real<object>()),
  ...(await import('./memory-in.ts')).drafts,
  openWithPeople: (await import('./memory-house.ts')).openWithPeople,
}))
vi.mock('#store/queue.ts', async (real) => ({ ...(await real<object>()), ...(await import('./memory-queue.ts')).queue }))
vi.mock('#store/pace.ts', async () => (await import('./memory-queue.ts')).pace)
vi.mock('#store/agents.ts', async (real) => ({ ...(await real<object>()), ...(await import('./memory-queue.ts')).agents }))
vi.mock('#store/deliveries.ts', async (real) => ({ ...(await real<object>()), ...(await import('./memory-out.ts')).deliveries }))
vi.mock('#store/lanes.ts', async (real) => ({
  ...(await real<object>()),
  ...(await import('./memory-out.ts')).lanes,
  waitingBehind: (await import('./memory-house.ts')).waitingBehind,
}))
vi.mock('#store/message-deliveries.ts', async (real) => ({
  ...(await real<object>()),
  ...(await import('./memory-out.ts')).messageDeliveries,
}))
vi.mock('#store/threads.ts', async (real) => ({ ...(await real<object>()), ...(await import('./memory-out.ts')).threads }))
vi.mock('#store/processes.ts', async (real) => ({ ...(await real<object>()), ...(await import('./memory-out.ts')).processes }))
vi.mock('#store/settings.ts', async (real) => ({
  ...(await real<object>()),
  ...(await import('./memory-out.ts')).settings,
  lockSetting: (await import('./memory-house.ts')).lockSetting,
}))
vi.mock('#store/timers.ts', async () => (await import('./memory-house.ts')).timers)
vi.mock('#store/spent.ts', () => ({ dropSpent: async () => ({ dropped: 0, more: false }) }))
vi.mock('#store/questions.ts', () => ({ writeExperience: async () => undefined, forgetQuestions: async () => undefined }))
vi.mock('#store/decisions.ts', async (real) => ({ ...(await real<object>()), forgetDecisions: async () => undefined }))
vi.mock('#store/asked.ts', () => ({ countAsked: async () => undefined, readAsked: async () => new Map() }))
vi.mock('#store/restored.ts', async (real) => ({ ...(await real<object>()), ...(await import('./memory-out.ts')).restored }))

const seed = Number(process.env.FRONTDESK_SEED ?? 8)
/** Nine in the morning, and just before the break at noon, in Shanghai. */
const size = full
  ? { agents: 50, customers: 2_000, from: '2026-03-02T01:00:00Z', minutes: 300 }
  : { agents: 10, customers: 90, from: '2026-03-02T03:30:00Z', minutes: 40 }
const CASES: [string, Pick<Rules, 'mode' | 'drops'>][] = [
  ['given, dropped with time', { mode: 'auto', drops: true }],
  ['given, never dropped', { mode: 'auto', drops: false }],
  ['offered, dropped with time', { mode: 'offer', drops: true }],
]
const told = new Map<string, Told>()

test.each(CASES)(
  'a day, %s: nothing is lost, leaked or forgotten, and every clock is right',
  { timeout: 30 * 60_000 },
  async (name, how) => {
    const began = performance.now()
    const day = await countDay({ ...size, ...how, seed })
    told.set(name, day)
    const { conversations, warnings, breaches, ended, looks } = day.clocks
    process.stdout.write(
      `${name}: seed ${seed}, ${Math.round((performance.now() - began) / 100) / 10} s; ${day.conversations} conversations, ` +
        `${day.faults} faults of tools, ${day.threadsElsewhere} threads elsewhere, ${day.held} held, ${day.released} of them sent after all; ` +
        `clocks of ${conversations}: ${ended} ended, ${warnings} warnings, ${breaches} breaches, ${looks} looks\n${' '.repeat(28)}${HEAD}${rowOf(name, day)}`,
    )
    expect(day).toMatchObject({ talkOver: 0, leaked: 0, astray: 0, twice: 0, idleWhileQueued: 0, overCapacity: 0 })
    expect(day.complaints).toEqual([])
    expect(day.lost).toEqual([])
    expect(day.clocks.wrong).toEqual([])
    // A day in which nothing of that kind happened would show nothing.
    for (const count of [day.faults, day.held, day.released, day.transfers, warnings, breaches, looks]) expect(count).toBeGreaterThan(0)
    if (how.drops) expect(day.never).toBe(0)
  },
)

test('what is dropped with time shortens the waits; threads were lost in one of these days, too', () => {
  process.stdout.write(
    `\n${`${size.customers} customers, ${size.agents} agents`.padEnd(28)}${HEAD}${[...told].map(([name, day]) => rowOf(name, day)).join('')}`,
  )
  const mean = ({ waits }: Told) => waits.reduce((a, b) => a + b, 0) / Math.max(1, waits.length)
  const [dropped, kept] = CASES.map(([name]) => told.get(name))
  if (dropped && kept) expect(mean(dropped)).toBeLessThan(mean(kept))
  if (told.size === CASES.length) expect([...told.values()].some(({ threadsElsewhere }) => threadsElsewhere > 0)).toBe(true)
})

const HEAD = '  median    90 %    99 %  VIP 90 %  passed on  lapsed  paused   never\n'

function rowOf(name: string, { waits, vipWaits, transfers, lapsed, paused, never }: Told): string {
  const part = (list: number[], share: number, width: number) => {
    const sorted = [...list].sort((a, b) => a - b)
    return `${Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0)} s`.padStart(width)
  }
  const counts = [String(transfers).padStart(11), ...[lapsed, paused, never].map((n) => String(n).padStart(8))].join('')
  return `${name.padEnd(28)}${part(waits, 0.5, 8)}${part(waits, 0.9, 8)}${part(waits, 0.99, 8)}${part(vipWaits, 0.9, 10)}${counts}\n`
}
