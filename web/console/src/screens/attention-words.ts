// The words of what needs a person: they come with the page.
import { useStore } from '../store.ts'
import { locale } from '../words.ts'

const en = {
  attentionHelp: 'What did not reach somebody, and what nobody could work on.',
  attentionNone: 'Everything arrived',
  attentionNoneHelp: 'No message is stuck, held or in doubt. Have a cup of tea.',
  attentionNoMatch: 'Nothing like that',
  attentionNoMatchHelp: 'There is something, but not with this filter.',
  allStates: 'All',
  stateFilter: 'State',
  targetFilter: 'Channel or desk',
  allTargets: 'Every channel and desk',
  troubleStates: { failed: 'Failed', unknown: 'Unclear', held: 'Held', expired: 'Expired', dead: 'Stuck' },
  troubleHelp: {
    failed: 'It was refused and did not arrive.',
    unknown: 'Sent twice without a clear answer. It may have arrived.',
    held: 'Nobody knows whether it arrived. The bot’s words are never repeated unasked.',
    expired: 'It waited longer than a day and was not sent.',
    dead: 'It came in and broke something. It waits here, whole.',
  },
  troubleWhat: {
    open: 'Open a thread',
    reopen: 'Open the thread again',
    close: 'Close the thread',
    press: 'A button was pressed',
    other: 'Without words',
  },
  tries: (count: number) => (count === 1 ? '1 try' : `${count} tries`),
  toTarget: (title: string) => `to ${title}`,
  fromTarget: (title: string) => `from ${title}`,
  openConversation: 'Open conversation',
  workAgain: 'Work on it again',
  selectOne: (what: string) => `Select: ${what}`,
  againDone: (count: number) => (count === 0 ? 'Nothing to send: somebody was faster.' : `On its way again: ${count}`),
  dropDone: (count: number) => (count === 0 ? 'Nothing to give up: somebody was faster.' : `Given up: ${count}`),
  dropTitle: (count: number) => (count === 1 ? 'Give this up?' : `Give up these ${count}?`),
  dropHelp: 'It will not be sent or worked on. The conversation and the audit trail say who decided.',
  dropDo: 'Give up',
  unknownCustomer: 'Customer unknown',
}

const zh: typeof en = {
  attentionHelp: '没有送到的消息，和没能处理的来信。',
  attentionNone: '全都送到了',
  attentionNoneHelp: '没有卡住、保留或结果不明的消息。喝杯茶吧。',
  attentionNoMatch: '没有这样的',
  attentionNoMatchHelp: '有需要处理的，但不符合这个筛选条件。',
  allStates: '全部',
  stateFilter: '状态',
  targetFilter: '渠道或客服工具',
  allTargets: '全部渠道和工具',
  troubleStates: { failed: '失败', unknown: '不确定', held: '已保留', expired: '已过期', dead: '卡住' },
  troubleHelp: {
    failed: '被拒绝，没有送到。',
    unknown: '发了两次都没有明确回应，可能已经送到。',
    held: '不知道是否送到。机器人的话不会擅自重发。',
    expired: '等了一天以上，没有发出。',
    dead: '收到了，但处理时出错。内容完整保留在这里。',
  },
  troubleWhat: {
    open: '新建话题',
    reopen: '重新打开话题',
    close: '关闭话题',
    press: '按了按钮',
    other: '没有文字',
  },
  tries: (count) => `尝试 ${count} 次`,
  toTarget: (title) => `发往 ${title}`,
  fromTarget: (title) => `来自 ${title}`,
  openConversation: '打开会话',
  workAgain: '重新处理',
  selectOne: (what) => `选择：${what}`,
  againDone: (count) => (count === 0 ? '没有可发送的：有人快了一步。' : `已重新进行：${count} 项`),
  dropDone: (count) => (count === 0 ? '没有可放弃的：有人快了一步。' : `已放弃：${count} 项`),
  dropTitle: (count) => (count === 1 ? '放弃这一项？' : `放弃这 ${count} 项？`),
  dropHelp: '不会再发送或处理。会话和审计记录会写明是谁决定的。',
  dropDo: '放弃',
  unknownCustomer: '未知客户',
}

export type AttentionWords = typeof en

export function useAttentionWords(): AttentionWords {
  return useStore(locale) === 'zh' ? zh : en
}
