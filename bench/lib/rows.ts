// A run as a row of a table.
import type { Crushed } from './crowds.ts'
import type { Cost } from './stage.ts'
import { timesOf } from './stats.ts'

export const acceptedRate = ({ acceptedInTime, seconds }: Crushed): number => acceptedInTime / seconds
export const answeredRate = ({ answeredInTime, seconds }: Crushed): number => answeredInTime / seconds

export function runRow(crushed: Crushed, cost?: Cost): Record<string, string | number> {
  const { p50, p99 } = timesOf(crushed.times)
  const refused = Object.entries(crushed.refused)
    .map(([status, count]) => `${count} × ${status === '0' ? 'broken' : status}`)
    .join(' ')
  return {
    'accepted/s': Math.round(acceptedRate(crushed)),
    'answers/s': Math.round(answeredRate(crushed)),
    refused,
    'p50 ms': p50.toFixed(2),
    'p99 ms': p99.toFixed(1),
    ...(cost && { 'cores: bot': cost.program, PostgreSQL: cost.postgresql, generator: cost.generator }),
  }
}
