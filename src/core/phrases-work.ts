// What the house says to agents about their work: tags, snoozing, canned replies, articles, follow-ups, the day.
import type { Locale } from './message.ts'
import { say } from './words.ts'

export const forWork = {
  'card.snoozed': { zh: '暂缓至', en: 'Snoozed until' },
  'card.close_reason': { zh: '结单原因', en: 'Closed because' },
  'whisper.tags': say<{ tags: readonly string[] }>({
    zh: ({ tags }) => (tags.length > 0 ? `标签：${tags.join('、')}` : '还没有标签。'),
    en: ({ tags }) => (tags.length > 0 ? `Tags: ${tags.join(', ')}` : 'There are no tags yet.'),
  }),
  'whisper.priority': say<{ priority: string }>({
    zh: ({ priority }) => `优先级：${priority}。`,
    en: ({ priority }) => `Priority: ${priority}.`,
  }),
  'whisper.snoozed': say<{ until: string }>({
    zh: ({ until }) => `已暂缓至 ${until}；客户来信会提前回来。`,
    en: ({ until }) => `Snoozed until ${until}; it comes back earlier if the customer writes.`,
  }),
  'whisper.when_unread': say<{ usage: string }>({
    zh: ({ usage }) => `没有看懂时间。例如：${usage}`,
    en: ({ usage }) => `That is no time I can read. For example: ${usage}`,
  }),
  'whisper.when_past': say<{ at: string }>({ zh: ({ at }) => `${at} 已经过去了。`, en: ({ at }) => `${at} is over already.` }),
  'whisper.when_far': { zh: '最多一年以内。', en: 'At most a year from now.' },
  'log.snoozed': say<{ agent: string; until: string }>({
    zh: ({ agent, until }) => `${agent} 暂缓至 ${until}`,
    en: ({ agent, until }) => `${agent} snoozed it until ${until}`,
  }),
  'log.woken': say<{ why: 'time' | 'customer'; agent?: string }>({
    zh: ({ why, agent }) => `⏰ ${why === 'time' ? '暂缓的时间到了' : '客户来信'}，${agent ? `回到 ${agent}` : '放回队列'}`,
    en: ({ why, agent }) =>
      `⏰ ${why === 'time' ? 'The snooze is over' : 'The customer wrote'}: ${agent ? `back to ${agent}` : 'back to the queue'}`,
  }),
  'log.priority': say<{ agent: string; priority: string }>({
    zh: ({ agent, priority }) => `${agent} 把优先级改为${priority}`,
    en: ({ agent, priority }) => `${agent} set the priority to ${priority}`,
  }),
  'kb.found': say<{ words: string; send: string }>({
    zh: ({ words, send }) => `“${words}” 找到（${send}）：`,
    en: ({ words, send }) => `Found for “${words}” (${send}):`,
  }),
  'kb.how': { zh: '/send n 发送，/show n 看全文', en: '/send n sends, /show n reads' },
  'kb.none': say<{ words: string }>({ zh: ({ words }) => `没有找到 “${words}”。`, en: ({ words }) => `Nothing found for “${words}”.` }),
  'kb.language': say<{ written: Locale }>({
    zh: ({ written }) => (written === 'zh' ? '只有中文' : '只有英文'),
    en: ({ written }) => (written === 'zh' ? 'only in Chinese' : 'only in English'),
  }),
  'list.none': { zh: '没有列表：先用 /kb 或 /macro。', en: 'There is no list: use /kb or /macro first.' },
  'list.old': { zh: '这是之前的列表，请重新查找。', en: 'That list is an old one: search again.' },
  'list.which': say<{ most: number }>({
    zh: ({ most }) => `哪一条？写 1 到 ${most} 的数字。`,
    en: ({ most }) => `Which one? Say a number from 1 to ${most}.`,
  }),
  'button.send_n': say<{ n: number }>({ zh: ({ n }) => `发送 ${n}`, en: ({ n }) => `Send ${n}` }),
  'button.show_n': say<{ n: number }>({ zh: ({ n }) => `全文 ${n}`, en: ({ n }) => `Read ${n}` }),
  'button.send': { zh: '发送', en: 'Send' },
  'button.done': { zh: '完成', en: 'Done' },
  'button.done_n': say<{ n: number }>({ zh: ({ n }) => `完成 ${n}`, en: ({ n }) => `Done ${n}` }),
  'macro.preview': say<{ text: string }>({
    zh: ({ text }) => `将发送给客户：\n${text}`,
    en: ({ text }) => `This goes to the customer:\n${text}`,
  }),
  'macro.missing': say<{ missing: readonly string[]; usage: string }>({
    zh: ({ missing, usage }) => `没有发送：缺少 ${missing.join('、')}。请写：${usage}`,
    en: ({ missing, usage }) => `Not sent: ${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing. Write: ${usage}`,
  }),
  'macro.unknown': say<{ key: string; near: readonly string[] }>({
    zh: ({ key, near }) => `没有叫 “${key}” 的快捷回复。${near.length > 0 ? `您是不是想用：${near.join('、')}？` : '/macro 列出全部。'}`,
    en: ({ key, near }) =>
      `There is no canned reply "${key}". ${near.length > 0 ? `Did you mean ${near.join(' or ')}?` : '/macro lists them.'}`,
  }),
  'macro.none': {
    zh: '还没有快捷回复：管理员可写在 config/macros.yaml。',
    en: 'There are no canned replies yet: admins write them into config/macros.yaml.',
  },
  'macro.list': { zh: '快捷回复（括号内为使用次数，我的/全部）：', en: 'Canned replies (used by me / by all):' },
  'macro.other': { zh: '其他', en: 'Other' },
  'article.missing': say<{ missing: readonly string[] }>({
    zh: ({ missing }) => `没有发送：这条内容里有变量 ${missing.join('、')}，请复制后自己填写。`,
    en: ({ missing }) => `Not sent: it has the variables ${missing.join(', ')}; copy it and fill them in yourself.`,
  }),
  'followup.set': say<{ n: number; at: string; text: string }>({
    zh: ({ n, at, text }) => `待办 ${n}：${at} · ${text}`,
    en: ({ n, at, text }) => `To do ${n}: ${at} · ${text}`,
  }),
  'followup.due': say<{ n: number; text: string; customer: string }>({
    zh: ({ n, text, customer }) => `⏰ 待办 ${n}（${customer}）：${text}`,
    en: ({ n, text, customer }) => `⏰ To do ${n} (${customer}): ${text}`,
  }),
  'followup.list': say<{ count: number }>({ zh: ({ count }) => `我的待办（${count}）：`, en: ({ count }) => `My to-do list (${count}):` }),
  'followup.empty': { zh: '没有待办。', en: 'Nothing to do on your list.' },
  'followup.done': say<{ n: number; text: string }>({
    zh: ({ n, text }) => `已完成 ${n}：${text}`,
    en: ({ n, text }) => `Done ${n}: ${text}`,
  }),
  'followup.gone': say<{ item: string }>({
    zh: ({ item }) => `待办里没有 ${item}。`,
    en: ({ item }) => `There is no ${item} on your list.`,
  }),
  'followup.already': { zh: '这条待办已经完成了。', en: 'That is done already.' },
  'followup.late': { zh: '已过期', en: 'overdue' },
  'followup.full': { zh: '待办已满 200 条，请先完成一些。', en: 'Your list holds 200 already: finish some first.' },
  'customer.head': say<{ name: string; tags: readonly string[] }>({
    zh: ({ name, tags }) => `${name}${tags.length > 0 ? ` · ${tags.join('、')}` : ''}`,
    en: ({ name, tags }) => `${name}${tags.length > 0 ? ` · ${tags.join(', ')}` : ''}`,
  }),
  'customer.seen': say<{ first: string; last: string; total: number }>({
    zh: ({ first, last, total }) => `首次 ${first} · 最近 ${last} · 共 ${total} 次对话`,
    en: ({ first, last, total }) => `first seen ${first} · last ${last} · ${total === 1 ? '1 conversation' : `${total} conversations`}`,
  }),
  'customer.from': say<{ page: string }>({ zh: ({ page }) => `来自页面 ${page}`, en: ({ page }) => `on the page ${page}` }),
  'customer.source': say<{ source: string }>({ zh: ({ source }) => `来源 ${source}`, en: ({ source }) => `came by ${source}` }),
  'queue.list': say<{ waiting: number; mine: number }>({
    zh: ({ waiting, mine }) => `排队 ${waiting} 人，您正在处理 ${mine} 个对话。`,
    en: ({ waiting, mine }) => `${waiting} waiting, ${mine} with you.`,
  }),
  'queue.mine': { zh: '我的：', en: 'Mine:' },
  'queue.waits': say<{ minutes: number }>({ zh: ({ minutes }) => `已等 ${minutes} 分钟`, en: ({ minutes }) => `waits ${minutes} min` }),
  'queue.more': say<{ count: number }>({ zh: ({ count }) => `…还有 ${count} 个`, en: ({ count }) => `… and ${count} more` }),
  'day.words': say<{ taken: number; resolved: number; messages: number }>({
    zh: ({ taken, resolved, messages }) => `今天：接入 ${taken}，结单 ${resolved}，发出 ${messages} 条消息`,
    en: ({ taken, resolved, messages }) => `Today: ${taken} taken, ${resolved} resolved, ${messages} messages sent`,
  }),
  'day.first': say<{ minutes: number }>({
    zh: ({ minutes }) => `平均首次回复 ${minutes} 分钟`,
    en: ({ minutes }) => `first answer after ${minutes} min on average`,
  }),
  'day.score': say<{ score: string; rated: number }>({
    zh: ({ score, rated }) => `评分 ${score}/5（${rated} 人）`,
    en: ({ score, rated }) => `rated ${score}/5 by ${rated}`,
  }),
  'day.todo': say<{ count: number; late: number }>({
    zh: ({ count, late }) => `待办 ${count}${late > 0 ? `，${late} 条已过期` : ''}`,
    en: ({ count, late }) => `${count} to do${late > 0 ? `, ${late} overdue` : ''}`,
  }),
  'help.aliases': say<{ aliases: readonly string[] }>({
    zh: ({ aliases }) => `也可写：${aliases.join('、')}`,
    en: ({ aliases }) => `Also: ${aliases.join(', ')}`,
  }),
  'help.examples': say<{ examples: readonly string[] }>({
    zh: ({ examples }) => `例如：${examples.join('   ')}`,
    en: ({ examples }) => `For example: ${examples.join('   ')}`,
  }),
} as const
