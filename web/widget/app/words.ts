// Every word that the chat window itself says, in both languages.
import type { Locale } from '#core/message.ts'

const zh = {
  title: '在线客服',
  conversation: '对话',
  close: '关闭对话窗口',
  bot: '智能助手',
  agent: '客服',
  you: '我',
  statusBot: '智能助手在线，随时为您解答',
  statusQueued: '正在为您转接人工客服',
  statusLeft: '人工客服会在这里回复您',
  statusAssigned: (name: string) => `${name} 正在为您服务`,
  statusSnoozed: '我们会尽快回复您',
  statusResolved: '本次服务已结束，继续发消息可再次咨询',
  queueNext: '下一位就是您',
  queueAhead: (ahead: number) => `您前面还有 ${ahead} 位`,
  queueMinutes: (minutes: number) => (minutes < 1 ? '预计不到 1 分钟' : `预计 ${minutes} 分钟`),
  comma: '，',
  questions: '大家都在问',
  placeholder: '请输入您的问题…',
  message: '消息',
  send: '发送',
  attach: '添加图片或文件',
  drop: '松开即可添加文件',
  remove: (name: string) => `移除 ${name}`,
  left: (count: number) => (count >= 0 ? `还可输入 ${count} 字` : `超出 ${-count} 字`),
  pending: '等待发送',
  sending: '发送中…',
  sent: '已发送',
  failed: '发送失败',
  retry: '重试',
  discard: '删除',
  edited: '已编辑',
  recalled: '这条消息已撤回',
  typing: (name: string) => `${name} 正在输入…`,
  newMessages: (count: number) => `${count} 条新消息`,
  toBottom: '回到最新消息',
  connecting: '正在连接…',
  offline: '网络已断开，恢复后会自动发送',
  loading: '正在加载对话…',
  older: '更早的消息',
  olderLoading: '正在加载更早的消息…',
  olderFailed: '更早的消息加载失败。',
  olderCame: (count: number) => `已加载 ${count} 条更早的消息`,
  failedTitle: '暂时无法连接',
  failedText: '请检查网络后再试，您未发送的消息会保留。',
  tooLarge: (name: string, max: string) => `${name} 超过 ${max}，无法发送`,
  emptyFile: (name: string) => `${name} 是空文件，无法发送`,
  uploadFailed: '上传失败',
  uploading: (percent: number) => `上传中 ${percent}%`,
  image: '图片',
  imageGone: '图片无法显示',
  download: (name: string) => `下载 ${name}`,
  location: '位置',
  unsupported: '暂不支持显示此类消息',
  newTab: '（在新窗口打开）',
}

export type Words = typeof zh

const en: Words = {
  title: 'Live chat',
  conversation: 'Conversation',
  close: 'Close the chat',
  bot: 'Assistant',
  agent: 'Support',
  you: 'You',
  statusBot: 'Our assistant answers right away',
  statusQueued: 'Connecting you to a person',
  statusLeft: 'A person will answer you here',
  statusAssigned: (name) => `${name} is here for you`,
  statusSnoozed: 'We will get back to you soon',
  statusResolved: 'This chat is closed. Write to reopen it',
  queueNext: 'You are next',
  queueAhead: (ahead) => `${ahead} ahead of you`,
  queueMinutes: (minutes) => (minutes < 1 ? 'under a minute' : `about ${minutes} min`),
  comma: ', ',
  questions: 'People often ask',
  placeholder: 'Write your question…',
  message: 'Message',
  send: 'Send',
  attach: 'Add a picture or file',
  drop: 'Drop to add the file',
  remove: (name) => `Remove ${name}`,
  left: (count) => (count >= 0 ? `${count} characters left` : `${-count} characters too many`),
  pending: 'Waiting to send',
  sending: 'Sending…',
  sent: 'Sent',
  failed: 'Not sent',
  retry: 'Try again',
  discard: 'Delete',
  edited: 'edited',
  recalled: 'This message was withdrawn',
  typing: (name) => `${name} is typing…`,
  newMessages: (count) => (count === 1 ? '1 new message' : `${count} new messages`),
  toBottom: 'Back to the newest message',
  connecting: 'Connecting…',
  offline: 'You are offline. We send when you are back',
  loading: 'Loading the conversation…',
  older: 'Earlier messages',
  olderLoading: 'Loading earlier messages…',
  olderFailed: 'Earlier messages could not be loaded.',
  olderCame: (count) => (count === 1 ? '1 earlier message loaded' : `${count} earlier messages loaded`),
  failedTitle: 'We cannot connect right now',
  failedText: 'Please check your network and try again. What you wrote is kept.',
  tooLarge: (name, max) => `${name} is larger than ${max} and cannot be sent`,
  emptyFile: (name) => `${name} is empty and cannot be sent`,
  uploadFailed: 'Upload failed',
  uploading: (percent) => `Uploading ${percent}%`,
  image: 'Picture',
  imageGone: 'This picture cannot be shown',
  download: (name) => `Download ${name}`,
  location: 'Location',
  unsupported: 'This kind of message cannot be shown yet',
  newTab: '(opens in a new window)',
}

export const WORDS: Record<Locale, Words> = { zh, en }

/** The server says some things in both languages at once ('… / …'): the reader's half of them. */
export function halfOf(message: string, locale: Locale): string {
  const halves = message.split(' / ')
  const chinese = halves.find((half) => /\p{Script=Han}/u.test(half))
  if (halves.length !== 2 || !chinese) return message
  return locale === 'zh' ? chinese : (halves.find((half) => half !== chinese) ?? message)
}

/** The language for a BCP 47 tag: Chinese for every `zh…`, English otherwise; undefined when nothing is asked for. */
export function localeOf(tag: string | undefined): Locale | undefined {
  if (!tag) return undefined
  return /^zh\b/i.test(tag) ? 'zh' : 'en'
}
