import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readBot } from '#bot/check.ts'
import { drawFlow } from '#bot/draw.ts'
import { frontdesk } from '../../test/support/cli.ts'

const EXAMPLE = fileURLToPath(new URL('../../docs/examples/orders', import.meta.url))
const ENV = { ORDERS_URL: 'http://127.0.0.1:9/', ORDERS_SECRET: `whsec_${btoa('0123456789abcdef0123456789abcdef')}` }
let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'flows-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

describe('flows test', () => {
  test('plays the conversations of the example, also where no secret is set', async () => {
    for (const env of [ENV, {}]) {
      const ran = await frontdesk(['flows', 'test', '--config', EXAMPLE], env)
      expect(ran).toMatchObject({ code: 0, stderr: '' })
      expect(ran.stdout.split('\n')).toEqual([
        '✓ an order that was shipped',
        '✓ 查不到的订单转人工',
        '✓ 订单页上的欢迎语',
        '3 conversations, 0 not as written',
        '',
      ])
    }
  })

  test('says in which line a conversation goes another way, what was said instead, and exits with 1', async () => {
    const written = readFileSync(join(EXAMPLE, 'bot.test.yaml'), 'utf8')
    const file = join(folder, 'other.test.yaml')
    const cases = [
      [
        '- bot: 想查哪一单？',
        '- bot: 想查什么？',
        'other.test.yaml:33:9 tests.2.talk.0: the bot did not say "想查什么？", but: 想查哪一单？',
      ],
      ['press: Track my order', 'press: Track it', 'there is no button "Track it"; offered: Track my order, Talk to a person'],
      ['reason: flow', 'reason: asked', 'reason: expected asked, found flow'],
      ['webhooks: { order_lookup: fails }', 'visitor: new', 'the flow calls order_lookup: say under webhooks what it answers, or fails'],
      ['page:', 'pag:', 'unknown key "pag"; did you mean "page"?'],
    ]
    for (const [from = '', to = '', told] of cases) {
      writeFileSync(file, written.replace(from, to))
      const ran = await frontdesk(['flows', 'test', file, '--config', EXAMPLE], ENV)
      expect(ran.code).toBe(1)
      expect(ran.stdout).toContain(told)
    }
  })

  test('tries another bot.yaml before it serves anybody, and tells a script', async () => {
    const bot = join(folder, 'new-bot.yaml')
    writeFileSync(bot, readFileSync(join(EXAMPLE, 'bot.yaml'), 'utf8').replace('暂时查不到', '现在查不到'))
    const ran = await frontdesk(['flows', 'test', '--bot', bot, '--config', EXAMPLE, '--json'], ENV)
    expect(ran.code).toBe(1)
    expect(JSON.parse(ran.stdout)).toMatchObject({
      ok: false,
      tests: [{ ok: true }, { ok: false, problem: expect.stringContaining('现在查不到') }, { ok: true }],
    })
    writeFileSync(bot, 'version: 1\nflows: { a: { steps: [{ goto: b }] } }')
    const broken = await frontdesk(['flows', 'test', '--bot', bot, '--config', EXAMPLE], ENV)
    expect(broken).toMatchObject({ code: 1, stderr: expect.stringContaining('no flow named "b"') })
  })
})

describe('flows draw', () => {
  test('writes an SVG of each flow, in which every step and branch can be read', async () => {
    const ran = await frontdesk(['flows', 'draw', '--config', EXAMPLE, '--out', folder, '--lang', 'zh'], ENV)
    expect(ran).toMatchObject({ code: 0, stderr: '' })
    const svg = readFileSync(join(folder, 'order_status.svg'), 'utf8')
    for (const words of [
      '查订单',
      '? order_no',
      '⇄ order_lookup',
      '✗',
      '◇ order.status',
      'shipped',
      'pending',
      '*',
      '→ to_agent',
      '解决了',
      '■',
      '[order.level: gold, platinum]',
    ]) {
      expect(svg).toContain(`>${words}<`)
    }
    expect(readFileSync(join(folder, 'to_agent.svg'), 'utf8')).toContain('☎ aftersales')
    const unknown = await frontdesk(['flows', 'draw', 'order_statu', '--config', EXAMPLE], ENV)
    expect(unknown).toMatchObject({ code: 1, stderr: expect.stringContaining('did you mean order_status?') })
  })

  test('is well-formed XML within its frame, whatever the texts hold', () => {
    const nasty =
      'version: 1\nflows: { a: { trigger: { words: ["a<&>"] }, steps: [{ say: "<script>&\\"\\u0000 ]]>" }, { ask: x, say: "?", choices: { "a<b": end, c: next } }, { wait: 90s }, { handoff: {} }] } }'
    const reading = readBot(nasty, 'bot.yaml')
    if (!('value' in reading)) throw new Error(JSON.stringify(reading.problems))
    const svg = drawFlow('a', reading.value.flows.a as never, 'en')
    expect(svg).not.toMatch(/<script|&(?!amp;|lt;|gt;|quot;)|\0/)
    const [, width = 0, height = 0] = (/viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(svg) ?? []).map(Number)
    for (const [, x, y, w, h] of svg.matchAll(/<rect x="([\d.-]+)" y="([\d.-]+)" width="([\d.]+)" height="([\d.]+)"/g)) {
      expect(Number(x)).toBeGreaterThanOrEqual(0)
      expect(Number(x) + Number(w)).toBeLessThanOrEqual(width)
      expect(Number(y) + Number(h)).toBeLessThanOrEqual(height)
    }
  })
})
