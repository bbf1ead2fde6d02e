// What the keys of frontdesk.yaml mean that say when people are there, how soon they answer and when a conversation ends.
import type { Text } from '#core/message.ts'

export const serviceWords: Record<string, Text> = {
  'teams[].hours': { zh: '团队的工作时间表：自己没有写 `hours` 的技能用它', en: 'the calendar of its skills that name none of their own' },
  'hours.<name>.timezone': { zh: '时区，例如 `Asia/Shanghai`', en: 'the time zone, such as `Europe/London`' },
  'hours.<name>.open': {
    zh: '星期与时间段：`mon-fri: "09:00-12:00, 13:30-18:00"`；结束不晚于开始表示到次日',
    en: 'days and their ranges: `mon-fri: "09:00-12:00, 13:30-18:00"`; an end at or before the start is on the next day',
  },
  'hours.<name>.closed': {
    zh: '休息日：`2026-10-01` 或 `2026-10-01..2026-10-07`',
    en: 'days off: `2026-10-01` or `2026-10-01..2026-10-07`',
  },
  'hours.<name>.extra': {
    zh: '有自己时间段的日子（调休上班等）：`"2026-10-10": "09:00-18:00"`，优先于其他一切',
    en: 'days with hours of their own: `"2026-12-24": "09:00-12:00"`; stronger than everything else',
  },
  'hours.<name>.feeds[].url': { zh: 'iCal 日历的地址', en: 'the address of an iCal calendar' },
  'hours.<name>.feeds[].file': { zh: '或与本文件同目录的 `.ics` 文件', en: 'or an `.ics` file beside this one' },
  'hours.<name>.feeds[].events': {
    zh: '日程表示什么：`closed` 休息（节假日），`open` 营业（加班日）',
    en: 'what an event means: `closed` (holidays) or `open` (extra days)',
  },
  'hours.<name>.feeds[].at': {
    zh: '`events: open` 时，全天日程的时间段',
    en: 'with `events: open`, the hours of an event that lasts all day',
  },
  'hours.<name>.feeds[].refresh': {
    zh: '多久重新读取；读不到时沿用上一次的内容，并在日志中说明',
    en: 'how often it is read again; one that cannot be read keeps what it said last, and the log says so',
  },
  'sla[].skill': { zh: '只用于此技能', en: 'for this skill alone' },
  'sla[].priority': { zh: '只用于此优先级', en: 'for this priority alone' },
  'sla[].firstReply': { zh: '转人工后，多久内人工首次回复', en: 'from the handoff to the first answer of a person' },
  'sla[].nextReply': { zh: '客户来信后，多久内再次回复', en: 'from the customer’s words to the next answer' },
  'sla[].resolution': {
    zh: '转人工后，多久内解决；等待客户和暂缓的时间不计',
    en: 'from the handoff to the end, without the time in which the customer is awaited or it is snoozed',
  },
  'sla[].warnAt': {
    zh: '时限用去多少时提醒客服（`0.8` 即八成）',
    en: 'the agent is warned when so much of the term is over (`0.8`: four fifths)',
  },
  'sla[].hours': {
    zh: '按哪个工作时间表计时；`always` 表示全天；不写则用技能的',
    en: 'the calendar that it is counted in; `always`: day and night; left out: that of the skill',
  },
  'idle.ask': {
    zh: '客服回复后客户多久没有消息，就问“还有其他可以帮您的吗？”；不写则不问',
    en: 'the customer left an agent’s answer without a word for so long: “is there anything else?”; left out: never',
  },
  'idle.close': {
    zh: '问过之后（或不问时，从客服回复起）再过多久仍没有消息就结束；不写则不自动结束',
    en: 'so long after that question, or after the answer where nobody asks, it is closed; left out: never',
  },
  'idle.bot': { zh: '与机器人的对话多久没有消息就结束；不写则不结束', en: 'a talk with the bot alone ends after so long; left out: never' },
  'idle.hours': { zh: '只计工作时间', en: 'count opening hours only' },
  'idle.left': { zh: '客户取消关注或拉黑时结束对话', en: 'a customer who unfollows or blocks us ends theirs' },
  'idle.archive': {
    zh: '结束多久后归档：不再重新打开，新消息开始新对话；不写则不归档',
    en: 'resolved for so long: archived, and not opened again by new words; left out: never',
  },
  'idle.rating': { zh: '自动结束时也请客户评分', en: 'ask for a rating also when it ends by itself' },
  'queue.place': { zh: '告知排队位置', en: 'tell customers their place' },
  'queue.wait': { zh: '告知预计等待时间', en: 'tell them the expected wait' },
  'queue.soothe': { zh: '多久没有消息时安抚一次', en: 'after so long without a word those who wait get one' },
  'queue.choices': {
    zh: '排队和下班时可选：继续等、留言、回电、邮件回复、退出',
    en: 'those who wait, and those who come outside opening hours, may leave a message, be called back, be answered by mail, or leave',
  },
}
