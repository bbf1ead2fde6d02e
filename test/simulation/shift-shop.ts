// The shop of the simulated day: its skills, its people on five tools, and the rules by which they are given what comes.
import { createBot } from '#bot/bot.ts'
import { readBot } from '#bot/check.ts'
import type { Clock } from '#core/clock.ts'
import type { Locale } from '#core/message.ts'
import { route } from '#router/route.ts'
import { type House, type Mode, plainRouting, type SkillRules, usualSending } from '#src/pipeline/house.ts'
import { plainService } from '#src/pipeline/service.ts'
import type { AgentRow } from '#store/rows.ts'

const SKILLS = ['sales', 'returns', 'tech', 'billing']
const TOOLS = ['slack', 'feishu', 'inbox', 'xmpp', 'group']

/** mulberry32: small, seeded, good enough to choose with. */
export function chance(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

const bot = (() => {
  const read = readBot('version: 1\nfaq: [{ id: a, ask: [多久发货], answer: 一天 }]\n', 'bot.yaml', { skills: SKILLS })
  if (!('value' in read)) throw new Error(JSON.stringify(read.problems))
  return createBot(read.value)
})()

function rulesOf(drops: boolean): Map<string, SkillRules> {
  const long = drops ? undefined : 86_400
  return new Map(
    SKILLS.map((id, n): [string, SkillRules] => [
      id,
      {
        level: id === 'tech' ? 2 : 1,
        wishes: n % 2 === 0 ? [{ id: SKILLS[(n + 1) % SKILLS.length] ?? '', level: 1, seconds: long ?? 60 }] : [],
        teams: [n < 2 ? 'front' : 'back'],
        overflow: [{ team: n < 2 ? 'back' : 'front', seconds: long ?? 180 }],
      },
    ]),
  )
}

export function shopOf(count: number, drops: boolean, mode: Mode, clock: Clock): House {
  const people = new Map(
    Array.from({ length: count }, (_, n) => {
      const own = [SKILLS[n % 4] ?? '', ...(n % 3 === 0 ? [SKILLS[(n + 1) % 4] ?? ''] : [])]
      const languages: Locale[] = n % 4 === 0 ? ['zh', 'en'] : ['zh']
      return [
        `a${n}`,
        { levels: new Map(own.map((id) => [id, 2 + (n % 2)])), languages, team: n % 4 < 2 ? 'front' : 'back', capacity: 2 + (n % 2) },
      ] as const
    }),
  )
  return {
    clock,
    bot,
    route,
    brand: { name: '示例商城' },
    locale: 'zh',
    skills: SKILLS,
    channels: new Map([
      [
        'web',
        { type: 'web', title: { zh: '网页', en: 'Web' }, capabilities: { text: { max: 4_000, unit: 'utf16' }, inbound: [] } as never },
      ],
    ]),
    desks: new Map(TOOLS.map((id) => [id, { type: 'simulated', title: { zh: id, en: id }, locale: 'zh' as const }])),
    readers: new Set(['console']),
    routing: {
      ...plainRouting,
      mode,
      leaseMinutes: { chat: 3, async: 0 },
      missesBeforePause: 2,
      languageSeconds: drops ? 90 : 'never',
      vip: { tags: ['vip'], priority: 'high' },
    },
    staffing: {
      skills: rulesOf(drops),
      people,
      teams: new Map([
        ['front', {}],
        ['back', {}],
      ]),
    },
    service: plainService,
    surge: { backlog: 20_000, calmMinutes: 5, overflow: [], bot: true },
    sending: usualSending,
    down: new Set(),
    surging: false,
    link: () => undefined,
    consoleUrl: () => undefined,
  }
}

export function agentRow(id: string, skills: string[], capacity: number, ms: number): AgentRow {
  return {
    id,
    name: id,
    publicName: id,
    email: null,
    role: 'agent',
    skills,
    capacity,
    identities: Object.fromEntries(TOOLS.map((tool) => [tool, `${tool}-${id}`])),
    presence: 'offline',
    presenceUntil: null,
    presenceAt: null,
    lastAssignedAt: null,
    missed: 0,
    missedAt: null,
    passwordHash: null,
    configured: true,
    disabled: false,
    createdAt: new Date(ms),
  }
}
