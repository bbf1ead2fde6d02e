// The house as it is started in production, which tells the program that started it how much memory it holds and what is open.
import { setFlagsFromString, writeHeapSnapshot } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { environment } from '#src/node/environment.ts'
import { run } from '#src/node.ts'

/** What it may be asked. */
export type Question = { id: number } | { id: number; snapshot: string }

export interface Held {
  id: number
  rss: number
  heap: number
  external: number
  /** What keeps a process alive, by kind, and how many. */
  open: Record<string, number>
}

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

const running = await run(environment())
process.on('message', (message) => {
  const question = message as Question
  // Twice: what a finaliser lets go is free only after it ran.
  collect()
  setImmediate(() => {
    collect()
    if ('snapshot' in question) writeHeapSnapshot(question.snapshot)
    process.send?.(held(question.id))
  })
})
process.send?.({ setupUrl: running.setupUrl })
process.on('disconnect', () => process.exit(1))
process.once('SIGTERM', () => void running.stop().then(() => process.exit(0)))

function held(id: number): Held {
  const { rss, heapUsed, external } = process.memoryUsage()
  const open: Record<string, number> = {}
  for (const kind of process.getActiveResourcesInfo()) open[kind] = (open[kind] ?? 0) + 1
  return { id, rss, heap: heapUsed, external, open }
}
