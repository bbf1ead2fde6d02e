// The houses of the simulation: three bots, compiled once, and the rules of routing and surge that a reload may change.
import { createBot } from '#bot/bot.ts'
import { readBot } from '#bot/check.ts'
import type { Bot } from '#bot/contract.ts'
import type { Capabilities } from '#core/capabilities.ts'
import type { Clock } from '#core/clock.ts'
import type { House } from '#src/pipeline/house.ts'
import type { AgentRow } from '#store/rows.ts'
import { plainRouting, plainService, plainStaffing } from '../support/plain.ts'
import { plainAgent, plainHouse } from './parts.ts'

export const SKILLS = ['aftersales', 'tech']
export const DESK = 'group'

const flow = (steps: string) => `
  order:
    trigger: { words: [查订单, track my order] }
    steps:
${steps}
      - goto: to_agent
  to_agent:
    trigger: { words: [人工, 转人工, agent] }
    steps:
      - handoff: { priority: normal, note: "{{order_no}}" }
  tech:
    trigger: { words: [机器坏了, it is broken] }
    steps:
      - say: { zh: 技术同事来看。, en: A technician will look. }
      - handoff: { skill: tech, priority: high }
`
const ASK = `      - { ask: order_no, say: { zh: 订单号？, en: Order number? }, match: '^[Ss][Oo]\\d{4}$', retry: { max: 1, then: to_agent } }`
const OTHER = `      - { ask: wish, say: { zh: 想了解什么？, en: What about it? }, choices: [{ label: 物流, then: next }, { label: 不用了, then: end }] }`

const file = (flows: string, defaults = '') => `
version: 1
${defaults}
greetings: [{ say: { zh: 您好！, en: Hello! }, buttons: [{ zh: 多久发货, en: how long is shipping }, { zh: 人工客服, en: Talk to a person }] }]
faq:
  - { id: shipping, ask: [多久发货, how long is shipping], answer: { zh: 付款后 24 小时内发货。, en: Orders ship within 24 hours. } }
  - { id: invoice, ask: [怎么开发票, how to get an invoice], answer: { zh: 在订单页申请发票。, en: Ask for it on the order page. } }
fallback: { after: 2, then: to_agent }
flows:${flows}`

const CLOSED = `defaults: { hours: office }
hours: { office: { timezone: Asia/Shanghai, open: { mon-fri: "09:00-18:00" } } }`

function compile(source: string): Bot {
  const reading = readBot(source, 'bot.yaml', { skills: SKILLS })
  if (!('value' in reading)) throw new Error(JSON.stringify(reading.problems))
  const bot = createBot(reading.value)
  return {
    ...bot,
    turn(state, input, context) {
      if (input.type === 'message' && JSON.stringify(input.parts).includes(POISON)) throw new Error('the bot broke')
      return bot.turn(state, input, context)
    },
  }
}

/** Words on which the bot breaks. */
export const POISON = '☠'

const bots = [compile(file(flow(ASK))), compile(file(flow(`${OTHER}\n${ASK}`))), compile(file(flow(ASK), CLOSED))]

interface Variant {
  bot: number
  routing: Partial<House['routing']>
  surge: House['surge']
}

const quiet: House['surge'] = { backlog: 20_000, calmMinutes: 1, overflow: [], bot: true }
const auto: Partial<House['routing']> = { mode: 'auto', presenceMinutes: 60, reopenHours: 24 }

/** What the admin may save, one after the other. */
export const VARIANTS: Variant[] = [
  { bot: 0, routing: auto, surge: quiet },
  { bot: 1, routing: auto, surge: { ...quiet, waiting: 2, overflow: ['tech'] } },
  { bot: 2, routing: { ...auto, reopenHours: 0 }, surge: { ...quiet, perMinute: 3, bot: false } },
  { bot: 0, routing: { ...auto, mode: 'claim' }, surge: { ...quiet, waiting: 1 } },
]

const text = { max: 4096, unit: 'utf16', markdown: false } as const
const buttons = { max: 10, labelMax: 64, idMaxBytes: 64, links: true }

export const CHANNELS: Record<string, Capabilities> = {
  /** No key, as most chat platforms. */
  plain: { text, buttons },
  /** A key, and a limit of what it takes in a second. */
  keyed: { text: { ...text, max: 160 }, idempotent: true, rate: { perSecond: 5, burst: 5 } },
  /** As the widget: it greets by itself and shows names. */
  site: { text, buttons, greetsFirst: true, senderNames: true, multipart: true },
}

export const ADDRESSES = [
  { channel: 'plain', user: 'mei' },
  { channel: 'plain', user: 'mei', thread: 'topic' },
  { channel: 'plain', user: 'tom' },
  { channel: 'keyed', user: 'lin' },
  { channel: 'site', user: 'jo' },
]

export function houseOf(variant: number, clock: Clock): House {
  const { bot, routing, surge } = VARIANTS[variant % VARIANTS.length] as Variant
  return {
    ...plainHouse(clock),
    bot: bots[bot] as Bot,
    skills: SKILLS,
    channels: new Map(
      Object.entries(CHANNELS).map(([id, capabilities]) => [id, { type: 'simulated', title: { zh: id, en: id }, capabilities }]),
    ),
    desks: new Map([[DESK, { type: 'simulated', title: { zh: '群', en: 'Group' }, locale: 'zh' }]]),
    routing: { ...plainRouting, ...routing },
    staffing: plainStaffing,
    surge,
    service: plainService,
  }
}

export function agentRows(now: Date): AgentRow[] {
  const agent = (id: string, more: Partial<AgentRow>) => plainAgent(id, now, { skills: SKILLS, identities: { [DESK]: `u-${id}` }, ...more })
  return [agent('anna', {}), agent('ben', { capacity: 1, skills: ['tech'] }), agent('cora', { role: 'supervisor', skills: ['aftersales'] })]
}
