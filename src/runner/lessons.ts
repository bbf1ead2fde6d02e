// What the bot could learn: questions that it could not answer, or answered in vain, grouped, with what may be done about each. A
// person decides; what they accept is written into bot.yaml, which is read again by itself.
import type { KnownEntry } from '#bot/contract.ts'
import { addEntry, addPhrases, type Edited, type NewEntry } from '#bot/edit.ts'
import { groupQuestions } from '#bot/faq/group.ts'
import { reason } from '#core/errors.ts'
import type { Text } from '#core/message.ts'
import type { Db, Reader } from '#store/database.ts'
import { answersAfter, decideQuestions, newQuestions, type QuestionRow, thumbs } from '#store/questions.ts'

export interface Lesson {
  /** Names the group as long as nobody decides on it. */
  key: string
  /** Different wordings, the most typical first; at most ten. */
  texts: string[]
  /** How often it was asked. */
  count: number
  /** The entry that seems to be meant; absent: there is none yet. */
  entry?: { id: string; title: string; said: 'customers' | 'assistant' | 'agents' | 'guess' }
  /** So many heard an answer and said that it did not help. */
  unhelpful: number
  /** What an agent answered. */
  draft?: string
  questions: string[]
}

export interface Calibration {
  /** How often answers of that confidence helped; `tenth` 5 is from 0.5 to 0.6. */
  tenths: { tenth: number; up: number; down: number }[]
  /** From here on four in five answers help, as far as enough customers said. */
  advice?: number
}

/** Customers' words are many, and a person looks through a page of them. */
const LOOKED_AT = 1500
const SHOWN = 50
const WORDINGS = 10

export async function listLessons(db: Reader, known: readonly KnownEntry[]): Promise<Lesson[]> {
  const rows = (await newQuestions(db, LOOKED_AT)).filter(({ helpful }) => helpful !== true)
  const groups = groupQuestions(rows.map(({ text }) => text)).slice(0, SHOWN)
  const lists = groups.map((group) => group.flatMap((n) => rows[n] ?? []))
  const answers = await answersAfter(
    db,
    lists.flatMap((list) => list.map(({ id }) => id)),
  )
  return lists.map((list) => lessonOf(list, known, answers))
}

function lessonOf(list: QuestionRow[], known: readonly KnownEntry[], answers: ReadonlyMap<string, string>): Lesson {
  const entry = entryOf(list, known)
  const draft = list.map(({ id }) => answers.get(id)).find((text) => text !== undefined)
  return {
    // The oldest stays in its group while new ones come.
    key: list.map(({ id }) => id).sort()[0] ?? '',
    texts: [...new Set(list.map(({ text }) => text))].slice(0, WORDINGS),
    count: list.length,
    ...(entry && { entry }),
    unhelpful: list.filter(({ helpful }) => helpful === false).length,
    ...(draft && !entry && { draft }),
    questions: list.map(({ id }) => id),
  }
}

const SAYERS = { customer: 'customers', assistant: 'assistant', agent: 'agents' } as const

/** What somebody said counts more than any number of guesses; a guess that did not help counts against. */
function entryOf(list: QuestionRow[], known: readonly KnownEntry[]): Lesson['entry'] {
  const votes = new Map<string, number>()
  for (const { entry, meant, confidence, helpful } of list) {
    if (!entry) continue
    const weight = meant ? 10 : helpful === false ? -10 : confidence
    votes.set(entry, (votes.get(entry) ?? 0) + weight)
  }
  const [best] = [...votes].sort((a, b) => b[1] - a[1])
  const all = list.length
  if (!best || best[1] < 0.25 * all) return undefined
  const entry = known.find(({ id }) => id === best[0])
  const meant = list.find((one) => one.entry === best[0] && one.meant)?.meant
  return entry && { id: entry.id, title: entry.title, said: meant ? SAYERS[meant] : 'guess' }
}

const FEWEST = 20
const GOOD = 0.8

export async function calibrationOf(db: Reader): Promise<Calibration> {
  const tenths = await thumbs(db)
  let [up, all, advice] = [0, 0, undefined as number | undefined]
  for (const one of [...tenths].sort((a, b) => b.tenth - a.tenth)) {
    up += one.up
    all += one.up + one.down
    if (all >= FEWEST && up / all >= GOOD) advice = one.tenth / 10
  }
  return { tenths, ...(advice !== undefined && { advice: Math.max(0.1, advice) }) }
}

/** Where bot.yaml is, if it can be written. */
export interface BotSource {
  read(name: string): string | undefined
  write?(name: string, source: string): void
}

export type Decision =
  | { action: 'phrases'; entry: string; texts: readonly string[] }
  | ({ action: 'entry' } & NewEntry)
  | { action: 'ignore' }

/** `check`: mistakes that the file would have then. Nothing is written, and nothing decided, where there are any. */
export async function decide(
  db: Db,
  lesson: Lesson,
  decision: Decision,
  source: BotSource,
  check: (source: string) => Text | undefined,
): Promise<{ problem: Text } | { done: true }> {
  if (decision.action !== 'ignore') {
    const problem = edit(decision, source, check)
    if (problem) return { problem }
  }
  await decideQuestions(db, lesson.questions, decision.action === 'ignore' ? 'ignored' : 'accepted')
  return { done: true }
}

function edit(
  decision: Exclude<Decision, { action: 'ignore' }>,
  source: BotSource,
  check: (source: string) => Text | undefined,
): Text | undefined {
  const before = source.read('bot.yaml') ?? 'version: 1\n'
  const edited = editedBy(decision, before)
  if ('problem' in edited) return edited.problem
  const problem = check(edited.source)
  if (problem) return problem
  if (!source.write)
    return {
      zh: '这里不能写 bot.yaml（例如在 Workers 上）：请手工添加',
      en: 'bot.yaml cannot be written here (on Workers, for example): add it by hand',
    }
  try {
    source.write('bot.yaml', edited.source)
  } catch (error) {
    return { zh: `bot.yaml 写不了（${reason(error)}）：请手工添加`, en: `bot.yaml cannot be written (${reason(error)}): add it by hand` }
  }
}

function editedBy(decision: Exclude<Decision, { action: 'ignore' }>, before: string): Edited {
  if (decision.action === 'entry') return addEntry(before, decision)
  const { entry } = decision
  if (!entry.startsWith('faq:'))
    return {
      problem: {
        zh: `“${entry}” 是流程：请把说法加到它的 trigger.words`,
        en: `"${entry}" is a flow: add the words to its trigger by hand`,
      },
    }
  return addPhrases(before, entry.slice(4), decision.texts)
}
