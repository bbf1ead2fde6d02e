// The keys of frontdesk.yaml that say when people are there, how soon they answer and when a conversation ends.
import { z } from 'zod'
import { hours as calendar, duration, ranges } from '#core/times.ts'

const calendarName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,39}$/, 'small letters, digits, - and _, at most 40 / 小写字母、数字、- 和 _,最多 40 个')

const feed = z
  .strictObject({
    url: z
      .url({ protocol: /^https?$/ })
      .optional()
      .describe('An iCal address … / iCal 地址 …'),
    file: z
      .string()
      .regex(
        /^[^./\\][^/\\]*\.ics$/i,
        'a file is named like holidays.ics, and lies beside this one / 文件名应像 holidays.ics，与本文件放在一起',
      )
      .optional()
      .describe('… or a file beside this one / 或与本文件同目录的 .ics 文件'),
    events: z
      .enum(['closed', 'open'])
      .default('closed')
      .describe('What an event means: closed (holidays), or open (extra days) / 日程表示休息还是营业'),
    at: ranges.optional().describe('For events: open, the hours of a whole day / 全天营业日程的时间段'),
    refresh: duration('5m', '30d').prefault('12h').describe('How often it is read again / 多久重新读取'),
  })
  .refine((one) => (one.url === undefined) !== (one.file === undefined), {
    params: { text: { zh: 'url 和 file 恰好写一个', en: 'needs either url or file' } },
  })
  .refine((one) => one.at === undefined || one.events === 'open', {
    params: { text: { zh: 'at 只用于 events: open', en: 'at is for events: open only' } },
  })
export type FeedSettings = z.output<typeof feed>

export const hours = z
  .record(
    calendarName,
    calendar.extend({ feeds: z.array(feed).max(10).default([]).describe('iCal feeds: holidays, extra days / iCal 日历：节假日、加班日') }),
  )
  .default({})

const term = (text: string) => duration('10s', '365d').optional().describe(text)

/** The first that fits a conversation counts. */
export const sla = z
  .array(
    z
      .strictObject({
        skill: z.string().min(1).max(40).optional().describe('Only for this skill / 仅此技能'),
        priority: z.enum(['low', 'normal', 'high', 'urgent']).optional().describe('Only for this priority / 仅此优先级'),
        firstReply: term('From the handoff to the first answer of a person / 从转人工到人工首次回复'),
        nextReply: term('From the customer’s words to the next answer / 从客户来信到下一次回复'),
        resolution: term(
          'From the handoff to the end, without the time in which the customer is awaited / 从转人工到结束，等待客户的时间不计',
        ),
        warnAt: z
          .number()
          .min(0.1)
          .max(0.99)
          .default(0.8)
          .describe('The agent is warned when so much of the time is over / 用去多少比例时提醒客服'),
        hours: z
          .string()
          .min(1)
          .max(40)
          .optional()
          .describe('The calendar that the time is counted in; always: day and night; absent: that of the skill / 按哪个工作时间表计时'),
      })
      .refine((one) => one.firstReply !== undefined || one.nextReply !== undefined || one.resolution !== undefined, {
        params: { text: { zh: '至少写 firstReply、nextReply、resolution 之一', en: 'needs one of firstReply, nextReply and resolution' } },
      }),
  )
  .max(200)
  .default([])

export const idle = z
  .strictObject({
    ask: duration('1m', '30d')
      .optional()
      .describe('The customer left an agent’s answer without a word for so long: is there anything else? / 客户多久不回复就询问'),
    close: duration('1m', '90d').optional().describe('… and so long after that (or without it) it is closed / 之后多久仍无回复就结束'),
    bot: duration('5m', '90d').optional().describe('A talk with the bot ends after so long without a word / 机器人对话多久无消息就结束'),
    hours: z.boolean().default(false).describe('Count only the opening hours / 只计工作时间'),
    left: z.boolean().default(true).describe('A customer who leaves (unfollows, blocks us) ends theirs / 客户取消关注或拉黑时结束对话'),
    archive: duration('1h', '3650d').optional().describe('Resolved for so long: out of the lists, never reopened / 结束多久后归档'),
    rating: z.boolean().default(false).describe('Also ask for a rating when it ends by itself / 自动结束时也请客户评分'),
  })
  .prefault({})

export const queue = z
  .strictObject({
    place: z.boolean().default(true).describe('Customers are told their place / 告知排队位置'),
    wait: z.boolean().default(true).describe('… and the expected wait / 并告知预计等待时间'),
    soothe: duration('1m', '1d').prefault('3m').describe('After so long without a word those who wait get one / 多久没有消息时安抚一次'),
    choices: z
      .boolean()
      .default(true)
      .describe('Those who wait may leave a message, be called back or leave / 排队时可留言、请求回电或退出'),
  })
  .prefault({})

export type SlaRule = z.output<typeof sla>[number]
export type Idle = z.output<typeof idle>
export type QueueWords = z.output<typeof queue>
