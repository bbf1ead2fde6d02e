// What happened to a conversation, in the words of whoever reads its trail.
import { inTongue } from '#core/locale.ts'
import type { Locale } from '#core/message.ts'
import { phrase } from '#core/phrases.ts'
import type { AuditRow } from '#store/rows.ts'
import { shownTime } from '../../pipeline/acting.ts'
import type { Choice } from '../../pipeline/choices.ts'
import { type House, skillName } from '../../pipeline/house.ts'
import type { ConversationDetail } from './protocol.ts'

export const actions: Record<string, { zh: string; en: string }> = {
  'conversation.opened': { zh: '对话开始', en: 'Conversation opened' },
  'conversation.reopened': { zh: '重新打开', en: 'Reopened' },
  'conversation.resolved': { zh: '结单', en: 'Resolved' },
  'conversation.tagged': { zh: '打标签', en: 'Tagged' },
  'conversation.prioritized': { zh: '优先级改为', en: 'Priority set to' },
  'conversation.snoozed': { zh: '暂缓至', en: 'Snoozed until' },
  'conversation.woken': { zh: '暂缓结束', en: 'The snooze ended' },
  'handoff.promised': { zh: '非工作时间要求人工，上班后转接', en: 'Asked for a person while closed: handed over when you open' },
  'thread.opened_again': { zh: '在工具里重新开了话题', en: 'Opened in a tool once more' },
  'webhook.failed': { zh: '业务接口没有应答', en: 'A webhook did not answer' },
  'conversation.to_bot': { zh: '交回机器人', en: 'Given back to the bot' },
  'handoff.requested': { zh: '转人工', en: 'Handed over to people' },
  'assignment.changed': { zh: '分配给', en: 'Assigned to' },
  'assignment.declined': { zh: '拒绝邀请', en: 'Declined' },
  'agent.paused': { zh: '暂停分配', en: 'Paused: missed too much' },
  'assignment.released': { zh: '放回队列', en: 'Given back to the queue' },
  'csat.submitted': { zh: '评分', en: 'Rated' },
  'csat.commented': { zh: '说明评分', en: 'Said why' },
  'customer.left': { zh: '客户离开', en: 'Customer left' },
  'conversation.asked_idle': { zh: '询问是否还有问题', en: 'Asked whether there is anything else' },
  'queue.chose': { zh: '排队时选择', en: 'Chose while waiting:' },
  'queue.contact': { zh: '留下联系方式', en: 'Left a number or an address' },
  'sla.warned': { zh: '时限将到', en: 'Time is running out:' },
  'sla.breached': { zh: '已超时', en: 'Overdue:' },
  'sla.met': { zh: '时限内完成', en: 'Within its term:' },
  'sla.late': { zh: '超时后完成', en: 'Done late:' },
  'sla.dropped': { zh: '不再计时', en: 'Term no longer counted:' },
  'message.edited': { zh: '修改消息', en: 'Message edited' },
  'message.recalled': { zh: '撤回消息', en: 'Message taken back' },
  'message.resent': { zh: '重新发送消息', en: 'Message sent again' },
  'delivery.resent': { zh: '重新发送消息', en: 'Message sent again' },
  'delivery.dropped': { zh: '放弃发送消息', en: 'Message given up' },
  'event.replayed': { zh: '重新处理来信', en: 'Incoming message worked on again' },
  'event.dropped': { zh: '放弃处理来信', en: 'Incoming message given up' },
}

const choices: Record<Choice, { zh: string; en: string }> = {
  stay: { zh: '继续等待', en: 'to keep waiting' },
  message: { zh: '留言', en: 'to leave a message' },
  callback: { zh: '回电', en: 'to be called back' },
  elsewhere: { zh: '邮件回复', en: 'an answer by e-mail' },
  leave: { zh: '退出排队', en: 'to leave the queue' },
}

export function trailLine(
  event: AuditRow,
  names: Map<string, string>,
  customer: string,
  house: House,
  locale: Locale,
): ConversationDetail['trail'][number] {
  const { agent, skill, score, code, until, priority, term, breached, choice } = event.data as {
    agent?: string
    skill?: string
    score?: number
    code?: string
    until?: string
    priority?: 'low' | 'normal' | 'high' | 'urgent'
    term?: 'firstReply' | 'nextReply' | 'resolution'
    breached?: boolean
    choice?: Choice
  }
  const { remove = [] } = event.data as { remove?: string[] }
  const { conversation = [], customer: own = [], why } = event.data as { conversation?: string[]; customer?: string[]; why?: string }
  const action = event.action === 'sla.met' && breached ? 'sla.late' : event.action
  const words = actions[action]?.[locale] ?? event.action
  const extras: Record<string, string | undefined> = {
    'assignment.changed': agent ? names.get(agent) : skill && skillName(house, skill),
    'csat.submitted': `${score}/5`,
    'conversation.tagged': [...conversation, ...own, ...remove.map((one) => `−${one}`)].join(' · '),
    'conversation.resolved': code,
    'conversation.snoozed': until && shownTime(new Date(until), house, locale),
    'conversation.prioritized': priority && phrase(`priority.${priority}`, locale),
    'webhook.failed': why && inTongue(why, locale),
    'queue.chose': choice && choices[choice][locale],
  }
  const extra = extras[event.action] ?? (term && phrase(`term.${term}`, locale)) ?? ''
  const who = event.actorKind === 'customer' ? customer : event.actorKind === 'agent' ? names.get(event.actorId ?? '') : undefined
  return { at: event.at.toISOString(), what: [words, extra].filter(Boolean).join(' '), ...(who && { who }) }
}
