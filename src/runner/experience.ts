// What the bot can learn from, gathered here and written together now and then.
import { type Clock, every } from '#core/clock.ts'
import { newId } from '#core/ids.ts'
import type { Db } from '#store/database.ts'
import { forgetQuestions, type Happened, writeExperience } from '#store/questions.ts'
import type { Draft } from '#store/rows.ts'

const WRITE_MS = 1_000
const FORGET_MS = 3_600_000
const KEEP_MS = 90 * 24 * 3_600_000
/** More than this between two looks is a flood: what is beyond teaches nothing new. */
const MOST = 1000

export interface ExperienceKeeper {
  gather(drafts: readonly Draft[]): void
  /** Writes where it is time for it; `end`: at once. */
  look(how?: { end: boolean }): Promise<void>
}

export function createExperience({ database: { db }, clock }: { database: { db: Db }; clock: Clock }): ExperienceKeeper {
  let happened: Happened[] = []
  const [writes, forgets] = [every(WRITE_MS), every(FORGET_MS)]
  return {
    gather(drafts) {
      for (const { conversation, experience } of drafts) {
        for (const what of experience) {
          if (happened.length < MOST) happened.push({ id: newId('qst', clock), conversationId: conversation.id, at: clock.now(), what })
        }
      }
    },
    async look({ end } = { end: false }) {
      const now = clock.now()
      if (happened.length > 0 && (end || writes.isDue(now))) {
        const taken = happened
        happened = []
        await writeExperience(db, taken)
      }
      if (!end && forgets.isDue(now)) await forgetQuestions(db, new Date(now.getTime() - KEEP_MS))
    },
  }
}
