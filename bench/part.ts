// One part of the bench, in a process of its own: what one leaves behind (heap, compiled code, open files) does not slow the next.

import type { Context, PartResult } from './lib/report.ts'
import { alone } from './parts/alone.ts'
import { answers } from './parts/answers.ts'
import { embedded } from './parts/embedded.ts'
import { fanout } from './parts/fanout.ts'
import { growth } from './parts/growth.ts'
import { intake } from './parts/intake.ts'
import { routing } from './parts/routing.ts'
import { transaction } from './parts/transaction.ts'

const parts: Record<string, (context: Context) => Promise<PartResult>> = {
  intake,
  transaction,
  answers,
  alone,
  embedded,
  growth,
  fanout,
  routing,
}

const [name = '', options = '{}'] = process.argv.slice(2)
const part = parts[name]
if (!part || !process.send) throw new Error('started by bench/run.ts')
const tell = process.send.bind(process)
const context: Context = {
  ...(JSON.parse(options) as Pick<Context, 'seconds' | 'rounds' | 'quick' | 'profile'>),
  plan: (steps) => tell({ plan: steps }),
  step: (label) => tell({ step: label }),
}
// `exit` of its own accord waits for everything that a part forgot to close.
tell({ result: await part(context) }, undefined, undefined, () => process.exit(0))
