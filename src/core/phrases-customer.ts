// What the house itself says to customers.
import { say } from './words.ts'

interface Place {
  /** 1 = next. */
  place: number
  /** Expected wait; absent when nothing is known to estimate from. */
  minutes?: number
  /** At least so long, where it is a span. */
  least?: number
}

export const forCustomers = {
  'queue.place': say<Place>({
    zh: ({ place, ...wait }) => (place <= 1 ? '当前排队：您是下一位' : `当前排队：您前面还有 ${place - 1} 位`) + zhWait(wait),
    en: ({ place, ...wait }) =>
      place <= 1 ? `You are next in the queue${enWait(wait)}` : `${people(place - 1)} ahead of you in the queue${enWait(wait)}`,
  }),
  /** Where nobody is there who could come soon. */
  'queue.place_kept': say<{ place: number }>({
    zh: ({ place }) => `当前排队：第 ${place} 位，为您保留。`,
    en: ({ place }) => `Your place in the queue is number ${place}; it is kept for you.`,
  }),
  'queue.moved': say<Place>({
    zh: ({ place, ...wait }) => (place <= 1 ? '排队有进展：下一位就是您' : `排队有进展：您前面还有 ${place - 1} 位`) + zhWait(wait),
    en: ({ place, ...wait }) =>
      place <= 1
        ? `The queue moved: you are next${enWait(wait)}`
        : `The queue moved: ${lower(people(place - 1))} ahead of you${enWait(wait)}`,
  }),
  'queue.size': say<Place>({
    zh: ({ place, minutes }) => `当前排队人数：${place}${minutes === undefined ? '' : `，预计等待${minutes}分钟`}。`,
    en: ({ place, minutes }) => `Your place in the queue: ${place}${minutes === undefined ? '' : `, expected wait ${minutes} min`}.`,
  }),
  'queue.wait': { zh: '谢谢您的耐心等待，客服正在赶来。', en: 'Thank you for your patience: somebody will be with you soon.' },
  'queue.start': { zh: '正在为您转接人工客服，请稍候。', en: 'We are connecting you to a person, one moment please.' },
  /** Where nobody sits and waits for it. */
  'queue.received': {
    zh: '您的来信已收到，客服会在此回复您，您不必守候。',
    en: 'We have your message, and a person will answer it here. There is no need to wait for it.',
  },
  'queue.nobody': {
    zh: '客服现在都不在线。您可以先留言，我们上线后第一时间回复。',
    en: 'Nobody is online right now. Leave your message here and we will answer as soon as we are back.',
  },
  'surge.bot': {
    zh: '现在咨询的人较多，由我先为您解答。需要人工时请说“人工”，我会告诉您排在第几位。',
    en: 'Many people are writing right now, so I will help first. Say “agent” for a person, and I will tell you your place in the queue.',
  },
  'surge.missed': {
    zh: '抱歉，我还没听懂。您可以换个说法再问一次，或者说“人工”排队等候客服。',
    en: 'Sorry, I have not understood yet. Please put it in other words, or say “agent” to queue for a person.',
  },
  'queue.left': { zh: '已为您退出排队，我继续为您服务。', en: 'You have left the queue; I will go on helping you.' },
  'queue.leave_message': {
    zh: '好的，请留言。客服看到后会在这里回复您。',
    en: 'Of course, leave your message. We will answer you here.',
  },
  'wait.do_stay': { zh: '继续等待', en: 'Keep waiting' },
  'wait.do_message': { zh: '留言，稍后回复', en: 'Leave a message' },
  'wait.do_callback': { zh: '给我回电', en: 'Call me back' },
  'wait.do_elsewhere': { zh: '用邮件回复我', en: 'Answer by e-mail' },
  'wait.do_leave': { zh: '退出排队', en: 'Leave the queue' },
  'wait.kept': { zh: '好的，为您保留位置。', en: 'All right, your place is kept.' },
  'wait.ask_phone': {
    zh: '请告诉我您的电话号码（不想留了请说“取消”）。',
    en: 'Please tell me your phone number (or say “cancel”).',
  },
  'wait.ask_email': { zh: '请告诉我您的邮箱地址（不想留了请说“取消”）。', en: 'Please tell me your e-mail address (or say “cancel”).' },
  'wait.bad_phone': {
    zh: '这不像电话号码，请再试一次，例如 13800138000；或者说“取消”。',
    en: 'That does not look like a phone number. Please try again, like +44 20 7946 0000, or say “cancel”.',
  },
  'wait.bad_email': {
    zh: '这不像邮箱地址，请再试一次，例如 name@example.com；或者说“取消”。',
    en: 'That does not look like an e-mail address. Please try again, like name@example.com, or say “cancel”.',
  },
  'wait.will_call': say<{ contact: string; opens?: string }>({
    zh: ({ contact, opens }) => `已记下，客服${opens ? `${opens} 上线后` : '有空时'}会拨打 ${contact}。`,
    en: ({ contact, opens }) => `Noted: we will call ${contact} ${opens ? `when we open ${opens}` : 'as soon as somebody is free'}.`,
  }),
  'wait.will_mail': say<{ contact: string; opens?: string }>({
    zh: ({ contact, opens }) => `已记下，客服${opens ? `${opens} 上线后` : '有空时'}会回复到 ${contact}。`,
    en: ({ contact, opens }) => `Noted: we will write to ${contact} ${opens ? `when we open ${opens}` : 'as soon as somebody is free'}.`,
  }),
  'queue.stay': { zh: '继续等待', en: 'Keep waiting' },
  'queue.back_to_bot': { zh: '先和机器人聊', en: 'Back to the bot' },
  'agent.joined': say<{ agent: string }>({ zh: ({ agent }) => `${agent} 为您服务。`, en: ({ agent }) => `${agent} is here to help you.` }),
  'agent.transferred': say<{ agent?: string; skill?: string }>({
    zh: ({ agent, skill }) => `正在为您转接${agent ?? skill ?? '同事'}，之前的对话会一并转交，您不用重复说明。`,
    en: ({ agent, skill }) =>
      `We are passing you on to ${agent ?? skill ?? 'a colleague'}, with the whole conversation: no need to repeat anything.`,
  }),
  'agent.correction': say<{ text: string }>({ zh: ({ text }) => `更正：${text}`, en: ({ text }) => `Correction: ${text}` }),
  'agent.lost': {
    zh: '抱歉，刚才的客服暂时离开了，我们正在为您重新安排。',
    en: 'Sorry, your agent had to leave. We are finding somebody else for you.',
  },
  'agent.to_bot': {
    zh: '接下来由我继续为您服务，需要人工时请说“人工”。',
    en: 'I will go on from here. Say “agent” whenever you want a person.',
  },
  'bot.takes_over': {
    zh: '抱歉，客服现在都很忙，我先陪您看看。需要时请再说“人工”。',
    en: 'Sorry, everybody is busy right now, so I will help for the moment. Say “agent” to try again.',
  },
  'hours.closed': say<{ opens?: string }>({
    zh: ({ opens }) => `现在是非工作时间${opens ? `，人工客服将于${opens} 上线` : ''}。您可以先留言，我们上班后第一时间回复。`,
    en: ({ opens }) =>
      `We are closed right now${opens ? ` and open again ${opens}` : ''}. Leave a message and we will answer as soon as we are back.`,
  }),
  'conversation.resolved': {
    zh: '本次服务已结束，有需要随时找我们。',
    en: 'This conversation is closed. Write again whenever you need us.',
  },
  'conversation.idle': { zh: '请问还有其他可以帮您的吗？', en: 'Is there anything else we can help you with?' },
  'conversation.idle_done': { zh: '没有了，谢谢', en: 'No, thank you' },
  'conversation.reconnected': { zh: '已重新连接。', en: 'You are connected again.' },
  'conversation.reopened': { zh: '已为您重新打开对话。', en: 'Your conversation is open again.' },
  'rating.ask': { zh: '请为本次服务打分：', en: 'How was our service?' },
  'rating.1': { zh: '1 很不满意', en: '1 Very poor' },
  'rating.2': { zh: '2 不满意', en: '2 Poor' },
  'rating.3': { zh: '3 一般', en: '3 Fair' },
  'rating.4': { zh: '4 满意', en: '4 Good' },
  'rating.5': { zh: '5 非常满意', en: '5 Very good' },
  'rating.thanks': { zh: '谢谢您的评价！', en: 'Thank you for your rating!' },
  'rating.low_why': {
    zh: '谢谢您的评价，抱歉没能让您满意。哪里做得不好？可以直接写在这里，我们会认真改进。',
    en: 'Thank you for telling us, and sorry. What went wrong? Write it here and we will do better.',
  },
  'rating.comment_thanks': { zh: '收到，谢谢您告诉我们。', en: 'Thank you, we have noted that.' },
  'rating.low': {
    zh: '谢谢您的评价，抱歉没能让您满意，我们会认真改进。',
    en: 'Thank you for telling us. We are sorry, and will do better.',
  },
  'bot.fallback': {
    zh: '抱歉，我没有理解。您可以换个说法，或者说“人工”。',
    en: 'Sorry, I did not understand. Try other words, or say “agent”.',
  },
  'bot.suggest': { zh: '您是想问：', en: 'Did you mean:' },
  'bot.read_article': { zh: '📄 查看全文', en: '📄 Read all of it' },
  'bot.thumb_up': { zh: '👍 有帮助', en: '👍 Helpful' },
  'bot.thumb_down': { zh: '👎 没帮助', en: '👎 Not helpful' },
  'bot.thumb_thanks': { zh: '谢谢您的反馈！', en: 'Thank you for telling us!' },
  'bot.thumb_sorry': {
    zh: '抱歉没帮上忙，已记下来改进。您可以换个说法再问，或者找人工客服。',
    en: 'Sorry, we noted it to do better. Please ask in other words, or talk to a person.',
  },
  'bot.sources': say<{ titles: readonly string[] }>({
    zh: ({ titles }) => `（依据：${titles.join('、')}）`,
    en: ({ titles }) => `(From: ${titles.join(', ')})`,
  }),
  'bot.hello': { zh: '您好！请问有什么可以帮您？', en: 'Hello! How can we help?' },
  'bot.welcome': { zh: '不客气，还有其他可以帮您的吗？', en: 'You are welcome. Anything else?' },
  'bot.bye': { zh: '再见，祝您生活愉快！', en: 'Goodbye, and have a nice day!' },
  'bot.words_please': {
    zh: '收到了，不过我暂时看不懂图片、语音和文件。请用文字说说您的问题，或者选择人工客服。',
    en: 'Thank you, I got it, but I cannot read pictures, voice notes or files. Please tell me in words, or choose a person.',
  },
  'bot.words_please_only': {
    zh: '我看不懂这条消息，请用文字说说您的问题，或者选择人工客服。',
    en: 'I cannot read this. Please tell me in words, or choose a person.',
  },
  'bot.person': { zh: '人工客服', en: 'Talk to a person' },
  'bot.flow_left': { zh: '好的，我们先说这个。', en: 'Of course, this first.' },
  'bot.flow_cancelled': { zh: '好的，已取消。还有其他可以帮您的吗？', en: 'All right, cancelled. Anything else?' },
  'bot.flow_ended': { zh: '好的，还有其他可以帮您的吗？', en: 'All right. Anything else?' },
  'bot.resume': say<{ flow: string }>({ zh: ({ flow }) => `继续：${flow}`, en: ({ flow }) => `Continue: ${flow}` }),
  'bot.looking': { zh: '正在为您查询，请稍候。', en: 'I am still looking that up, one moment please.' },
  'bot.repeated': {
    zh: '看来这个回答没有解决您的问题，我请人工客服来帮您。',
    en: 'It seems this answer does not help you, so I am asking a person to help.',
  },
  'bot.sorry': {
    zh: '非常抱歉给您带来不好的体验，我马上请人工客服来处理。',
    en: 'I am sorry about this. I am getting a person for you right away.',
  },
  'bot.promised': say<{ opens?: string }>({
    zh: ({ opens }) => `现在是非工作时间，我已记下，人工客服${opens ? `${opens} 上线后` : '上线后'}会联系您。在这之前我可以继续为您解答。`,
    en: ({ opens }) =>
      `We are closed right now. I have noted it, and a person will answer you here ${opens ? `when we open ${opens}` : 'when we open'}. Until then you can go on asking me.`,
  }),
  'bot.retry': { zh: '抱歉，这个格式不对，请再试一次。', en: 'Sorry, that does not look right. Please try again.' },
  'bot.choose': { zh: '请从下面选择一项：', en: 'Please choose one of these:' },
  'button.expired': { zh: '这个按钮已经失效，请直接告诉我您的问题。', en: 'This button no longer works. Please tell me your question.' },
  'message.unsupported': say<{ what: string }>({
    zh: ({ what }) => `[暂不支持的消息：${what}]`,
    en: ({ what }) => `[message not supported: ${what}]`,
  }),
  'message.possibly_twice': { zh: '（这条消息可能重复）', en: '(this message may be a repeat)' },
  'message.recalled': { zh: '[消息已撤回]', en: '[message recalled]' },
  'file.image': { zh: '[图片]', en: '[picture]' },
  'file.audio': { zh: '[语音]', en: '[voice note]' },
  'file.video': { zh: '[视频]', en: '[video]' },
  'file.file': { zh: '[文件]', en: '[file]' },
  'file.location': { zh: '[位置]', en: '[location]' },
  'file.named': say<{ name: string }>({ zh: ({ name }) => `[文件：${name}]`, en: ({ name }) => `[file: ${name}]` }),
  'file.link': say<{ name: string; url: string }>({ zh: ({ name, url }) => `${name}：${url}`, en: ({ name, url }) => `${name}: ${url}` }),
  'file.gone': { zh: '[文件已过期]', en: '[file no longer available]' },
  'file.late': say<{ name: string; why: string }>({
    zh: ({ name, why }) => `[文件：${name}] 暂时取不到（${why}），取到后会发到这里。`,
    en: ({ name, why }) => `[file: ${name}] It cannot be fetched yet (${why}), and follows here once it can.`,
  }),
  'file.lost': say<{ name: string; why: string }>({
    zh: ({ name, why }) => `[文件：${name}] 取不到：${why}`,
    en: ({ name, why }) => `[file: ${name}] It could not be fetched: ${why}`,
  }),
  'file.too_large': say<{ max: string }>({
    zh: ({ max }) => `文件太大，最多 ${max}。`,
    en: ({ max }) => `This file is too large; at most ${max}.`,
  }),
} as const

function zhWait({ minutes, least }: Omit<Place, 'place'>): string {
  if (minutes === undefined) return '，请稍候。'
  const most = Math.max(1, Math.ceil(minutes))
  return least === undefined ? `，预计等待约 ${most} 分钟。` : `，预计等待 ${least}–${most} 分钟。`
}

function enWait({ minutes, least }: Omit<Place, 'place'>): string {
  if (minutes === undefined) return '.'
  const whole = Math.max(1, Math.ceil(minutes))
  if (least !== undefined) return `; expected wait ${least} to ${whole} minutes.`
  return `; expected wait about ${whole} ${whole === 1 ? 'minute' : 'minutes'}.`
}

function people(count: number): string {
  return count === 1 ? 'One person is' : `${count} people are`
}

function lower(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}
