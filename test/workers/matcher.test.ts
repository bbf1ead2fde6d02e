// The matcher in the Workers runtime: with what Node learnt it finds what Node finds, as sure as Node is.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { convertV4MiniflareOptions, Miniflare } from 'miniflare'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readBot } from '#bot/check.ts'
import { createMatcher, type MatcherEntry, trainMatcher } from '#bot/faq.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const WORKER = `
import { createMatcher } from '#bot/faq.ts'
export default {
  async fetch(request) {
    const { entries, questions, model } = await request.json()
    const matcher = createMatcher(entries)
    const find = (one) => questions.map((question) => one.match(question))
    return Response.json({ untrained: find(matcher), trained: find(matcher.trained(Uint8Array.from(model))) })
  },
}`

let worker: Miniflare
beforeAll(async () => {
  const built = await build({
    stdin: { contents: WORKER, resolveDir: root, loader: 'ts' },
    absWorkingDir: root,
    bundle: true,
    format: 'esm',
    write: false,
  })
  worker = new Miniflare(
    convertV4MiniflareOptions({
      modules: true,
      script: built.outputFiles[0]?.text ?? '',
      compatibilityDate: '2026-07-01',
      telemetry: { enabled: false },
    }),
  )
})
afterAll(() => worker?.dispose())

test('ranks as on Node', async () => {
  const sample = readBot(readFileSync(new URL('../../config/bot.yaml', import.meta.url), 'utf8'), 'bot.yaml')
  if (!('value' in sample)) throw new Error('config/bot.yaml has problems')
  const own = sample.value.faq.map(({ id, ask }): MatcherEntry => ({ id, titles: [], ask }))
  // Enough entries for each example to have rivals of its own.
  const made = Array.from({ length: 200 }, (_, at): MatcherEntry => {
    const [thing, wish] = [
      ['lamp', 'rope', 'soap', '茶壶', '雨伞'][at % 5],
      ['repair', 'price', 'size', '保修', '颜色'][Math.floor(at / 5) % 5],
    ]
    return { id: `made-${at}`, titles: [], ask: [`${wish} of ${thing} number ${at}`, `${thing} ${at} ${wish}`] }
  })
  const questions = ['什么时侯发货呢', 'how to get an invoise', '我要退一件 T-shirt', 'size of lamp 31', '茶壶 颜色', 'nothing of the sort']
  for (const entries of [own, [...own, ...made]]) {
    const model = trainMatcher(entries)
    const matcher = createMatcher(entries)
    const answer = await worker.dispatchFetch('http://worker/', {
      method: 'POST',
      body: JSON.stringify({ entries, questions, model: [...model] }),
    })
    const there = (await answer.json()) as { untrained: unknown; trained: unknown }
    expect(there.untrained).toEqual(questions.map((question) => matcher.match(question)))
    expect(there.trained).toEqual(questions.map((question) => matcher.trained(model)?.match(question)))
  }
})
