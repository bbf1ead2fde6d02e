// Starts a crowd (./crowd.ts) and gives it runs.
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Answer, Crush, Crushed, Order } from './crowd.ts'

export type { Crush, Crushed } from './crowd.ts'

export type CrushOptions = Partial<Crush> & Pick<Crush, 'ports'>

export interface Crowd {
  /** Where the bot of this name finds its Bot API. */
  api(name: string): string
  run(options: CrushOptions): Promise<Crushed>
  /** Messages that the bot of this name has sent so far. */
  sentBy(name: string): Promise<number>
  close(): void
}

export const SECRET = 'bench-secret'
export const TOKEN = '7000000001:bench'
export const QUESTION = '多久发货'

const USUAL: Omit<Crush, 'ports'> = {
  host: '127.0.0.1',
  path: '/hooks/tg',
  secret: SECRET,
  seconds: 5,
  lines: 32,
  users: 500,
  firstUser: 1_000_000,
  stride: 1,
  text: QUESTION,
  until: 'answered',
  graceMs: 5_000,
  repost: false,
}

export async function startCrowd(): Promise<Crowd> {
  const child = fork(fileURLToPath(new URL('./crowd.ts', import.meta.url)), { serialization: 'advanced' })
  const next = () =>
    new Promise<Answer>((resolve, reject) => {
      const ended = (code: number | null) => reject(new Error(`the load generator ended (${code})`))
      child.once('exit', ended)
      child.once('message', (message: Answer) => {
        child.off('exit', ended)
        if ('error' in message) reject(new Error(message.error))
        else resolve(message)
      })
    })
  const ask = async (order: Order): Promise<Answer> => {
    const answer = next()
    child.send(order)
    return answer
  }
  const started = await next()
  const port = 'apiPort' in started ? started.apiPort : 0
  return {
    api: (name) => `http://127.0.0.1:${port}/${name}`,
    async run(options) {
      const answer = await ask({ crush: { ...USUAL, ...options } })
      if (!('crushed' in answer)) throw new Error('the load generator answered something else')
      return answer.crushed
    },
    async sentBy(name) {
      const answer = await ask({ sentBy: name })
      return 'sent' in answer ? answer.sent : Number.NaN
    },
    close: () => child.disconnect(),
  }
}
