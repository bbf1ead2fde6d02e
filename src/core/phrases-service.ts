// What agents read of time: terms, clocks, how a conversation ended, what somebody who waits wants.
import { say } from './words.ts'

export const forService = {
  'term.firstReply': { zh: '首次回复', en: 'First reply' },
  'term.nextReply': { zh: '回复', en: 'Reply' },
  'term.resolution': { zh: '解决', en: 'Resolution' },
  'time.span': say<{ ms: number }>({
    zh: ({ ms }) => span(ms, { day: ' 天', hour: ' 小时', minute: ' 分钟', less: '不到 1 分钟' }),
    en: ({ ms }) => span(ms, { day: ' d', hour: ' h', minute: ' min', less: 'less than 1 min' }),
  }),
  'sla.warned': say<{ term: string; left: string; customer: string; agent?: string }>({
    zh: ({ term, left, customer, agent }) => `⏰ ${customer}：${term}时限还剩 ${left}${agent ? `（${agent}）` : '（还没有人接入）'}`,
    en: ({ term, left, customer, agent }) => `⏰ ${customer}: ${term.toLowerCase()} due in ${left} (${agent ?? 'nobody has it yet'})`,
  }),
  'sla.breached': say<{ term: string; customer: string; agent?: string }>({
    zh: ({ term, customer, agent }) => `🔴 ${customer}：${term}已超时${agent ? `（${agent}）` : '（还没有人接入）'}`,
    en: ({ term, customer, agent }) => `🔴 ${customer}: ${term.toLowerCase()} is overdue (${agent ?? 'nobody has it yet'})`,
  }),
  'sla.left': say<{ term: string; left: string }>({
    zh: ({ term, left }) => `${term}还剩 ${left}`,
    en: ({ term, left }) => `${term} in ${left}`,
  }),
  'sla.over': say<{ term: string; by: string }>({
    zh: ({ term, by }) => `${term}已超时 ${by}`,
    en: ({ term, by }) => `${term} overdue by ${by}`,
  }),
  'sla.still': say<{ term: string; left: string }>({
    zh: ({ term, left }) => `${term}还剩 ${left}（等待客户，暂停计时）`,
    en: ({ term, left }) => `${term} in ${left} (stopped: the customer is awaited)`,
  }),
  'card.time': { zh: '时限', en: 'Due' },
  'card.closed': { zh: '结束原因', en: 'Ended' },
  'card.wants': { zh: '客户希望', en: 'Customer wants' },
  'closed.resolved': { zh: '已结单', en: 'Resolved' },
  'closed.left': { zh: '客户已离开，对话结束', en: 'Ended: the customer left' },
  'closed.idle': { zh: '长时间没有消息，对话自动结束', en: 'Ended by itself: nobody wrote for long' },
  'closed.ended': { zh: '客户结束了对话', en: 'Ended by the customer' },
  'wait.message': say<{ contact?: string }>({ zh: () => '已留言，稍后回复即可', en: () => 'an answer later: left a message' }),
  'wait.callback': say<{ contact?: string }>({
    zh: ({ contact }) => `请回电${contact ? `：${contact}` : ''}`,
    en: ({ contact }) => `a call back${contact ? `: ${contact}` : ''}`,
  }),
  'wait.elsewhere': say<{ contact?: string }>({
    zh: ({ contact }) => `请通过邮件回复${contact ? `：${contact}` : ''}`,
    en: ({ contact }) => `an answer by e-mail${contact ? `: ${contact}` : ''}`,
  }),
} as const

interface Units {
  day: string
  hour: string
  minute: string
  less: string
}

/** The two largest units. */
function span(ms: number, units: Units): string {
  const minutes = Math.round(ms / 60_000)
  if (minutes < 1) return units.less
  const [days, hours, rest] = [Math.floor(minutes / 1_440), Math.floor((minutes % 1_440) / 60), minutes % 60]
  const parts = [
    days > 0 && `${days}${units.day}`,
    hours > 0 && `${hours}${units.hour}`,
    days === 0 && rest > 0 && `${rest}${units.minute}`,
  ]
  return parts.filter(Boolean).join(' ')
}
