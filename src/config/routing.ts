// The keys of frontdesk.yaml that say who gets what: skills, teams, agents, routing. Each list still takes its short form, a plain name.
import { z } from 'zod'
import { type Calendar, isTimezone, parseDays, parseRanges } from '#core/hours.ts'

export const id = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,39}$/, 'small letters, digits, - and _, at most 40 / 小写字母、数字、- 和 _,最多 40 个')

/** Skills may be called anything: customers' words come from elsewhere. */
const skillId = z.string().min(1).max(40)
const level = z.int().min(1).max(9)
const seconds = z.int().min(0).max(86_400)
const offerSeconds = z.int().min(5).max(3_600)
const MODES = ['auto', 'claim', 'offer', 'broadcast'] as const

const helper = z.strictObject({
  team: id.optional().describe('Whose people help out … / 由哪个团队帮忙'),
  skill: skillId.optional().describe('… or who has this skill / 或由有此技能的人帮忙'),
  seconds: seconds.describe('After so long in the queue / 排队多久之后'),
})

const wish = z.strictObject({
  id: skillId.describe('The skill that is looked for as well / 希望同时具备的技能'),
  level: level.default(1).describe('At least so well / 至少几级'),
  seconds: seconds.describe('Looked for so long, then no more / 找多久，之后不再要求'),
})

const skill = z.strictObject({
  id: skillId.describe('What flows, agents and transfers call it / 流程、客服、转接中使用的名字'),
  name: z.string().min(1).max(60).optional().describe('What people see; id when absent / 给人看的名字'),
  desks: z
    .array(z.string())
    .min(1)
    .optional()
    .describe('Only these desks see its conversations; absent: all / 只有这些坐席工具能看到，不填为全部'),
  hours: z.string().min(1).max(40).optional().describe('The calendar of its opening hours / 使用哪个工作时间表'),
  level: level.default(1).describe('Agents need it at least so well / 客服至少要达到的级别'),
  wishes: z.array(wish).max(10).default([]).describe('Further skills that are dropped with time / 可随时间放弃的附加技能'),
  teams: z.array(id).min(1).optional().describe('Only these teams, until overflow / 只分给这些团队，溢出前'),
  overflow: z.array(helper).max(10).default([]).describe('Who helps out when it takes too long / 等太久时由谁帮忙'),
  mode: z.enum(MODES).optional().describe('As routing.mode, for this skill / 同 routing.mode，仅此技能'),
  offerSeconds: offerSeconds.optional().describe('As routing.offerSeconds, for this skill / 同 routing.offerSeconds，仅此技能'),
})

/** A plain name is a skill without further wishes. */
export const skills = z
  .array(z.union([skillId.transform((name) => skill.parse({ id: name })), skill]))
  .max(500)
  .default([])

export const teams = z
  .array(
    z.strictObject({
      id: id.describe('Short name / 简短标识'),
      name: z.string().min(1).max(60).optional().describe('What people see / 给人看的名字'),
      hours: z.string().min(1).max(40).optional().describe('The calendar of skills that name none / 未指定时间表的技能所用'),
    }),
  )
  .max(200)
  .default([])

const skilled = z.strictObject({ id: skillId, level: level.default(1) })

const shift = z.string().transform((value, context): [days: string, ranges: Calendar['open'][string]] => {
  const [, days = '', times = ''] = /^\s*(\S+)\s+(.+)$/.exec(value) ?? []
  const ranges = parseRanges(times)
  if (ranges && parseDays(days)) return [days, ranges]
  const text = { zh: '班次应写成 "mon-fri 09:00-12:00, 13:30-18:00"', en: 'a shift is written "mon-fri 09:00-12:00, 13:30-18:00"' }
  context.issues.push({ code: 'custom', params: { text }, input: value })
  return z.NEVER
})

const timezone = z.string().refine(isTimezone, {
  params: { text: { zh: '不认识的时区，应像 Asia/Shanghai', en: 'unknown time zone; expected one like Asia/Shanghai' } },
})

const room = z.int().min(0).max(1000)

export const agent = z.strictObject({
  id: id.describe('Short name, used in logs and transfers / 简短标识'),
  name: z.string().min(1).max(60).describe('What colleagues see / 同事看到的名字'),
  publicName: z.string().min(1).max(60).optional().describe('What customers see; name when absent / 客户看到的名字'),
  email: z.email().optional().describe('For signing in to the console / 登录控制台用'),
  role: z.enum(['admin', 'supervisor', 'agent']).default('agent'),
  skills: z
    .array(z.union([skillId.transform((name) => skilled.parse({ id: name })), skilled]))
    .default([])
    .describe('Which conversations may be given to this agent / 可以接哪些技能的对话'),
  languages: z
    .array(z.enum(['zh', 'en']))
    .min(1)
    .optional()
    .describe('Spoken languages; absent: all / 会说的语言，不填为全部'),
  team: id.optional().describe('The team / 所属团队'),
  capacity: z
    .union([room, z.strictObject({ chat: room, async: room })])
    .default(5)
    .describe('Conversations at once, together or per kind / 同时接待上限，可分即时与异步'),
  shifts: z.array(shift).min(1).optional().describe('When this agent works; absent: always / 班次，不填为随时'),
  timezone: timezone.optional().describe('Of the shifts / 班次的时区'),
  identities: z
    .record(z.string(), z.coerce.string())
    .default({})
    .describe('Desk id → user id in that tool / 坐席工具 id → 在该工具中的用户 id'),
})

const minutes = z.number().min(0).max(10_080)

export const routing = z
  .strictObject({
    mode: z
      .enum(MODES)
      .default('auto')
      .describe('auto, offer or broadcast: agents are given, asked one by one, or asked at once; claim: they take / 分配方式'),
    offerSeconds: offerSeconds.default(30).describe('How long an offer stands / 邀请多久有效'),
    missesBeforePause: z.int().min(0).max(100).default(3).describe('Misses in a row that pause an agent; 0: never / 连续错过几次后暂停'),
    leaseMinutes: z
      .union([minutes.transform((chat) => ({ chat, async: 0 })), z.strictObject({ chat: minutes.default(0), async: minutes.default(0) })])
      .prefault(10)
      .describe('Who was given a conversation and says nothing so long loses it; 0: never / 分到后多久不回复就收回'),
    languageSeconds: z
      .union([seconds, z.literal('never')])
      .default(120)
      .describe('The customer’s language is looked for so long; never: it is not dropped / 语言要求保留多久'),
    lastAgentDays: z
      .number()
      .min(0)
      .max(3650)
      .default(30)
      .describe('Who served the customer lately comes first; 0: not / 多久内的上一位客服优先'),
    vip: z
      .strictObject({
        tags: z.array(z.string().min(1).max(60)).default([]).describe('Tags of customers who are VIPs / 哪些客户标签算贵宾'),
        priority: z.enum(['normal', 'high', 'urgent']).default('high').describe('They wait at least so high / 至少按此优先级排队'),
      })
      .prefault({}),
    async: z.array(z.string()).default(['email']).describe('Channels (ids or types) whose customers do not sit and wait / 异步渠道'),
    timezone: timezone.optional().describe('Of shifts, where an agent names none / 班次的默认时区'),
    presenceMinutes: z.int().min(1).max(1440).default(60).describe('How long a sign of life counts as online / 最后活动后多久视为离线'),
    reopenHours: z
      .number()
      .min(0)
      .max(720)
      .default(24)
      .describe('New words within this time open the old conversation again / 多久内重新打开原对话'),
  })
  .prefault({})

export type AgentSettings = z.output<typeof agent>
