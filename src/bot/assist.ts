// What the bot asks an assistant, and what it makes of the answer. Whatever comes back, it says only what the file holds, or words
// whose sources it names; and without an answer it goes on as if there were no assistant.
import { cut } from '#core/adapt.ts'
import type { Locale } from '#core/message.ts'
import { inLocale, phrase } from '#core/phrases.ts'
import type { Assisted, KnownEntry } from './contract.ts'
import type { Match } from './faq.ts'
import { newKey } from './reply.ts'
import type { BotFile, FaqEntry, Words } from './schema.ts'
import { follow, isPending, labelOf, missed, QUESTION_MAX, questionLabel, shorten, suggest, type Turn, tried } from './turn.ts'

const LONGEST = 1000

export function asksAssistant({ world }: Turn, { zone }: Match): boolean {
  const { assistant } = world.context
  return assistant !== undefined && (assistant.when === 'unsure' || zone === 'unknown')
}

/** What the customer adds before the answer is there belongs to the same question. */
export function assist(turn: Turn, text: string, { ranked }: Match): undefined {
  const { assistant } = turn.world.context
  const key = newKey(turn.world, turn.reply)
  const question = cut([turn.kept.asking?.text, text].filter(Boolean).join('\n'), LONGEST, 'utf16')
  turn.kept.asking = { key, text: question }
  const timeoutMs = assistant?.timeoutMs ?? 0
  turn.reply.effects.push({ type: 'assist', key, question, ranked: ranked.map(({ id }) => id), timeoutMs })
}

/** Suggests what is alike, or says that it does not know. */
export function unsure(turn: Turn, text: string, match: Match): undefined {
  const [guess] = match.ranked
  const { confidence } = match
  turn.reply.effects.push({ type: 'unanswered', text: shorten(text, QUESTION_MAX), ...(guess && { entry: guess.id }), confidence })
  if (match.zone !== 'unknown') return suggest(turn, text, match)
  missed(turn, text)
}

/** `data` is what the assistant answered; undefined: nothing. */
export function assisted(turn: Turn, text: string, data: unknown): undefined {
  delete turn.kept.asking
  const { flow } = turn.kept
  // The customer went on to something that asks them a question: an answer would talk over it.
  if (flow && !isPending(flow)) return
  const { entry, suggest: maybe, answer } = read(turn, data)
  if (entry) {
    turn.reply.effects.push({ type: 'unanswered', text: shorten(text, QUESTION_MAX), entry, confidence: 0, meant: true })
    return follow(turn, entry, text)
  }
  if (answer) return say(turn, answer)
  const match = turn.world.matcher.match(text)
  if (!maybe) return unsure(turn, text, match)
  suggest(turn, text, { ...match, ranked: maybe.map((id, n) => ({ id, score: 1 - n / 100 })), zone: 'suggest' })
}

function say(turn: Turn, { text, cites }: NonNullable<Assisted['answer']>): undefined {
  const { locale } = turn.world.context
  const titles = cites.flatMap((id) => labelOf(turn, id) ?? [])
  turn.kept.misses = 0
  turn.kept.suggested = false
  turn.reply.texts.push(text, phrase('bot.sources', locale, { titles }))
  turn.reply.effects.push(...cites.filter((id) => id.startsWith('faq:')).map((id) => ({ type: 'answered' as const, entry: id.slice(4) })))
  tried(turn, titles.join(' · '))
}

/** The file may have changed since it was asked: only what is still there counts. */
function read({ shop }: Turn, data: unknown): Assisted {
  const given = Object(data) as Record<keyof Assisted, unknown>
  const isKnown = (id: unknown): id is string =>
    typeof id === 'string' &&
    (id.startsWith('faq:') ? shop.faq.has(id.slice(4)) : id.startsWith('flow:') && Object.hasOwn(shop.file.flows, id.slice(5)))
  const listed = (ids: unknown) => (Array.isArray(ids) ? ids.filter(isKnown) : [])
  const { text, cites } = Object(given.answer) as { text: unknown; cites: unknown }
  const sources = listed(cites)
  const maybe = listed(given.suggest)
  return {
    ...(isKnown(given.entry) && { entry: given.entry }),
    ...(maybe.length > 0 && { suggest: maybe }),
    ...(typeof text === 'string' && text && sources.length > 0 && { answer: { text, cites: sources } }),
  }
}

export function knowledgeOf(faq: ReadonlyMap<string, FaqEntry>, { flows }: BotFile, locale: Locale): KnownEntry[] {
  const all = (words: Words | undefined) =>
    typeof words === 'string' ? [words] : Object.values(words ?? {}).filter((text) => text !== undefined)
  return [
    ...[...faq.values()].map((entry) => ({
      id: `faq:${entry.id}`,
      title: questionLabel(entry, locale),
      phrases: [...entry.ask, ...all(entry.title)],
      text: textOf(entry, locale),
    })),
    ...Object.entries(flows).flatMap(([id, { trigger, title }]) =>
      trigger
        ? [{ id: `flow:${id}`, title: title ? inLocale(title, locale) : id, phrases: [...trigger.words, ...all(title)], text: '' }]
        : [],
    ),
  ]
}

function textOf({ answer, page }: FaqEntry, locale: Locale): string {
  const parts = Array.isArray(answer) ? answer : answer ? [{ text: answer }] : []
  return parts
    .flatMap((part) => ('text' in part ? [inLocale(part.text, locale)] : []))
    .concat(page ? inLocale(page.text, locale) : [])
    .join('\n')
}
