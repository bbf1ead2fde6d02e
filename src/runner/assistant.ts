// Asks the language model or the embeddings of the admin's choice what a customer means. It is asked through the outbox like a
// webhook of a flow, and like one it may fail: the bot then goes on alone.
import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Bot } from '#bot/contract.ts'
import type { Clock } from '#core/clock.ts'
import type { Exchange, Logger } from '#core/connector.ts'
import { ConnectorError, reason } from '#core/errors.ts'
import { type Assisted, chatOf, type Known, readReply } from '#knowledge/prompt.ts'
import type { AssistantSettings } from '#knowledge/settings.ts'
import { decide, type Meaning, rankByMeaning, thresholdOf, type Vector, vectorOf } from '#knowledge/vectors.ts'
import { createOpenAi, type OpenAi } from '#platforms/openai.ts'
import type { Webhook } from '#platforms/webhook.ts'
import type { Db } from '#store/database.ts'
import { dropLease, holdLease } from '#store/settings.ts'
import { keepVectors, readVectors, spend, writeVectors } from '#store/vectors.ts'

export interface Assistant extends Webhook {
  /** How long an answer is waited for; undefined while it is of no use to ask: it fails, or today's questions are spent. */
  patience(): { when: AssistantSettings['when']; timeoutMs: number } | undefined
  /** Makes the vectors that are missing, one process for all; what fails is tried again with a later question. Until then what is there is used. Never throws. */
  prepare(signal: AbortSignal): Promise<void>
}

export interface AssistantParts {
  db: Db
  clock: Clock
  log: Logger
  exchange: Exchange
  /** Of this process. */
  name: string
  bot(): Pick<Bot, 'knowledge'>
  /** What must not leave the house is taken out of a question. */
  scrub(text: string): string
}

const question = z.object({ question: z.string(), locale: z.enum(['zh', 'en']), ranked: z.array(z.string()) })

const CANDIDATES = 8
const FAILURES = 3
const REST_MS = 60_000
const LEASE = 'assistant:vectors'
const LEASE_MS = 120_000
const UNUSED_MS = 30 * 24 * 3_600_000
const QUESTIONS = 1000
const EMBED_MS = 60_000
/** An endpoint that was away when the house began is asked for vectors again no sooner. */
const AGAIN_MS = 60_000

export function createAssistant(settings: AssistantSettings, parts: AssistantParts): Assistant {
  const { clock } = parts
  const api = createOpenAi(settings, parts.exchange)
  const meanings = settings.embeddings && createMeanings(settings.embeddings, api, parts)
  let [failures, restUntil, spentOn] = [0, 0, '']
  const today = () => clock.now().toISOString().slice(0, 10)

  async function pay(): Promise<void> {
    const day = today()
    if (await spend(parts.db, `assistant:spent:${day}`, settings.perDay)) return
    spentOn = day
    parts.log.warn({ perDay: settings.perDay }, "today's questions to the assistant are spent; the bot goes on alone until tomorrow (UTC)")
    throw new ConnectorError('rejected', "today's questions are spent")
  }

  async function assist(asked: z.output<typeof question>, signal: AbortSignal, deadlineMs: number): Promise<Assisted> {
    const ends = clock.now().getTime() + deadlineMs
    const left = () => Math.max(1, ends - clock.now().getTime())
    const known = parts.bot().knowledge(asked.locale)
    const text = parts.scrub(asked.question)
    const found = await meanings?.rank(text, known, { signal, deadlineMs: left() }).catch((error: unknown) => {
      if (!settings.llm) throw error
      parts.log.warn({ error: reason(error) }, 'no vectors for a question; the model is asked without them')
      return undefined
    })
    if (!settings.llm) return found ? decide(found.ranked, found.threshold) : {}
    const { model, mode, maxTokens, jsonMode } = settings.llm
    const candidates = candidatesOf(known, found?.ranked ?? [], asked.ranked)
    if (candidates.length === 0) return {}
    const said = await api.complete({ model, maxTokens, jsonMode, ...chatOf(text, candidates, mode) }, { signal, deadlineMs: left() })
    return readReply(said, text, candidates, mode)
  }

  return {
    patience() {
      if (clock.now().getTime() < restUntil || spentOn === today()) return undefined
      return { when: settings.when, timeoutMs: settings.timeoutSeconds * 1000 }
    },
    async call(_id, body, { signal, deadlineMs }) {
      const asked = question.parse(JSON.parse(body))
      await pay()
      try {
        const assisted = await assist(asked, signal, deadlineMs)
        failures = 0
        return assisted
      } catch (error) {
        failures++
        // Every question that waits for it in vain is a customer who waits: they are spared that for a while.
        if (failures >= FAILURES) restUntil = clock.now().getTime() + REST_MS
        throw error
      }
    },
    async prepare(signal) {
      if (meanings) await meanings.prepare(parts.bot().knowledge(), signal)
    },
  }
}

/** The nearest by meaning and by words, in turns. */
function candidatesOf(known: readonly Known[], byMeaning: readonly { id: string }[], byWords: readonly string[]): Known[] {
  const turns = Array.from({ length: CANDIDATES }, (_, n) => [byMeaning[n]?.id, byWords[n]]).flat()
  const ids = [...new Set(turns)].slice(0, CANDIDATES + 1)
  return ids.flatMap((id) => known.find((one) => one.id === id) ?? []).slice(0, CANDIDATES)
}

interface Meanings {
  rank(
    text: string,
    known: readonly Known[],
    how: { signal: AbortSignal; deadlineMs: number },
  ): Promise<{ ranked: { id: string; score: number }[]; threshold: number } | undefined>
  prepare(known: readonly Known[], signal: AbortSignal): Promise<void>
}

function createMeanings(settings: NonNullable<AssistantSettings['embeddings']>, api: OpenAi, parts: AssistantParts): Meanings {
  const { db, log, name, clock } = parts
  const { model, dimensions, batch } = settings
  const family = dimensions ? `${model}/${dimensions}` : model
  const asked = new Map<string, Vector>()
  let loaded: { of: string; entries: Meaning[]; threshold: number } | undefined
  let [making, againAt, ends] = [false, 0, undefined as AbortSignal | undefined]

  /** What is there of the entries' vectors; read once for each state of the file. */
  async function load(known: readonly Known[]): Promise<{ entries: Meaning[]; threshold: number; missing: string[] }> {
    const of = hashOf(JSON.stringify(known.map(({ id, title, phrases }) => [id, title, phrases])))
    if (loaded?.of === of) return { ...loaded, missing: [] }
    const texts = known.map(({ id, title, phrases }) => ({ id, texts: [...new Set([title, ...phrases])].filter(Boolean) }))
    const all = [...new Set(texts.flatMap((one) => one.texts))]
    const found = await readVectors(db, family, all.map(hashOf))
    const missing = all.filter((text) => !found.has(hashOf(text)))
    const entries = texts.map((one) => ({ id: one.id, vectors: one.texts.flatMap((text) => found.get(hashOf(text)) ?? []) }))
    const result = { entries: entries.filter(({ vectors }) => vectors.length > 0), threshold: thresholdOf(entries) }
    if (missing.length === 0) loaded = { of, ...result }
    return { ...result, missing }
  }

  async function questionOf(text: string, how: { signal: AbortSignal; deadlineMs: number }): Promise<Vector | undefined> {
    const before = asked.get(text)
    if (before) return before
    const [numbers] = await api.embed([text], { model, ...(dimensions && { dimensions }), ...how })
    const vector = numbers && vectorOf(numbers)
    if (!vector) throw new ConnectorError('rejected', 'the assistant gave a vector without a direction')
    if (asked.size >= QUESTIONS) asked.delete(asked.keys().next().value as string)
    asked.set(text, vector)
    return vector
  }

  async function make(texts: readonly string[], signal: AbortSignal): Promise<void> {
    for (let at = 0; at < texts.length && !signal.aborted; at += batch) {
      await holdLease(db, LEASE, name, LEASE_MS)
      const some = texts.slice(at, at + batch)
      const numbers = await api.embed(some, { model, ...(dimensions && { dimensions }), signal, deadlineMs: EMBED_MS })
      const made = some.flatMap((text, n): [string, Vector][] => {
        const vector = vectorOf(numbers[n] ?? [])
        return vector ? [[hashOf(text), vector]] : []
      })
      await writeVectors(db, family, new Map(made), clock.now())
    }
  }

  async function makeMissing(known: readonly Known[], signal: AbortSignal): Promise<void> {
    const { missing } = await load(known)
    // Another process makes them: what it has made is found at the next question.
    if (missing.length === 0 || !(await holdLease(db, LEASE, name, LEASE_MS))) return
    try {
      await make(missing, signal)
      const all = [...new Set(known.flatMap(({ title, phrases }) => [title, ...phrases]))]
      const now = clock.now()
      await keepVectors(db, family, all.map(hashOf), now, new Date(now.getTime() - UNUSED_MS))
      log.info({ model, texts: missing.length }, 'the vectors of the FAQ are made')
    } finally {
      await dropLease(db, LEASE, name)
    }
  }

  /** Nobody waits for it: an error that left here would end the process. */
  async function prepare(known: readonly Known[], signal: AbortSignal): Promise<void> {
    if (making || signal.aborted) return
    making = true
    ends = signal
    againAt = clock.now().getTime() + AGAIN_MS
    try {
      await makeMissing(known, signal)
    } catch (error) {
      if (!signal.aborted) log.warn({ error: reason(error) }, 'the vectors of the FAQ could not be made; tried again with a later question')
    }
    making = false
  }

  return {
    prepare,
    async rank(text, known, how) {
      const { entries, threshold, missing } = await load(known)
      if (missing.length > 0 && ends && clock.now().getTime() >= againAt) void prepare(known, ends)
      if (entries.length === 0) return undefined
      const vector = await questionOf(text, how)
      return vector && { ranked: rankByMeaning(vector, entries).slice(0, CANDIDATES), threshold }
    },
  }
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 32)
}
