// What the house itself says to agents: on cards, in logs and whispers.
import type { Text } from './message.ts'
import { forService } from './phrases-service.ts'
import { say } from './words.ts'

export const forAgents = {
  'card.status': { zh: '状态', en: 'Status' },
  'card.agent': { zh: '客服', en: 'Agent' },
  'card.nobody': { zh: '无人接入', en: 'nobody yet' },
  'card.skill': { zh: '技能', en: 'Skill' },
  'card.priority': { zh: '优先级', en: 'Priority' },
  'card.waiting_since': { zh: '等待自', en: 'Waiting since' },
  'card.reason': { zh: '转人工原因', en: 'Why a person' },
  'card.tried': { zh: '机器人试过', en: 'Bot tried' },
  'card.collected': { zh: '已收集', en: 'Collected' },
  'card.tags': { zh: '标签', en: 'Tags' },
  'card.customer': { zh: '客户', en: 'Customer' },
  'card.left': { zh: '平台还允许', en: 'Platform allows' },
  'card.left_some': say<{ messages?: number; until: string }>({
    zh: ({ messages, until }) => `${messages === undefined ? '可以发送' : `还可发送 ${messages} 条`}，至 ${until}`,
    en: ({ messages, until }) =>
      `${messages === undefined ? 'sending' : messages === 1 ? '1 send left' : `${messages} sends left`}, until ${until}`,
  }),
  'card.left_none': { zh: '暂不能发送，需客户再次来信', en: 'no sends left until the customer writes again' },
  'card.channel': { zh: '渠道', en: 'Channel' },
  'card.note': { zh: '备注', en: 'Note' },
  'card.history': { zh: '对话记录', en: 'History' },
  'card.open': { zh: '在控制台打开', en: 'Open in console' },
  'card.title': say<{ customer: string; channel: string }>({
    zh: ({ customer, channel }) => `${customer} · ${channel}`,
    en: ({ customer, channel }) => `${customer} · ${channel}`,
  }),
  'customer.unnamed': say<{ tail: string }>({ zh: ({ tail }) => `访客 ${tail}`, en: ({ tail }) => `Visitor ${tail}` }),
  'button.claim': { zh: '接入', en: 'Claim' },
  'button.release': { zh: '释放', en: 'Release' },
  'button.resolve': { zh: '结单', en: 'Resolve' },
  'button.reopen': { zh: '重新打开', en: 'Reopen' },
  'button.transfer': { zh: '转给…', en: 'Transfer…' },
  'button.transfer_to': say<{ skill: string }>({ zh: ({ skill }) => `转给 ${skill}`, en: ({ skill }) => `To ${skill}` }),
  'button.to_bot': { zh: '交回机器人', en: 'Back to bot' },
  'button.take_and_send': { zh: '接入并发送', en: 'Take over & send' },
  'button.send_only': { zh: '仅发送', en: 'Send only' },
  'button.keep_note': { zh: '存为备注', en: 'Keep as note' },
  'button.cancel': { zh: '取消', en: 'Cancel' },
  'button.resend': { zh: '重新发送', en: 'Send again' },
  'whisper.claimed_by': say<{ agent: string }>({
    zh: ({ agent }) => `已由 ${agent} 接入。`,
    en: ({ agent }) => `Already claimed by ${agent}.`,
  }),
  'whisper.claimed': { zh: '已接入，之后您的消息会发给客户。', en: 'Claimed: what you write now goes to the customer.' },
  'whisper.already_yours': { zh: '这个对话已经由您接入。', en: 'This conversation is already yours.' },
  'whisper.not_yours': {
    zh: '这个对话不由您负责，请先接入（/claim）。',
    en: 'This conversation is not yours: claim it first (/claim).',
  },
  'whisper.not_linked': say<{ desk: string; id: string }>({
    zh: ({ desk, id }) =>
      `您还没有关联到客服账号，所写内容只存为备注。请在控制台“我的”里取得代码后发送 /link 代码；或请管理员在 frontdesk.yaml 中加上 identities: { ${desk}: "${id}" }。`,
    en: ({ desk, id }) =>
      `You are not linked to an agent, so this stays a note. Get a code in the console (your name, Link a tool) and send /link <code>; or ask the admin to add identities: { ${desk}: "${id}" } to your agent in frontdesk.yaml.`,
  }),
  'whisper.linked': say<{ agent: string }>({
    zh: ({ agent }) => `已关联：您是 ${agent}。`,
    en: ({ agent }) => `Linked: you are ${agent}.`,
  }),
  'whisper.linked_already': say<{ agent: string }>({
    zh: ({ agent }) => `您已经关联为 ${agent}。`,
    en: ({ agent }) => `You are linked already: ${agent}.`,
  }),
  'whisper.link_wrong': {
    zh: '代码不正确、已使用或已过期。请在控制台重新获取。',
    en: 'That code is wrong, used or too old. Get a new one in the console.',
  },
  'whisper.link_taken': say<{ agent: string }>({
    zh: ({ agent }) => `${agent} 在这个工具里已关联了另一个人，请管理员处理。`,
    en: ({ agent }) => `${agent} is somebody else in this tool already: ask the admin.`,
  }),
  'whisper.unlinked': say<{ agent: string; desk: string; id: string }>({
    zh: ({ agent, desk, id }) => `已解除：${desk} 的账号 ${id} 不再是 ${agent}。要再次关联，请在控制台取得代码后发送 /link 代码。`,
    en: ({ agent, desk, id }) =>
      `Taken back: the account ${id} in ${desk} is not ${agent} any more. To link it again, get a code in the console and send /link <code>.`,
  }),
  'whisper.unlink_file': say<{ agent: string; desk: string; id: string }>({
    zh: ({ agent, desk, id }) =>
      `这个关联写在配置文件里，要在那里修改：frontdesk.yaml 中 agents 下的 ${agent}，identities: { ${desk}: "${id}" }。请管理员处理。`,
    en: ({ agent, desk, id }) =>
      `That link stands in the config file and is changed there: in frontdesk.yaml, under agents, ${agent}, identities: { ${desk}: "${id}" }. Ask the admin.`,
  }),
  'whisper.unlink_none': say<{ tool: string; known: string[] }>({
    zh: ({ tool, known }) =>
      `${tool ? `您在 ${tool} 里没有关联的账号。` : '请写上工具名：/unlink 工具名。'}${known.length > 0 ? `您的关联：${known.join('、')}` : '您没有任何关联的账号。'}`,
    en: ({ tool, known }) =>
      `${tool ? `You have no linked account in ${tool}.` : 'Say in which tool: /unlink <tool>.'} ${known.length > 0 ? `Your accounts: ${known.join(', ')}` : 'No account of yours is linked.'}`,
  }),
  'whisper.anonymous': {
    zh: '您以匿名管理员身份发言，无法知道是谁，所以只存为内部备注，没有发给客户。请在群组的管理员设置中关闭“保持匿名”后再回复。',
    en: 'You write as an anonymous administrator, so nobody knows who you are: kept as a note, not sent to the customer. Turn off “Remain anonymous” in your administrator rights, then answer.',
  },
  'whisper.thread_closed': {
    zh: '话题已关闭，但对话还没有结单，客户再次来信时会重新打开。要结单吗？',
    en: 'The thread is closed, but the conversation is not resolved: it opens again when the customer writes. Resolve it?',
  },
  'whisper.thread_opened': {
    zh: '话题已重新打开，但对话仍是已结单状态。要重新打开对话吗？',
    en: 'The thread is open again, but the conversation is still resolved. Open it again?',
  },
  'whisper.unknown_command': say<{ word: string; suggestions: readonly string[]; commands: readonly string[] }>({
    zh: ({ word, suggestions, commands }) =>
      `未知命令 ${word}，没有发给客户。${suggestions.length > 0 ? `${or(suggestions, '您是不是想用：', '、')}全部命令：/help` : `可用命令：${commands.join('、')}`}`,
    en: ({ word, suggestions, commands }) =>
      `Unknown command ${word}; nothing was sent to the customer. ${suggestions.length > 0 ? `${or(suggestions, 'Did you mean ', ' or ')}All commands: /help` : `Commands: ${commands.join(', ')}`}`,
  }),
  'whisper.usage': say<{ usage: string }>({ zh: ({ usage }) => `用法：${usage}`, en: ({ usage }) => `Usage: ${usage}` }),
  'whisper.held': say<{ text: string; agent?: string }>({
    zh: ({ text, agent }) => `还没有发给客户${agent ? `（对话由 ${agent} 负责）` : ''}：“${text}”。要怎么处理？`,
    en: ({ text, agent }) =>
      `Not sent to the customer yet${agent ? ` (the conversation is ${agent}'s)` : ''}: “${text}”. What should happen with it?`,
  }),
  'whisper.held_why': say<{ text: string; why: string }>({
    zh: ({ text, why }) => `还没有发给客户：“${text}”。${why}要怎么处理？`,
    en: ({ text, why }) => `Not sent to the customer yet: “${text}”. ${why} What should happen with it?`,
  }),
  'whisper.held_bot': say<{ text: string }>({
    zh: ({ text }) => `机器人正在回答这位客户，还没有发送：“${text}”。要接入吗？`,
    en: ({ text }) => `The bot is answering this customer, so this is not sent yet: “${text}”. Take over?`,
  }),
  'whisper.late': say<{ time: string }>({
    zh: ({ time }) => `这是 ${time} 写的，当时前台没有收到，现在发出可能已经不合时宜。`,
    en: ({ time }) => `You wrote this on ${time} and it reached Frontdesk only now, so it may be out of date.`,
  }),
  'whisper.late_command': say<{ line: string; time: string }>({
    zh: ({ line, time }) => `您在 ${time} 写的 ${line} 现在才收到，没有执行。还需要的话请再写一次。`,
    en: ({ line, time }) =>
      `What you wrote on ${time}, ${line}, reached Frontdesk only now and was not done. If you still want it, write it again.`,
  }),
  'whisper.held_gone': { zh: '这条消息已经处理过了。', en: 'That message has been dealt with already.' },
  'whisper.nothing_to_resolve': { zh: '没有可以结单的对话。', en: 'There is nothing to resolve here.' },
  'whisper.cannot_send': say<{ why: string }>({ zh: ({ why }) => `无法发送：${why}`, en: ({ why }) => `This cannot be sent: ${why}` }),
  'whisper.cannot_edit': say<{ why: string }>({
    zh: ({ why }) => `修改没有送达客户，客户看到的仍是原来的内容：${why}`,
    en: ({ why }) => `The change did not reach the customer, who still sees the first version: ${why}`,
  }),
  'whisper.cannot_recall': say<{ why: string }>({
    zh: ({ why }) => `这条消息无法从客户那里撤回：${why}`,
    en: ({ why }) => `This cannot be taken back from the customer: ${why}`,
  }),
  'whisper.recall_impossible': {
    zh: '这个渠道不能撤回已发送的消息，客户仍能看到它。',
    en: 'This channel takes nothing back: the customer still sees it.',
  },
  'button.send_correction': { zh: '发送更正', en: 'Send a correction' },
  'whisper.send_unknown': {
    zh: '发送结果不明：客户可能已经收到，也可能没有。',
    en: 'It is not known whether this reached the customer.',
  },
  'delivery.refused': { zh: '平台事后表示未能送达', en: 'the platform said later that it could not deliver it' },
  'whisper.resent': { zh: '正在重新发送。', en: 'Sending it again.' },
  'whisper.noted': { zh: '已存为备注，客户看不到。', en: 'Kept as a note; the customer does not see it.' },
  'whisper.cancelled': { zh: '已取消，没有发送。', en: 'Cancelled; nothing was sent.' },
  'whisper.open_elsewhere': say<{ status: string; agent?: string; url?: string }>({
    zh: ({ status, agent, url }) =>
      `这位客户已有另一个进行中的对话（${agent ? `${agent}，` : ''}${status}），请到那个对话里回复${url ? `：${url}` : '。'}`,
    en: ({ status, agent, url }) =>
      `This customer has another conversation open (${status}${agent ? `, ${agent}` : ''}): answer there${url ? `: ${url}` : '.'}`,
  }),
  'whisper.released': { zh: '已放回队列。', en: 'Given back to the queue.' },
  'whisper.transferred': say<{ to: string }>({ zh: ({ to }) => `已转给 ${to}。`, en: ({ to }) => `Transferred to ${to}.` }),
  'whisper.no_such_target': say<{ target: string; known: readonly string[] }>({
    zh: ({ target, known }) => `没有叫 ${target} 的技能或客服。可以转给：${known.join('、')}`,
    en: ({ target, known }) => `There is no skill or agent ${target}. You can transfer to: ${known.join(', ')}`,
  }),
  'whisper.presence': say<{ state: 'online' | 'away' | 'offline' }>({
    zh: ({ state }) => `您现在的状态：${presences[state].zh}。`,
    en: ({ state }) => `You are ${presences[state].en} now.`,
  }),
  'button.accept': { zh: '接受', en: 'Accept' },
  'button.decline': { zh: '拒绝', en: 'Decline' },
  'whisper.offer': say<{ agent: string; customer: string; seconds: number }>({
    zh: ({ agent, customer, seconds }) => `${agent}，要接 ${customer} 的对话吗？${seconds} 秒内有效。`,
    en: ({ agent, customer, seconds }) => `${agent}, will you take ${customer}'s conversation? The offer stands for ${seconds} seconds.`,
  }),
  'whisper.paused': say<{ missed: number }>({
    zh: ({ missed }) => `您连续错过了 ${missed} 次，已暂停给您分配对话。准备好后请发送 /online。`,
    en: ({ missed }) => `You missed ${missed} in a row, so nothing is given to you for now. Say /online when you are back.`,
  }),
  'whisper.declined': { zh: '好的，已转给其他人。', en: 'All right: somebody else is asked.' },
  'whisper.offer_gone': { zh: '这次邀请已经结束。', en: 'That offer is over.' },
  'log.moved_on': {
    zh: '对话已转到其他团队，这里不再显示后续内容',
    en: 'the conversation went to another team: what follows is not shown here',
  },
  'log.lapsed': say<{ agent: string }>({
    zh: ({ agent }) => `${agent} 接到后一直没有回复，已重新分配`,
    en: ({ agent }) => `${agent} was given it and never answered: it goes to somebody else`,
  }),
  'why.nothing': { zh: '还没有分配记录。', en: 'Nothing was decided here yet.' },
  'why.ago': say<{ ms: number }>({
    zh: ({ ms }) => (ms < 60_000 ? '刚才' : ms < 5_400_000 ? `${Math.round(ms / 60_000)} 分钟前` : `${Math.round(ms / 3_600_000)} 小时前`),
    en: ({ ms }) =>
      ms < 60_000 ? 'just now' : ms < 5_400_000 ? `${Math.round(ms / 60_000)} min ago` : `${Math.round(ms / 3_600_000)} h ago`,
  }),
  'why.assigned': say<{ agent: string; why: string }>({
    zh: ({ agent, why }) => `分配给 ${agent}：${why}`,
    en: ({ agent, why }) => `given to ${agent}: ${why}`,
  }),
  'why.offered': say<{ agents: readonly string[]; why: string }>({
    zh: ({ agents, why }) => `询问 ${agents.join('、')}：${why}`,
    en: ({ agents, why }) => `asked ${agents.join(', ')}: ${why}`,
  }),
  'why.waiting': say<{ why: string }>({ zh: ({ why }) => `等待：${why}`, en: ({ why }) => `waits: ${why}` }),
  'why.withdrawn': { zh: '被询问的客服已不在，邀请收回', en: 'who was asked is not here any more: the offer was taken back' },
  'why.claimed': say<{ agent: string }>({ zh: ({ agent }) => `${agent} 接入`, en: ({ agent }) => `${agent} took it` }),
  'why.declined': say<{ agent: string }>({ zh: ({ agent }) => `${agent} 拒绝`, en: ({ agent }) => `${agent} declined` }),
  'why.missed': say<{ agents: readonly string[] }>({
    zh: ({ agents }) => `${agents.join('、')} 没有回应`,
    en: ({ agents }) => `${agents.join(', ')} did not react`,
  }),
  'why.lapsed': say<{ agent: string }>({
    zh: ({ agent }) => `${agent} 接到后没有回复，收回`,
    en: ({ agent }) => `${agent} was given it and never answered`,
  }),
  'why.paused': say<{ agent: string }>({
    zh: ({ agent }) => `${agent} 连续错过，暂停分配`,
    en: ({ agent }) => `${agent} missed too often and is paused`,
  }),
  'why.choice': say<{ able: number; free: number; load: number }>({
    zh: ({ able, free, load }) => `${able} 位合适的客服中 ${free} 位有空，此人手上 ${load} 个`,
    en: ({ able, free, load }) => `${free} of ${able} who could had room, and had ${load} in hand`,
  }),
  'why.last': { zh: '上次也由此人接待', en: 'served the customer before' },
  'why.helps': { zh: '来帮忙', en: 'helps out' },
  'why.again': { zh: '之前没有回应过', en: 'had let it lie before' },
  'why.level': say<{ level: number }>({ zh: ({ level }) => `技能 ${level} 级`, en: ({ level }) => `level ${level}` }),
  'why.dropped': say<{ what: readonly string[] }>({
    zh: ({ what }) => `不再要求：${what.join('、')}`,
    en: ({ what }) => `no more looked for: ${what.join(', ')}`,
  }),
  'whisper.queue_empty': { zh: '队列是空的。', en: 'The queue is empty.' },
  'whisper.changed': { zh: '对话刚刚有变化，请再看一下后重试。', en: 'The conversation has just changed: look again, then repeat.' },
  'whisper.not_here': { zh: '请在客户的对话里使用这个命令。', en: "Use this command inside a customer's thread." },
  'whisper.astray': {
    zh: '这个话题没有关联到任何对话：工具建了它，但没有来得及登记，客户的对话在另一个话题里（或稍后会在另一个话题里打开）。您在这里写的内容没有发给客户，也没有保存，请在那个话题里重发；/queue 列出等待中的和您的对话。',
    en: 'This thread is not connected to a conversation: the tool made it, but that never came on record, and the conversation has another thread (or will get one soon). What you write here reaches no customer and is not kept: please write it there. /queue lists who waits and whom you have.',
  },
  'whisper.astray_near': say<{ places: readonly string[] }>({
    zh: ({ places }) => `很可能是${places.length > 1 ? '其中之一' : '这个对话'}：\n${places.join('\n')}`,
    en: ({ places }) => `Most likely it is ${places.length > 1 ? 'one of these' : 'this one'}:\n${places.join('\n')}`,
  }),
  'whisper.astray_list': say<{ list: string }>({
    zh: ({ list }) => `在控制台查看所有对话：${list}`,
    en: ({ list }) => `All conversations, in the console: ${list}`,
  }),
  'whisper.not_allowed': { zh: '您没有这个权限。', en: 'You are not allowed to do that.' },
  'whisper.edit_not_sent': {
    zh: '这个渠道不能修改已发送的消息，客户看到的仍是原来的内容。要发送更正吗？',
    en: 'This channel cannot change what was sent: the customer still sees the first version. Send a correction?',
  },
  'whisper.edit_not_yours': {
    zh: '客户已经看到的话，只能由写它的人修改。',
    en: 'What the customer has seen only its writer can change.',
  },
  'send.window_closed': {
    zh: '平台的回复时限已过，客户再次来信后才能回复',
    en: "the platform's reply window is over until the customer writes again",
  },
  'send.recipient_gone': { zh: '客户已取消关注、拉黑或离开', en: 'the customer has left or blocked us' },
  'send.unauthorized': { zh: '渠道的凭据失效，请联系管理员', en: "the channel's credentials are wrong: tell the admin" },
  'send.rejected': say<{ why: string }>({
    zh: ({ why }) => `平台拒绝了这条消息：${why}`,
    en: ({ why }) => `the platform refused it: ${why}`,
  }),
  'send.unsupported': { zh: '这个渠道不支持这种消息', en: 'this channel cannot carry that kind of message' },
  'send.failed': say<{ why: string }>({
    zh: ({ why }) => `多次尝试后仍失败：${why}`,
    en: ({ why }) => `it failed after several attempts: ${why}`,
  }),
  'send.expired': { zh: '等待太久，已放弃发送', en: 'it waited too long and was given up' },
  'log.claimed': say<{ agent: string }>({
    zh: ({ agent }) => `${agent} 接入了对话`,
    en: ({ agent }) => `${agent} claimed the conversation`,
  }),
  'log.assigned': say<{ agent: string }>({ zh: ({ agent }) => `已分配给 ${agent}`, en: ({ agent }) => `Assigned to ${agent}` }),
  'log.released': say<{ agent: string }>({
    zh: ({ agent }) => `${agent} 把对话放回了队列`,
    en: ({ agent }) => `${agent} gave the conversation back`,
  }),
  'log.resolved': say<{ agent?: string; why?: string }>({
    zh: ({ agent, why }) => (agent ? `${agent} 结单` : '已结单') + (why ? `：${why}` : ''),
    en: ({ agent, why }) => (agent ? `Resolved by ${agent}` : 'Resolved') + (why ? `: ${why}` : ''),
  }),
  ...forService,
  'log.reopened': { zh: '对话重新打开', en: 'Opened again' },
  'log.transferred': say<{ agent: string; to: string; why?: string }>({
    zh: ({ agent, to, why }) => `${agent} 转给 ${to}${why ? `：${why}` : ''}`,
    en: ({ agent, to, why }) => `${agent} transferred to ${to}${why ? `: ${why}` : ''}`,
  }),
  'log.unclaimed': { zh: '一直没有人接入，机器人继续接待', en: 'nobody took it for too long: the bot goes on' },
  'log.silent_bot': say<{ agent: string }>({
    zh: ({ agent }) => `${agent} 长时间没有回复客户，机器人继续接待`,
    en: ({ agent }) => `${agent} left the customer without an answer for too long: the bot goes on`,
  }),
  'log.silent_queue': say<{ agent: string }>({
    zh: ({ agent }) => `${agent} 长时间没有回复客户，已放回队列`,
    en: ({ agent }) => `${agent} left the customer without an answer for too long: back to the queue`,
  }),
  'log.to_bot': say<{ agent: string }>({ zh: ({ agent }) => `${agent} 交回机器人`, en: ({ agent }) => `${agent} gave it back to the bot` }),
  'log.lease_over': say<{ agent: string }>({
    zh: ({ agent }) => `${agent} 没有回应，已放回队列`,
    en: ({ agent }) => `${agent} did not answer; back in the queue`,
  }),
  'log.rated': say<{ score: number }>({ zh: ({ score }) => `客户评分：${score}/5`, en: ({ score }) => `Rated ${score}/5 by the customer` }),
  'log.edited': { zh: '✎ 已修改为：', en: '✎ changed to:' },
  'log.recalled': { zh: '⌫ 已撤回此前的一条消息', en: '⌫ took back an earlier message' },
  'admin.desk_down_subject': say<{ desk: string; why: string }>({
    zh: ({ desk }) => `坐席工具 ${desk} 无法使用`,
    en: ({ desk }) => `The desk ${desk} is down`,
  }),
  'admin.desk_down': say<{ desk: string; why: string }>({
    zh: ({ desk, why }) =>
      `坐席工具 ${desk} 连续几分钟无法使用：${why}\n\n它的对话已改在下一个坐席工具和控制台中显示，没有消息丢失；工具恢复后会自动补发。只会通知这一次。`,
    en: ({ desk, why }) =>
      `The desk ${desk} has failed for minutes: ${why}\n\nIts conversations are shown in the next desk and in the console. Nothing is lost: what the tool missed goes there when it works again. This is told once.`,
  }),
  'log.customer_left': { zh: '客户已离开', en: 'The customer left' },
  'status.bot': { zh: '机器人接待', en: 'with the bot' },
  'status.queued': { zh: '排队中', en: 'waiting' },
  'status.assigned': { zh: '处理中', en: 'in progress' },
  'status.snoozed': { zh: '已暂缓', en: 'snoozed' },
  'status.resolved': { zh: '已结单', en: 'resolved' },
  'author.customer': { zh: '客户', en: 'Customer' },
  'author.bot': { zh: '机器人', en: 'Bot' },
  'author.agent': { zh: '客服', en: 'Agent' },
  'author.system': { zh: '系统', en: 'System' },
  'author.note': { zh: '内部备注', en: 'Note' },
  'priority.low': { zh: '低', en: 'low' },
  'priority.normal': { zh: '普通', en: 'normal' },
  'priority.high': { zh: '高', en: 'high' },
  'priority.urgent': { zh: '紧急', en: 'urgent' },
  'presence.online': { zh: '在线', en: 'online' },
  'presence.away': { zh: '离开', en: 'away' },
  'presence.offline': { zh: '离线', en: 'offline' },
  'reason.asked': { zh: '客户要求人工', en: 'asked for a person' },
  'reason.misses': { zh: '机器人多次没有听懂', en: 'the bot did not understand several times' },
  'reason.unsure': { zh: '机器人没有把握', en: 'the bot was not sure what was meant' },
  'reason.repeated': { zh: '客户反复问同一个问题', en: 'asked the same question again and again' },
  'reason.anger': { zh: '客户情绪激动或投诉', en: 'the customer is angry' },
  'reason.topic': { zh: '该问题须由人工处理', en: 'this topic is for people' },
  'reason.words': { zh: '客户说了规则中的词', en: 'words that a rule names' },
  'reason.customer': { zh: '规则：这类客户由人工接待', en: 'a rule: such customers get a person' },
  'reason.failed': {
    zh: '流程中断（接口没有应答或流程已改动）',
    en: 'the flow could not go on (no answer from a webhook, or it was edited)',
  },
  'reason.flow': { zh: '流程转人工', en: 'a flow handed over' },
  'note.tried': say<{ questions: readonly string[] }>({
    zh: ({ questions }) => `客户问过：${questions.join('；')}`,
    en: ({ questions }) => `The customer asked: ${questions.join('; ')}`,
  }),
  'help.intro': {
    zh: '直接写字会发给客户（对话由您负责时）。命令：',
    en: 'Plain text goes to the customer (when the conversation is yours). Commands:',
  },
} as const

const presences: Record<'online' | 'away' | 'offline', Text> = {
  online: { zh: '在线', en: 'online' },
  away: { zh: '离开', en: 'away' },
  offline: { zh: '离线', en: 'offline' },
}

function or(words: readonly string[], before: string, between: string): string {
  const end = between === '、' ? '？' : '? '
  return words.length > 0 ? before + words.join(between) + end : ''
}
