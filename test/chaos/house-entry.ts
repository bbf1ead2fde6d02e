// The house as it is started in production, but it kills itself at the milestone that FRONTDESK_CRASH_AT names, or that the
// program which started it names later.
import { environment } from '#src/node/environment.ts'
import { run } from '#src/node.ts'
import { type Crash, crashing, readCrash } from './crash.ts'

export interface Opened {
  /** Makes the first admin; absent when there is one. */
  setupUrl: string | undefined
}

const crash = crashing(() => process.kill(process.pid, 'SIGKILL'), readCrash(process.env.FRONTDESK_CRASH_AT))
process.on('message', (message) => {
  crash.arm(message as Crash)
  process.send?.({ armed: true })
})
const running = await run(environment(), { pass: crash.pass })
process.send?.({ setupUrl: running.setupUrl } satisfies Opened)
// Without the program that started it nobody would ever end it.
process.on('disconnect', () => process.exit(1))
process.once('SIGTERM', () => void running.stop().then(() => process.exit(0)))
