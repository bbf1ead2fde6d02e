// `frontdesk replay --policy new-bot.yaml`: the conversations of the last month under another bot.yaml. Nothing is sent or changed.

import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { createBot } from '#bot/bot.ts'
import { readBot } from '#bot/check.ts'
import { type Compared, compare, type Made, type Said } from '#bot/compare.ts'
import type { Bot } from '#bot/contract.ts'
import type { Clock } from '#core/clock.ts'
import { formatProblem } from '#core/document.ts'
import { readPages } from '#knowledge/read.ts'
import type { Database } from '#store/database.ts'
import { type SaidRow, saidSince } from '#store/said.ts'
import { type Config, type ConfigSource, loadConfig, namesOf } from '../config.ts'
import { type Environment, readConfigFolder } from '../node/environment.ts'
import type { Screen } from './screen.ts'
import { Refusal } from './task.ts'

const MONTH_MS = 30 * 86_400_000
const MOST = 10_000
const SHOWN = 20

interface Sums {
  messages: number
  answered: number
  suggested: number
  missed: number
  /** Conversations that went to a person. */
  persons: number
}

export async function replayPolicy(
  database: Database,
  clock: Clock,
  { policy, since }: { policy: string; since: Date | undefined },
  env: Environment,
  screen: Screen,
): Promise<boolean> {
  const source = readConfigFolder(env)
  const loaded = loadConfig(source)
  if ('problems' in loaded) throw refusal(loaded.problems)
  const { config } = loaded
  const other = botOf(policy, config, source)
  const rows = await saidSince(database.db, since ?? new Date(clock.now().getTime() - MONTH_MS), MOST)
  const types = new Map(config.settings.channels.map(({ id, type }) => [id, type]))
  const all = rows.map((row) => compare(saidOf(row, types), config.bot, other, config.settings.brand.name))
  report(all, screen)
  return true
}

function refusal(problems: Parameters<typeof formatProblem>[0][]): Refusal {
  const all = (locale: 'zh' | 'en') => problems.map((problem) => formatProblem(problem, locale)).join('\n')
  return new Refusal({ zh: all('zh'), en: all('en') })
}

function botOf(policy: string, config: Config, source: ConfigSource): Bot {
  const reading = readBot(
    readFileSync(policy, 'utf8'),
    basename(policy),
    { ...namesOf(config.settings), articles: readPages(source).articles },
    source.read,
  )
  if (!('value' in reading)) throw refusal(reading.problems)
  return createBot(reading.value)
}

function saidOf({ conversation, customer, words }: SaidRow, types: Map<string, string>): Said {
  return {
    id: conversation.id,
    words,
    context: {
      locale: customer.locale ?? conversation.locale,
      channel: { id: conversation.channelId, type: types.get(conversation.channelId) ?? 'unknown' },
      visitor: conversation.openedAt.getTime() - customer.firstSeenAt.getTime() < 5_000 ? 'new' : 'returning',
      customer: { name: customer.named ? customer.name : undefined, tags: customer.tags },
    },
  }
}

function sumsOf(all: readonly Made[][]): Sums {
  const count = (kind: string) => all.flat().filter(({ what }) => what.startsWith(kind)).length
  return {
    messages: all.flat().length,
    answered: count('answer '),
    suggested: count('suggest'),
    missed: count('miss'),
    persons: all.filter((made) => made.at(-1)?.what.startsWith('person ')).length,
  }
}

function report(all: readonly Compared[], screen: Screen): void {
  const changed = all.filter(({ change }) => change)
  const [before, after] = [sumsOf(all.map((one) => one.before)), sumsOf(all.map((one) => one.after))]
  for (const { id, change } of changed.slice(0, SHOWN)) {
    if (!change) continue
    const line = (made: Made | undefined) => (made ? `${made.what}: ${made.says.replaceAll('\n', ' ').slice(0, 100)}` : '–')
    screen.say(`${id}  ${change.words.replaceAll('\n', ' ').slice(0, 80)}\n    - ${line(change.before)}\n    + ${line(change.after)}`)
  }
  if (changed.length > SHOWN) screen.say({ zh: `……另有 ${changed.length - SHOWN} 个`, en: `… and ${changed.length - SHOWN} more` })
  const pair = (key: keyof Sums) => `${before[key]} → ${after[key]}`
  screen.say({
    zh: `${all.length} 个对话，${changed.length} 个会不同。直接回答 ${pair('answered')}，“您是想问” ${pair('suggested')}，没听懂 ${pair('missed')}，转人工 ${pair('persons')}`,
    en: `${all.length} conversations, ${changed.length} would change. Answered ${pair('answered')}, "did you mean" ${pair('suggested')}, not understood ${pair('missed')}, to a person ${pair('persons')}`,
  })
  screen.result({ conversations: all.length, changed: changed.map(({ id, change }) => ({ id, ...change })), before, after })
}
