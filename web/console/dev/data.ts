// A plausible morning in a shop: twelve conversations over several channels, in Chinese and English.
import type { Locale, Text } from '#core/message.ts'
import type { ChatPart } from '#http/chat/protocol.ts'
import type { ConsoleMessage, ConversationDetail, TeamMember } from '#http/console/protocol.ts'
import type { SystemState } from '#http/console/protocol-state.ts'

import { minutesAgo, setSeedTime } from './seed-times.ts'
import { BOT, type Line, openSeeds, otherSeeds, queueSeeds, type Seed } from './seeds.ts'

export interface DevConversation extends Omit<ConversationDetail, 'can' | 'handoff' | 'place'> {
  handoffText?: { reason: Text; note: Text; at: string }
}

export interface DevUser extends TeamMember {
  password?: string
  locale: Locale
}

export const CHANNELS = {
  web: { id: 'shop', type: 'web', title: '官网' },
  telegram: { id: 'tg', type: 'telegram', title: 'Telegram @paperboat_bot' },
  wechat: { id: 'wx', type: 'wechat', title: '微信公众号' },
  wecom: { id: 'kf', type: 'wecom', title: '企业微信客服' },
  mail: { id: 'mail', type: 'mail', title: 'support@paperboat.example' },
  weibo: { id: 'wb', type: 'weibo', title: '微博私信' },
}

export const PASSWORD = 'paper boat 42'

export function makeUsers(): DevUser[] {
  const user = (id: string, name: string, publicName: string, rest: Partial<DevUser>): DevUser => ({
    id,
    name,
    publicName,
    email: `${id.slice(4)}@example.com`,
    role: 'agent',
    skills: [],
    capacity: 5,
    presence: 'online',
    load: 0,
    configured: true,
    canSignIn: true,
    password: PASSWORD,
    locale: 'zh',
    ...rest,
  })
  return [
    user('agt_lin', '林晓', '小林', {
      role: 'admin',
      skills: ['售后', '技术'],
      configured: false,
      accounts: [{ desk: 'feishu', title: '飞书', user: 'ou_7d8a6e6df7621556ce0d21922b676706ccs', how: 'email' }],
    }),
    user('agt_wang', '王芳', '小王', {
      role: 'agent',
      skills: ['售后', '售前'],
      accounts: [
        { desk: 'feishu', title: '飞书', user: 'ou_84aad35d084aa403a838cf73ee18467', how: 'file' },
        { desk: 'slack', title: 'Slack', user: 'U0G9QF9C6', how: 'code' },
        { desk: 'group', title: 'Telegram', user: '5012345678', how: 'code' },
      ],
    }),
    user('agt_amelia', 'Amelia Clarke', 'Amelia', {
      role: 'supervisor',
      skills: ['English', '技术'],
      presence: 'away',
      locale: 'en',
      capacity: 2,
    }),
    user('agt_zhao', '赵一鸣', '小赵', { skills: ['技术'], presence: 'offline', canSignIn: false, password: undefined }),
    user('agt_chen', '陈思', '小陈', { skills: ['售前'], presence: 'offline', capacity: 3 }),
  ]
}

const FILES: Record<string, { name: string; mime: string; body: string }> = {
  att_mug: { name: 'IMG_2041.jpg', mime: 'image/svg+xml', body: mug() },
  att_pdf: { name: '发票-2026-1187.pdf', mime: 'application/pdf', body: '%PDF-1.4\n% dev' },
}

export function makeFiles(): Map<string, { name: string; mime: string; body: Uint8Array<ArrayBuffer> }> {
  return new Map(Object.entries(FILES).map(([id, file]) => [id, { ...file, body: new TextEncoder().encode(file.body) }]))
}

function mug(): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 440"><defs><linearGradient id="a" x2="0" y2="1"><stop stop-color="#e9e2d8"/><stop offset="1" stop-color="#c9bcab"/></linearGradient></defs><rect width="640" height="440" fill="url(#a)"/><ellipse cx="310" cy="368" rx="170" ry="22" fill="#00000022"/><path d="M200 130h220l-16 226q-4 18-24 18H240q-20 0-24-18Z" fill="#2f6f73"/><path d="M418 168q78-6 74 62-4 64-86 62" fill="none" stroke="#2f6f73" stroke-width="26"/><ellipse cx="310" cy="130" rx="110" ry="22" fill="#204e52"/><path d="m300 150 14 46-22 30 26 44-18 38 12 40" fill="none" stroke="#f5efe6" stroke-width="5"/></svg>`
}

let serial = 0

function say([author, name, minutes, words, extra]: Line, index: number): ConsoleMessage {
  const parts: ChatPart[] = typeof words === 'string' ? [{ type: 'text', text: words }] : words
  const delivery: ConsoleMessage['delivery'] = author === 'agent' || author === 'bot' ? { state: 'delivered' } : undefined
  return {
    id: `msg_${String(++serial).padStart(4, '0')}`,
    seq: index + 1,
    author,
    name,
    parts,
    at: minutesAgo(minutes),
    delivery,
    ...extra,
  }
}

export function makeConversations(now: number): DevConversation[] {
  setSeedTime(now)
  serial = 0
  return [...queueSeeds(), ...openSeeds(), ...otherSeeds()].map(build)
}

function build(seed: Seed): DevConversation {
  const messages = seed.lines.map(say)
  const last = messages.at(-1)
  const opened = messages[0]?.at ?? minutesAgo(60)
  const trail: DevConversation['trail'] = [{ at: opened, what: 'opened', who: seed.who }]
  if (seed.status !== 'bot') trail.push({ at: minutesAgo((seed.waiting ?? 20) + 0.1), what: 'handed_over', who: BOT })
  if (seed.agent) trail.push({ at: minutesAgo((seed.waiting ?? 20) - 2), what: 'claimed', who: seed.agent.name })
  return {
    decisions: [],
    id: `cnv_${seed.id}`,
    status: seed.status,
    version: 1,
    customer: { id: `cus_${seed.id}`, name: seed.who },
    channel: CHANNELS[seed.on],
    skill: seed.skill,
    priority: seed.priority ?? 'normal',
    agent: seed.agent,
    preview: '',
    previewBy: last?.author ?? 'customer',
    lastMessageAt: last?.at ?? opened,
    waitingSince: seed.waiting === undefined ? undefined : minutesAgo(seed.waiting),
    unanswered: seed.unanswered ?? false,
    messages,
    older: false,
    newer: false,
    profile: {
      name: seed.who,
      locale: seed.locale ?? 'zh-CN',
      firstSeenAt: minutesAgo(60 * 24 * 43),
      lastSeenAt: last?.at ?? opened,
      identities: [{ channel: CHANNELS[seed.on].type, value: `${seed.on}:${seed.id}8842` }],
      conversations: 3,
    },
    trail,
    threads: [],
    ...seed.more,
  }
}

const RESTING = { until: new Date(Date.now() + 40_000).toISOString(), reason: 'Too Many Requests: retry after 40' }

const FEEDS = (advice: string): SystemState['feeds'] => [
  { calendar: 'office', feed: 'holidays.ics', readAt: new Date(Date.now() - 3_600_000).toISOString() },
  {
    calendar: 'office',
    feed: 'calendar.example.com',
    readAt: new Date(Date.now() - 30 * 3_600_000).toISOString(),
    trouble: {
      since: new Date(Date.now() - 5 * 3_600_000).toISOString(),
      error: 'HTTP 404',
      advice,
      nextAt: new Date(Date.now() + 6 * 60_000).toISOString(),
    },
  },
]

export const SYSTEM: Record<Locale, SystemState> = {
  zh: {
    channels: [
      { id: 'shop', type: 'web', title: '官网', state: 'connected' },
      { id: 'tg', type: 'telegram', title: 'Telegram', state: 'connected', account: '@paperboat_bot', resting: RESTING },
      {
        id: 'wx',
        type: 'wechat',
        title: '微信公众号',
        state: 'bad_credentials',
        detail: '平台拒绝了 AppSecret（40125）。',
        account: '纸船杂货',
      },
      {
        id: 'mail',
        type: 'mail',
        title: '邮箱',
        state: 'transient',
        detail: 'imap.example.com:993 连接超时，30 秒后重试。',
        account: 'support@paperboat.example',
      },
    ],
    desks: [
      { id: 'console', type: 'console', title: '控制台', state: 'connected' },
      { id: 'tgdesk', type: 'telegram', title: 'Telegram · 售后组', state: 'misconfigured', detail: '机器人不是群管理员，不能新建话题。' },
    ],
    feeds: FEEDS('地址不存在或已被收回：取新的 iCal 地址，写入 hours 中这份日历的 feeds'),
    problems: [{ place: 'frontdesk.yaml:14:7', message: 'channels.2.apiRoot：应为网址，现在是 "localhost"' }],
    restart: false,
    deliveries: { pending: 3, failed: 1, unknown: 1, held: 2, expired: 1, dead: 1 },
    database: 'embedded',
  },
  en: {
    channels: [
      { id: 'shop', type: 'web', title: 'Website', state: 'connected' },
      { id: 'tg', type: 'telegram', title: 'Telegram', state: 'connected', account: '@paperboat_bot', resting: RESTING },
      {
        id: 'wx',
        type: 'wechat',
        title: 'WeChat',
        state: 'bad_credentials',
        detail: 'The platform refused the AppSecret (40125).',
        account: '纸船杂货',
      },
      {
        id: 'mail',
        type: 'mail',
        title: 'Mail',
        state: 'transient',
        detail: 'imap.example.com:993 timed out; next attempt in 30 seconds.',
        account: 'support@paperboat.example',
      },
    ],
    desks: [
      { id: 'console', type: 'console', title: 'Console', state: 'connected' },
      {
        id: 'tgdesk',
        type: 'telegram',
        title: 'Telegram · after-sales',
        state: 'misconfigured',
        detail: 'The bot is not an admin of the group and cannot open topics.',
      },
    ],
    feeds: FEEDS('The address is wrong or was withdrawn: get a new iCal address and write it under feeds of this calendar in hours'),
    problems: [{ place: 'frontdesk.yaml:14:7', message: 'channels.2.apiRoot: expected a URL, got "localhost"' }],
    restart: false,
    deliveries: { pending: 3, failed: 1, unknown: 1, held: 2, expired: 1, dead: 1 },
    database: 'embedded',
  },
}
