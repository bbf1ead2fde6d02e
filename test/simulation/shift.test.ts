// A day of a shop with agents on five tools who go away, pass on, forget and talk at once. Nothing is lost, nobody waits beside an idle
// agent, and what it does to the waits that skills, languages and teams are dropped with time is printed.
import { expect, test } from 'vitest'
import { playDay, type Told } from './shift.ts'

const isFull = process.env.FRONTDESK_CHAOS === 'full'
const size = isFull ? { agents: 50, customers: 2_000 } : { agents: 12, customers: 300 }
const seed = Number(process.env.FRONTDESK_SEED ?? 7)

const clean = { lost: 0, talkOver: 0, leaked: 0, idleWhileQueued: 0, overCapacity: 0 }

function part(list: number[], share: number): string {
  const sorted = [...list].sort((a, b) => a - b)
  return `${Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0)} s`.padStart(7)
}

function line(name: string, { waits, vipWaits, transfers, lapsed, paused, left }: Told): string {
  return `${name.padEnd(26)}${part(waits, 0.5)}${part(waits, 0.9)}${part(waits, 0.99)}${part(vipWaits, 0.9)}   ${transfers} passed on, ${lapsed} lapsed, ${paused} paused, ${left} never`
}

test('a day: nobody is lost, talked over, shown a note or left waiting beside an idle agent; dropping what is wished for shortens the waits', () => {
  const dropped = playDay({ ...size, seed, drops: true, mode: 'auto' })
  const kept = playDay({ ...size, seed, drops: false, mode: 'auto' })
  const offered = playDay({ ...size, seed, drops: true, mode: 'offer' })
  process.stdout.write(
    `\n${size.customers} conversations, ${size.agents} agents${' '.repeat(4)}median    90 %    99 %  VIP 90 %\n${line('dropped with time', dropped)}\n${line('never dropped', kept)}\n${line('dropped, offers', offered)}\n`,
  )
  expect(dropped).toMatchObject(clean)
  expect([dropped.left, offered.left]).toEqual([0, 0])
  expect(kept).toMatchObject(clean)
  expect(offered).toMatchObject(clean)
  const sum = (list: number[]) => list.reduce((a, b) => a + b, 0)
  expect(sum(dropped.waits)).toBeLessThan(sum(kept.waits))
})
