// The files of `frontdesk faq`: a JSON object on each line, as question sets are exchanged.
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { createMatcher, fewestToTrain, type MatcherEntry, type OwnMatcher } from '#bot/faq.ts'
import { reason } from '#core/errors.ts'
import { trainInThread } from '../node/train.ts'
import { withPercent } from './percent.ts'
import type { Screen } from './screen.ts'
import { Refusal } from './task.ts'

const line = z.looseObject({ text: z.string(), label: z.string().optional() })
export type Line = z.output<typeof line>

export function readLines(path: string): Line[] {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw new Refusal({ zh: `读不了 ${path}：${reason(error)}`, en: `${path} cannot be read: ${reason(error)}` })
  }
  return text
    .replace(/^\ufeff/, '')
    .split('\n')
    .flatMap((raw, at) => (raw.trim() === '' ? [] : [parsed(raw, `${path}:${at + 1}`)]))
}

function parsed(raw: string, place: string): Line {
  try {
    return line.parse(JSON.parse(raw))
  } catch {
    throw new Refusal({
      zh: `${place}：每行应是 {"text": "…", "label": "…"}`,
      en: `${place}: a line is expected to be {"text": "…", "label": "…"}`,
    })
  }
}

/** An entry for each label. The label's words count as the entry's title, as a title does in bot.yaml. */
export function entriesOf(bank: readonly Line[], path: string, { titles }: { titles: boolean }): MatcherEntry[] {
  const entries = new Map<string, MatcherEntry>()
  for (const { text, label } of bank) {
    if (label === undefined) {
      throw new Refusal({ zh: `${path}：题库的每一行都要有 label`, en: `${path}: every line of a bank needs a label` })
    }
    const entry = entries.get(label) ?? { id: label, titles: titles ? [label.replaceAll(/[_-]+/g, ' ')] : [], ask: [] }
    entry.ask.push(text)
    entries.set(label, entry)
  }
  return [...entries.values()]
}

/** Learnt as the house learns: on a thread, and then used without being stored. */
export async function trainedMatcher(entries: MatcherEntry[], screen: Screen): Promise<OwnMatcher> {
  const matcher = createMatcher(entries)
  if (entries.length < fewestToTrain) return matcher
  const model = await withPercent(screen, { zh: '学习题库', en: 'Learning the bank' }, (tell) =>
    trainInThread(entries, new AbortController().signal, (share) => tell(share, 1)),
  )
  const trained = matcher.trained(model)
  if (!trained) throw new Error('what was just learnt does not fit its own bank')
  return trained
}
