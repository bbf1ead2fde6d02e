// What needs a person in the office of the dev server: one of each kind, and what the buttons do to it.
import type { Locale } from '#core/message.ts'
import type { MessageFate } from '#http/console/protocol.ts'
import type { TroubleItem, TroublePage, TroubleRequest, TroubleState } from '#http/console/protocol-state.ts'
import { CHANNELS, type DevConversation } from './data.ts'

export interface DevTrouble {
  items: TroubleItem[]
  page(filter: { state?: string; target?: string }): TroublePage
  settle(request: TroubleRequest, again: (item: TroubleItem) => void): number
}

const STATES: readonly TroubleState[] = ['failed', 'unknown', 'held', 'expired', 'dead']

type Ago = (minutes: number) => string
const to = (channel: keyof typeof CHANNELS) => ({ ...CHANNELS[channel], side: 'channel' as const })
const desk = { id: 'tgdesk', side: 'desk' as const, type: 'telegram', title: 'Telegram · 售后组' }

function fresh(ago: Ago): TroubleItem[] {
  return [
    {
      id: 'dlv_1',
      state: 'held',
      target: to('telegram'),
      customer: { id: 'cus_track', name: 'Marek' },
      conversation: 'cnv_track',
      by: 'bot',
      words:
        'We are open every day from 9:00 to 21:00, also on public holidays. You can pick up your order at any of our shops in that time.',
      what: 'send',
      reason: 'the connection broke while Telegram was answering',
      attempts: 1,
      at: ago(4),
      since: ago(4),
    },
    {
      id: 'dlv_2',
      state: 'unknown',
      target: to('wechat'),
      customer: { id: 'cus_address', name: '李婉婷' },
      conversation: 'cnv_address',
      by: 'agent',
      words: '收货地址已经改好了，今天下午发出，物流单号稍后发给您。',
      what: 'send',
      reason: '网络超时，平台没有回应',
      attempts: 2,
      possiblyTwice: true,
      at: ago(19),
      since: ago(18),
    },
    {
      id: 'dlv_3',
      state: 'failed',
      target: to('telegram'),
      customer: { id: 'cus_login', name: 'Daniel Okafor' },
      conversation: 'cnv_login',
      by: 'agent',
      words: 'Could you try once more? We have reset the lock on your account.',
      what: 'send',
      reason: 'Forbidden: bot was blocked by the user',
      attempts: 1,
      at: ago(52),
      since: ago(52),
    },
  ]
}

function older(ago: Ago): TroubleItem[] {
  return [
    {
      id: 'dlv_4',
      state: 'failed',
      target: desk,
      customer: { id: 'cus_mug', name: '周明' },
      conversation: 'cnv_mug',
      by: 'system',
      words: '',
      what: 'open',
      reason: '机器人不是群管理员，不能新建话题。',
      attempts: 3,
      at: ago(63),
      since: ago(60),
    },
    {
      id: 'evt_5',
      state: 'dead',
      target: to('weibo'),
      by: 'customer',
      words: '请问周末可以到店自提吗？',
      what: 'message',
      reason: 'TypeError: cannot read the reply of an unknown kind (card_v3)',
      attempts: 5,
      at: ago(60 * 9),
    },
    {
      id: 'dlv_6',
      state: 'expired',
      target: to('mail'),
      customer: { id: 'cus_late', name: 'Tom Becker' },
      conversation: 'cnv_late',
      by: 'agent',
      words: 'It is out for delivery today.',
      what: 'send',
      reason: 'The mailbox was full for two days',
      attempts: 41,
      at: ago(60 * 49),
      since: ago(60 * 25),
    },
  ]
}

export function makeTrouble(now: number): DevTrouble {
  const ago: Ago = (minutes) => new Date(now - minutes * 60_000).toISOString()
  const items = [...fresh(ago), ...older(ago)]
  return {
    items,
    page({ state, target }) {
      const shown = items.filter((item) => (!state || item.state === state) && (!target || item.target.id === target))
      const counts = Object.fromEntries(
        STATES.map((one) => [one, items.filter((item) => item.state === one).length]),
      ) as TroublePage['counts']
      const targets = [...new Map(items.map((item) => [item.target.id, item.target])).values()].map((one) => ({
        ...one,
        count: items.filter((item) => item.target.id === one.id).length,
      }))
      return { items: shown, counts, targets }
    },
    settle({ action, ids }, again) {
      const chosen = items.filter((item) => ids.includes(item.id))
      for (const item of chosen) {
        items.splice(items.indexOf(item), 1)
        if (action === 'again') again(item)
      }
      return chosen.length
    },
  }
}

/** A story for each state that a message can be in. */
export function fateOf(conversation: DevConversation, id: string, locale: Locale): MessageFate {
  const message = conversation.messages.find((one) => one.id === id)
  const delivery = message?.delivery
  if (!message || !delivery) return { deliveries: [] }
  const at = (seconds: number) => new Date(Date.parse(message.at) + seconds * 1000).toISOString()
  const { state } = delivery
  const tried = ['sent', 'delivered', 'read', 'dropped'].includes(state)
  const error = locale === 'zh' ? '平台返回 HTTP 502' : 'the platform answered HTTP 502'
  const first = { number: 1, startedAt: at(0.4), endedAt: at(0.9), outcome: 'retry' as const, error }
  const last = {
    number: 2,
    startedAt: at(2.1),
    endedAt: at(2.4),
    outcome: tried ? ('sent' as const) : state,
    ...(delivery.reason && { error: delivery.reason }),
  }
  return {
    deliveries: [
      {
        id: `dlv_${id}`,
        ...delivery,
        createdAt: at(0),
        attempts: state === 'pending' ? [] : [first, last],
        ...((state === 'delivered' || state === 'read') && { deliveredAt: at(3) }),
        ...(state === 'read' && { readAt: at(65) }),
        ...(state === 'retry' && { nextAt: at(30) }),
      },
    ],
  }
}
