// One, two and four houses on one PostgreSQL, behind what stands for a load balancer.
import { figureOf } from '../lib/measure.ts'
import { type Context, emptyResult, type PartResult } from '../lib/report.ts'
import { answeredRate, runRow } from '../lib/rows.ts'
import { type House, onStage } from '../lib/stage.ts'

const SIZES = [1, 2, 4]
const LINES = 64

export async function fanout(context: Context): Promise<PartResult> {
  const result = emptyResult('fanout')
  context.plan((context.rounds + 1) * SIZES.length)
  await onStage({}, async (stage) => {
    const clusters: { size: number; house: House; rates: number[] }[] = []
    for (const size of SIZES) {
      context.step(`fanout: starting ${size}`)
      const house = await stage.house(`fanout_${size}`, { processes: size })
      await house.run({ seconds: 1.5, lines: LINES })
      clusters.push({ size, house, rates: [] })
    }
    for (let round = 0; round < context.rounds; round++) {
      for (const { size, house, rates } of clusters) {
        context.step(`fanout: ${size} processes, ${round + 1}/${context.rounds}`)
        const { crushed, cost } = await house.run({ seconds: context.seconds, lines: LINES })
        rates.push(answeredRate(crushed))
        result.details.push({ table: 'each run', row: { processes: size, ...runRow(crushed, cost) } })
      }
    }
    const base = clusters[0]?.rates ?? []
    for (const { size, house, rates } of clusters) {
      const title = `answers/s of ${size} processes on one PostgreSQL, ${LINES} at once`
      const rounds = rates.map((rate, n) => ({ limit: base[n] ?? Number.NaN, ours: rate }))
      if (size > 1) result.figures.push(figureOf({ id: `fanout.${size}`, title, unit: 'answers/s', against: 'one process' }, rounds))
      result.checks.push(await house.counted())
    }
    result.notes.push(
      "Houses, PostgreSQL and generator share this machine's cores: where one house fills them already, more cannot show more.",
    )
  })
  return result
}
