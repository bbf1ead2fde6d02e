// What the bot learns of its FAQ: taken from the database if anybody learnt it before, else learnt here, by one process for all.
import type { Bot, Lesson } from '#bot/contract.ts'
import type { MatcherEntry } from '#bot/faq.ts'
import type { Logger } from '#core/connector.ts'
import { reason } from '#core/errors.ts'
import type { Db } from '#store/database.ts'
import { readModel, writeModel } from '#store/models.ts'
import { dropLease, holdLease } from '#store/settings.ts'

/** Trains somewhere else than on the thread that answers customers. */
export type Train = (entries: readonly MatcherEntry[], signal: AbortSignal) => Promise<Uint8Array>

export interface Learning {
  /**
   * Gives the trained bot to `use` as soon as there is one: at once if it was learnt before. Until then, and if it fails, whatever
   * bot there is goes on. A lesson that comes meanwhile takes the place of this one. Where nothing can be trained it only looks.
   */
  learn(lesson: Lesson, use: (bot: Bot) => void): Promise<void>
  stop(): Promise<void>
}

interface Parts {
  db: Db
  log: Logger
  /** Of this process. */
  name: string
  train?: Train
}

const LEASE = 'faq:training'
const LEASE_MS = 120_000
/** Between looks whether the process that learns has done so. */
const LOOK_MS = 1_000

export function createLearning(parts: Parts): Learning {
  let current: { abort: AbortController; done: Promise<void> } | undefined
  return {
    async learn(lesson, use) {
      const before = current
      before?.abort.abort()
      const abort = new AbortController()
      const done = (before?.done ?? Promise.resolve())
        .then(() => take(parts, lesson, abort.signal))
        .then(
          (bot) => {
            if (bot && !abort.signal.aborted) use(bot)
          },
          (error) => {
            if (!abort.signal.aborted) parts.log.warn({ error: reason(error) }, 'the FAQ could not be learnt; it is answered untrained')
          },
        )
      current = { abort, done }
      await done
    },
    async stop() {
      current?.abort.abort()
      await current?.done
    },
  }
}

async function take(parts: Parts, lesson: Lesson, signal: AbortSignal): Promise<Bot | undefined> {
  const { db, name, train, log } = parts
  while (lesson.entries && !signal.aborted) {
    const stored = await readModel(db, lesson.fingerprint)
    const bot = stored && lesson.trained(stored)
    if (bot || !train) return bot
    if (!(await holdLease(db, LEASE, name, LEASE_MS))) {
      await pause(LOOK_MS, signal)
      continue
    }
    try {
      const model = await train(lesson.entries, signal)
      await writeModel(db, lesson.fingerprint, model)
      log.info({ entries: lesson.entries.length, bytes: model.length }, 'the FAQ is learnt')
      return lesson.trained(model)
    } finally {
      await dropLease(db, LEASE, name)
    }
  }
  return undefined
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    signal.addEventListener('abort', end)
  })
}
