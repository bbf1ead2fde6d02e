// What was said in the twelve conversations.
import type { Text } from '#core/message.ts'
import type { ChatPart } from '#http/chat/protocol.ts'
import type { ConsoleMessage, Priority, Status } from '#http/console/protocol.ts'
import type { CHANNELS, DevConversation } from './data.ts'
import { minutesAgo, owes } from './seed-times.ts'

export type Line = [
  author: ConsoleMessage['author'],
  name: string,
  minutes: number,
  words: string | ChatPart[],
  extra?: Partial<ConsoleMessage>,
]

export interface Seed {
  id: string
  status: Status
  who: string
  on: keyof typeof CHANNELS
  skill?: string
  priority?: Priority
  agent?: { id: string; name: string }
  waiting?: number
  unanswered?: boolean
  locale?: string
  lines: Line[]
  more?: Partial<DevConversation>
}

const LIN = { id: 'agt_lin', name: '林晓' }
const WANG = { id: 'agt_wang', name: '王芳' }
const AMELIA = { id: 'agt_amelia', name: 'Amelia Clarke' }
export const BOT = '小舟'

function picture(caption?: string): ChatPart {
  return {
    type: 'media',
    kind: 'image',
    media: { id: 'att_mug', name: 'IMG_2041.jpg', mime: 'image/jpeg', bytes: 284_113, url: '/console/api/files/att_mug' },
    caption,
  }
}

const ASKED: Text = { zh: '客户要求人工', en: 'The customer asked for a person' }
const MISSED: Text = { zh: '机器人连续两次没有答上来', en: 'The bot did not find an answer twice' }

function handoff(reason: Text, note: Text, minutes: number): Partial<DevConversation> {
  return { handoffText: { reason, note, at: minutesAgo(minutes) } }
}

function mug(): Seed {
  return {
    id: 'mug',
    status: 'queued',
    who: '周明',
    on: 'wechat',
    skill: '售后',
    priority: 'urgent',
    waiting: 17,
    unanswered: true,
    lines: [
      ['customer', '周明', 24, '你好，昨天收到的杯子有裂痕，可以换吗？'],
      [
        'bot',
        BOT,
        24,
        [
          {
            type: 'text',
            format: 'markdown',
            text: '很抱歉让您遇到这种情况。**七天内**的破损可以换货：\n\n1. 拍一张清楚的照片\n2. 告诉我们订单号\n\n详见[换货说明](https://paperboat.example/returns)。',
          },
          {
            type: 'buttons',
            text: '这样能解决您的问题吗？',
            buttons: [
              { id: 'y', label: '能解决' },
              { id: 'n', label: '转人工' },
            ],
          },
        ],
      ],
      ['customer', '周明', 23, [picture('杯口到底部裂了一整条')]],
      ['customer', '周明', 22, '订单号 PB-20261187'],
      ['bot', BOT, 22, '我没有完全理解，能换个说法吗？', { delivery: { state: 'read' } }],
      ['customer', '周明', 18, '转人工吧，今晚就要送人的'],
      ['system', '', 17, '正在为您转接人工客服，您前面还有 2 位，预计等待 3 分钟。'],
    ],
    more: {
      ...owes('firstReply', -2),
      ...handoff(
        MISSED,
        {
          zh: '答过：换货说明（命中 0.71）\n没答上：「订单号 PB-20261187」\n已收集：照片、订单号',
          en: 'Answered: how to exchange (0.71)\nMissed: “订单号 PB-20261187”\nCollected: a photo, the order number',
        },
        17,
      ),
      threads: [{ desk: 'Telegram · 售后组', state: 'open' }],
    },
  }
}

function login(): Seed {
  return {
    id: 'login',
    status: 'queued',
    who: 'Daniel Okafor',
    on: 'telegram',
    skill: '技术',
    waiting: 7,
    unanswered: true,
    locale: 'en-GB',
    lines: [
      ['customer', 'Daniel Okafor', 9, 'Hi! I can’t sign in since the update. It says “token expired” every time.'],
      ['bot', 'Paperboat', 9, 'Sorry about that. Please sign out, then in again: https://paperboat.example/help/sign-in'],
      ['customer', 'Daniel Okafor', 8, 'Tried it twice, same thing. Can somebody have a look?'],
      ['system', '', 7, 'You are number 2 in the queue. Expected wait: 4 minutes.'],
    ],
    more: {
      ...owes('firstReply', 4),
      ...handoff(ASKED, { zh: '已建议重新登录，客户说无效', en: 'Suggested to sign in again; did not help' }, 7),
    },
  }
}

function invoice(): Seed {
  return {
    id: 'invoice',
    status: 'queued',
    who: '上海云栖贸易有限公司',
    on: 'mail',
    skill: '售后',
    priority: 'high',
    waiting: 3,
    unanswered: true,
    lines: [
      [
        'customer',
        '上海云栖贸易有限公司',
        4,
        [
          { type: 'text', text: '您好，附件发票的抬头有误，请重新开具，抬头应为「上海云栖贸易有限公司」，税号见附件。' },
          {
            type: 'media',
            kind: 'file',
            media: {
              id: 'att_pdf',
              name: '发票-2026-1187.pdf',
              mime: 'application/pdf',
              bytes: 183_220,
              url: '/console/api/files/att_pdf',
            },
          },
        ],
      ],
    ],
    more: { ...owes('firstReply', 57), ...handoff({ zh: '邮件不经机器人', en: 'Mail goes to people' }, { zh: '', en: '' }, 3) },
  }
}

function stock(): Seed {
  return {
    id: 'stock',
    status: 'queued',
    who: '阿May',
    on: 'weibo',
    skill: '售前',
    waiting: 0.5,
    unanswered: true,
    lines: [
      ['customer', '阿May', 1, '青釉那款什么时候补货呀'],
      ['system', '', 0.5, '正在为您转接人工客服。'],
    ],
    more: handoff(ASKED, { zh: '', en: '' }, 0.5),
  }
}

function address(): Seed {
  return {
    id: 'address',
    status: 'assigned',
    who: '李婉婷',
    on: 'web',
    skill: '售后',
    agent: LIN,
    unanswered: true,
    lines: [
      ['customer', '李婉婷', 60 * 26, '请问发货了吗？'],
      ['bot', BOT, 60 * 26, '您的订单 PB-20261163 已于昨天发出，预计明天送达。', { delivery: { state: 'read' } }],
      ['customer', '李婉婷', 41, '地址写错了，能改吗？'],
      ['system', '', 40, '小林 接入了会话'],
      ['agent', '林晓', 38, '您好，我是小林。可以改，请把新地址发给我。', { delivery: { state: 'read' }, editedAt: minutesAgo(37) }],
      ['customer', '李婉婷', 35, [{ type: 'location', lat: 31.22345, lng: 121.44567, title: '静安区愚园路 168 号' }]],
      ['note', '王芳', 34, '顺丰已揽收，改地址要打 95338，单号 SF1499201。', { via: 'Telegram' }],
      [
        'agent',
        '王芳',
        33,
        '改地址要加 12 元，让她先确认一下？',
        {
          via: 'Telegram',
          delivery: { state: 'held' },
          question: [
            { id: 'send_as_me', label: '以我的名义发送' },
            { id: 'take_over', label: '接手并发送' },
            { id: 'keep_note', label: '保留为备注' },
          ],
        },
      ],
      [
        'agent',
        '林晓',
        30,
        '新地址：静安区愚园路 168 号，对吗？改址需补 12 元运费。',
        { delivery: { state: 'failed', reason: '网络中断，平台没有收到' } },
      ],
      ['agent', '林晓', 29, '新地址是静安区愚园路 168 号，对吗？', { delivery: { state: 'sent', possiblyTwice: true } }],
      ['customer', '李婉婷', 4, '对的，谢谢！运费怎么付？'],
    ],
    more: {
      ...owes('nextReply', 2),
      ...handoff(ASKED, { zh: '已查到订单 PB-20261163，已发货', en: 'Found order PB-20261163, already shipped' }, 41),
      threads: [
        { desk: 'Telegram · 售后组', state: 'open' },
        { desk: '飞书 · 客服群', state: 'lost' },
      ],
    },
  }
}

function api(): Seed {
  return {
    id: 'api',
    status: 'assigned',
    who: 'Priya Raman',
    on: 'web',
    skill: '技术',
    agent: LIN,
    locale: 'en-IN',
    lines: [
      ['customer', 'Priya Raman', 95, 'Do your webhooks retry when our endpoint answers 500?'],
      [
        'agent',
        '林晓',
        80,
        'Yes: up to 12 times over two days, with the same id, so you can drop repeats.',
        { delivery: { state: 'read' }, via: 'Slack' },
      ],
      ['customer', 'Priya Raman', 78, 'Perfect, exactly what I hoped for.'],
      ['agent', '林晓', 77, 'Glad to hear it. I’ll keep this open until your test went through.', { delivery: { state: 'delivered' } }],
    ],
  }
}

function gift(): Seed {
  return {
    id: 'gift',
    status: 'assigned',
    who: '吴倩',
    on: 'wecom',
    skill: '售前',
    agent: WANG,
    unanswered: true,
    lines: [
      ['customer', '吴倩', 15, '想订 80 份端午礼盒，可以印 logo 吗？'],
      ['agent', '王芳', 12, '可以的，50 份起印。请问什么时候要？', { via: 'Telegram' }],
      ['customer', '吴倩', 6, '6 月 10 号之前'],
    ],
    more: owes('nextReply', -7),
  }
}

function refund(): Seed {
  return {
    id: 'refund',
    status: 'assigned',
    who: 'Sofia Lindqvist',
    on: 'mail',
    skill: 'English',
    agent: AMELIA,
    locale: 'sv-SE',
    lines: [
      ['customer', 'Sofia Lindqvist', 200, 'The refund for order PB-20260981 has not arrived yet.'],
      [
        'agent',
        'Amelia Clarke',
        180,
        'It left us on Monday; banks take up to five working days.',
        { delivery: { state: 'unknown' }, via: 'Slack' },
      ],
    ],
    more: owes('resolution', 60 * 3),
  }
}

function hours(): Seed {
  return {
    id: 'hours',
    status: 'bot',
    who: '匿名访客',
    on: 'web',
    lines: [
      ['customer', '匿名访客', 2, '你们周末营业吗？'],
      [
        'bot',
        BOT,
        2,
        [
          {
            type: 'buttons',
            text: '营业的，周六、周日 10:00 – 18:00。还想了解什么？',
            buttons: [
              { id: 'a', label: '门店地址' },
              { id: 'b', label: '停车' },
              { id: 'c', label: '转人工' },
            ],
          },
        ],
      ],
    ],
  }
}

function track(): Seed {
  return {
    id: 'track',
    status: 'bot',
    who: 'Marek',
    on: 'telegram',
    locale: 'pl',
    lines: [
      ['customer', 'Marek', 11, 'where is my parcel'],
      ['bot', 'Paperboat', 11, 'Please tell me the order number. It starts with PB.'],
      ['customer', 'Marek', 10, [{ type: 'unsupported', what: 'sticker' }]],
    ],
  }
}

function thanks(): Seed {
  return {
    id: 'thanks',
    status: 'resolved',
    who: '何家豪',
    on: 'wechat',
    skill: '售后',
    agent: LIN,
    lines: [
      ['customer', '何家豪', 60 * 30, '换的货收到了，没有问题'],
      ['agent', '林晓', 60 * 30 - 2, '太好了，欢迎再来！', { delivery: { state: 'delivered' } }],
      ['system', '', 60 * 30 - 3, '会话已结束，感谢您的评价。'],
    ],
    more: { csat: { score: 5, comment: '回复很快，态度好' } },
  }
}

function late(): Seed {
  return {
    id: 'late',
    status: 'resolved',
    who: 'Tom Becker',
    on: 'mail',
    agent: AMELIA,
    locale: 'de-DE',
    lines: [
      ['customer', 'Tom Becker', 60 * 50, 'My parcel is two days late.'],
      [
        'agent',
        'Amelia Clarke',
        60 * 49,
        'It is out for delivery today.',
        { delivery: { state: 'expired', reason: 'The mailbox was full for two days' } },
      ],
    ],
    more: { csat: { score: 3 } },
  }
}

export function queueSeeds(): Seed[] {
  return [mug(), login(), invoice(), stock()]
}

export function openSeeds(): Seed[] {
  return [address(), api(), gift(), refund()]
}

export function otherSeeds(): Seed[] {
  return [hours(), track(), thanks(), late()]
}
