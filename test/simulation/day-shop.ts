// The shop of the simulated day: its skills and hours, its people and the tools in which they answer, and the rules by which they are
// given what comes.
import { createBot } from '#bot/bot.ts'
import { readBot } from '#bot/check.ts'
import type { Clock } from '#core/clock.ts'
import type { Calendar } from '#core/hours.ts'
import type { Locale } from '#core/message.ts'
import type { House, Mode, Person, SkillRules } from '#src/pipeline/house.ts'
import type { SlaRule } from '#src/pipeline/service.ts'
import type { AgentRow } from '#store/rows.ts'
import { plainRouting, plainService } from '../support/plain.ts'
import { plainAgent, plainHouse } from './parts.ts'

export const CHANNEL = 'web'
/** Of each skill: the words that ask for it, where it is answered, and by whom. */
export const SKILLS = {
  sales: { ask: '我要咨询购买', desks: ['slack', 'inbox'], team: 'front', hours: 'office' },
  returns: { ask: '我要退货', desks: ['feishu', 'group'], team: 'front', hours: 'office' },
  tech: { ask: '机器坏了', desks: ['xmpp', 'slack'], team: 'back', hours: 'workshop' },
  billing: { ask: '发票有问题', desks: ['inbox', 'feishu'], team: 'back', hours: 'workshop' },
} as const
export type Skill = keyof typeof SKILLS
export const skills = Object.keys(SKILLS) as Skill[]
/** Mail gathers words, and shows each thread only to those whom it concerns. */
export const TOOLS = { slack: {}, feishu: {}, inbox: { gatherMs: 5_000, addressed: true }, xmpp: {}, group: {} } as const
export type Tool = keyof typeof TOOLS
export const tools = Object.keys(TOOLS) as Tool[]

const minute = 60_000
/** The middle of the day, with a break in which no clock of the front office runs, and an end at which those of the workshop stop. */
export const HOURS: Record<string, Calendar> = {
  office: { timezone: 'Asia/Shanghai', open: { daily: ranges([9, 12], [12.75, 18]) }, closed: [] },
  workshop: { timezone: 'Asia/Shanghai', open: { 'mon-fri': ranges([8.5, 13.25], [13.5, 20]), 'sat-sun': [] }, closed: ['2026-03-03'] },
}
export const SLA: SlaRule[] = [
  { skill: 'billing', priority: 'high', firstReply: 4 * minute, nextReply: 3 * minute, warnAt: 0.75, hours: 'always' },
  { skill: 'tech', firstReply: 5 * minute, nextReply: 90_000, resolution: 9 * minute, warnAt: 0.8 },
  { skill: 'sales', firstReply: 2 * minute, resolution: 15 * minute, warnAt: 0.5 },
  { firstReply: 3 * minute, nextReply: 2 * minute, resolution: 12 * minute, warnAt: 0.8 },
]

function ranges(...hours: [number, number][]) {
  return hours.map(([from, to]) => ({ from: from * 60, to: to * 60 }))
}

const bot = (() => {
  const flows = skills.map(
    (id) => `  ${id}:\n    trigger: { words: ["${SKILLS[id].ask}", "${id} please"] }\n    steps: [{ handoff: { skill: ${id} } }]\n`,
  )
  const text = `version: 1\nfaq: [{ id: shipping, ask: [多久发货], answer: 一天内发货。 }]\nflows:\n${flows.join('')}`
  const read = readBot(text, 'bot.yaml', { skills })
  if (!('value' in read)) throw new Error(JSON.stringify(read.problems))
  return createBot(read.value)
})()

function rulesOf(drops: boolean): Map<string, SkillRules> {
  const long = drops ? undefined : 86_400
  return new Map(
    skills.map((id, n): [string, SkillRules] => [
      id,
      {
        desks: [...SKILLS[id].desks],
        level: id === 'tech' ? 2 : 1,
        wishes: n % 2 === 0 ? [{ id: skills[(n + 1) % skills.length] ?? '', level: 1, seconds: long ?? 60 }] : [],
        teams: [SKILLS[id].team],
        overflow: [{ team: SKILLS[id].team === 'front' ? 'back' : 'front', seconds: long ?? 180 }],
      },
    ]),
  )
}

function personOf(n: number): Person {
  const own = [skills[n % 4] ?? '', ...(n % 3 === 0 ? [skills[(n + 1) % 4] ?? ''] : [])]
  const languages: Locale[] = n % 4 === 0 || n % 7 === 0 ? ['zh', 'en'] : ['zh']
  return { levels: new Map(own.map((id) => [id, 2 + (n % 2)])), languages, team: n % 4 < 2 ? 'front' : 'back', capacity: 2 + (n % 2) }
}

export interface Rules {
  agents: number
  /** Are further skills, languages and team borders dropped with time? */
  drops: boolean
  mode: Mode
}

export function shopOf({ agents, drops, mode }: Rules, clock: Clock): House {
  return {
    ...plainHouse(clock),
    bot,
    skills,
    channels: new Map([
      [CHANNEL, { type: 'web', title: { zh: '网页', en: 'Web' }, capabilities: { text: { max: 4_000, unit: 'utf16', markdown: false } } }],
    ]),
    desks: new Map(tools.map((id) => [id, { type: id, title: { zh: id, en: id }, locale: 'zh' as const, marks: true, ...TOOLS[id] }])),
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
      people: new Map(Array.from({ length: agents }, (_, n) => [`a${n}`, personOf(n)])),
      teams: new Map([
        ['front', {}],
        ['back', {}],
      ]),
    },
    service: { ...plainService, calendars: HOURS, hours: new Map(skills.map((id) => [id, SKILLS[id].hours])), sla: SLA },
    surge: { backlog: 20_000, calmMinutes: 5, overflow: [], bot: true },
  }
}

/** Everybody is in one tool of their skill's, every fifth in the other one as well; every tenth is in none, and has the console. */
export function agentRow(n: number, ms: number): AgentRow {
  const person = personOf(n)
  const [first, second] = SKILLS[skills[n % 4] as Skill].desks
  const own = n % 10 === 9 ? [] : n % 5 === 0 ? [first, second] : [Math.floor(n / 4) % 2 === 0 ? first : second]
  return plainAgent(`a${n}`, new Date(ms), {
    name: `agent ${n}`,
    publicName: `客服 ${n}`,
    role: n === 0 ? 'supervisor' : 'agent',
    skills: [...person.levels.keys()],
    capacity: Number(person.capacity),
    identities: Object.fromEntries(own.map((tool) => [tool, `${tool}-a${n}`])),
  })
}
