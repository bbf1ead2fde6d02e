// In turns: limit, ours, limit, ours … What slows the machine for a while then slows both, and the medians compare like with like.
import type { Context, Figure } from './report.ts'
import { median } from './stats.ts'

/** Seconds of load before anything is measured: V8 goes on compiling a house for about so long, and a bare bot is ready with it. */
export const warmUp = ({ quick }: Pick<Context, 'quick'>) => (quick ? 2 : 10)

interface Turns extends Pick<Figure, 'id' | 'title' | 'unit' | 'against' | 'target'> {
  limit(round: number): Promise<number>
  ours(round: number): Promise<number>
}

export async function inTurns(context: Context, { limit, ours, ...figure }: Turns): Promise<Figure> {
  const rounds: Figure['rounds'] = []
  for (let round = 0; round < context.rounds; round++) {
    context.step(`${figure.id}: ${figure.against}, ${round + 1}/${context.rounds}`)
    const first = await limit(round)
    context.step(`${figure.id}: Frontdesk, ${round + 1}/${context.rounds}`)
    rounds.push({ limit: first, ours: await ours(round) })
  }
  return figureOf(figure, rounds)
}

/** The ratio is the median of the rounds' ratios: each pair shared its minute. */
export function figureOf(figure: Omit<Figure, 'ours' | 'limit' | 'ratio' | 'rounds'>, rounds: Figure['rounds']): Figure {
  return {
    ...figure,
    ours: median(rounds.map((round) => round.ours)),
    limit: median(rounds.map((round) => round.limit)),
    ratio: median(rounds.map((round) => round.ours / round.limit)),
    rounds,
  }
}
