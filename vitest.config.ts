import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

const everything = ['src/**/*.test.ts', 'test/**/*.test.ts', 'web/**/*.test.ts', 'web/**/*.test.tsx']

/** Tests that use the store: they run once on each database. */
const stored = [
  'src/store/**/*.test.ts',
  'src/*.test.ts',
  'src/{pipeline,runner,http,node}/**/*.test.ts',
  'test/e2e/**/*.test.ts',
  'test/chaos/r*.test.ts',
  'test/simulation/store.test.ts',
]

/** The Worker speaks to a server only; what hostile callers and mailboxes meet, and what went wrong elsewhere, does not depend on the database. */
const onServer = ['test/workers/**/*.test.ts', 'test/hostile/**/*.test.ts', 'test/mail/house*.test.ts', 'test/desks/failures-*.test.ts']

/** What wants a process of its own: tests that put doubles in the place of modules, and those that drive Chromium. */
const byThemselves = ['test/simulation/{day,simulation}.test.ts', 'web/**/*.browser.test.ts']

/** What hardly depends on the database is done on the embedded one, which starts slowly, only in the long form. */
const alike = [
  'test/chaos/r0[256]*.test.ts',
  'test/e2e/{app,feishu,flows,once,scarce,slack,telegram,wechat,wecom-kf,xmpp}.test.ts',
  'src/cli.people.test.ts',
  'src/cli.replay.test.ts',
  'src/pipeline.{allowance,grants,later,offers,places,presence,routing,service,surge,topics}.test.ts',
  'src/pipeline/{amend,astray,commands,late,people,rating,receipt,shown,stuck,telling,theirs,words}.test.ts',
  'src/http/{feeds,history,lessons,library,list,targets,trouble}.test.ts',
  'src/http/chat/{pages,storm}.test.ts',
  'src/runner/{ailing,assistant,connect,enclosed,feeds,fitted,flights,hints,inline,intake,lessons,missed,trouble}.test.ts',
  'src/store/backup.test.ts',
  'src/runner.{again,clock}.test.ts',
  'src/app.reload.test.ts',
  'test/simulation/store.test.ts',
  'src/node/{ffmpeg,pictures}.test.ts',
]
/** And what a process on its own machine does, mostly beside the embedded one. */
const alone = ['src/cli.test.ts']
const full = process.env.FRONTDESK_CHAOS === 'full'

export default defineConfig({
  test: {
    // Files wait for servers, disks and browsers as much as they compute: two cores carry two of them. A third gains nothing.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // A condition is waited for, however busy the machine is.
    expect: { poll: { timeout: 15_000 } },
    projects: [
      {
        extends: true,
        test: {
          name: 'pure',
          include: everything,
          exclude: [...stored, ...onServer, ...byThemselves],
          // Reading the modules anew for each of these files takes longer than their tests. What a file leaves behind itself the next
          // one meets: it closes what it opened, and puts back what it stubbed.
          isolate: false,
        },
      },
      {
        extends: true,
        test: { name: 'apart', include: byThemselves },
      },
      {
        extends: true,
        test: {
          name: 'embedded',
          include: stored,
          exclude: full ? [] : alike,
          env: { FRONTDESK_TEST_DB: 'embedded' },
          globalSetup: './test/support/embedded.ts',
        },
      },
      {
        extends: true,
        test: {
          name: 'postgresql',
          include: [...stored, ...onServer],
          exclude: full ? [] : alone,
          env: { FRONTDESK_TEST_DB: 'postgresql' },
          globalSetup: './test/support/postgresql.ts',
        },
      },
    ],
  },
})
