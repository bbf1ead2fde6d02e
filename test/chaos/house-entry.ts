// The house as it is started in production, but it kills itself at the milestone that FRONTDESK_CRASH_AT names, or that the
// program which started it names later. And it can be of another version: one with the migrations in the folder that
// FRONTDESK_MIGRATIONS names.
import { environment } from '#src/node/environment.ts'
import { run } from '#src/node.ts'
import { ourMigrations } from '#store/migrate.ts'
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
const running = await run(environment(), { pass: crash.pass, migrations: ourMigrations(process.env.FRONTDESK_MIGRATIONS) })
process.send?.({ setupUrl: running.setupUrl } satisfies Opened)
// Without the program that started it nobody would ever end it.
process.on('disconnect', () => process.exit(1))
process.once('SIGTERM', () => void running.stop().then(() => process.exit(0)))
