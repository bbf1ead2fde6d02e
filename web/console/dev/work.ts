// The dev office's library and follow-ups.
import { randomUUID } from 'node:crypto'
import type { ActionRequest, ArticleItem, FollowupItem, MacroItem } from '#http/console/protocol.ts'
import type { LessonPage } from '#http/console/protocol-learning.ts'
import type { DevConversation, DevUser } from './data.ts'

const MACROS: MacroItem[] = [
  {
    key: 'hi',
    aliases: ['你好'],
    category: '问候',
    title: '打招呼',
    text: '您好，我是林晓雨，很高兴为您服务。',
    missing: [],
    uses: { mine: 41, all: 96 },
  },
  {
    key: 'wait',
    aliases: ['稍等'],
    category: '问候',
    title: '请稍等',
    text: '请稍等，我马上为您查一下。',
    missing: [],
    uses: { mine: 17, all: 52 },
  },
  {
    key: 'refund',
    aliases: ['退款'],
    category: '售后',
    title: '退款已提交',
    text: '订单 {{order}} 的退款已提交，3 个工作日内原路退回。',
    missing: ['order'],
    uses: { mine: 8, all: 23 },
  },
  {
    key: 'photo',
    aliases: ['拍照'],
    category: '售后',
    title: '请发照片',
    text: '方便的话，请发一张能看清问题的照片。',
    missing: [],
    uses: { mine: 3, all: 12 },
  },
]
const ARTICLES: ArticleItem[] = [
  {
    id: 'returns',
    title: '退货流程',
    text: '签收七天内可以无理由退货。\n\n1. 在订单页点“退货”。\n2. 按页面上的地址寄回。\n3. 我们收到后三个工作日内退款，运费由我们承担。',
    locale: 'zh',
    tags: ['售后'],
    missing: [],
  },
  { id: 'warranty', title: 'Warranty', text: 'Two years from the day of purchase.', locale: 'en', tags: [], missing: [] },
]

export interface DevWork {
  macros: MacroItem[]
  find(words: string): ArticleItem[]
  followups: (FollowupItem & { agent: string })[]
  lessons: LessonPage
  /** Does the action, when it is one of these. */
  act(one: DevConversation, request: ActionRequest, me: DevUser): boolean
}

export function makeWork(now: number): DevWork {
  const followups: DevWork['followups'] = [
    {
      id: 'fup_1',
      agent: 'agt_lin',
      number: 1,
      conversation: 'cnv_mug',
      customer: '李婉婷',
      text: '确认补发的杯子已签收',
      priority: 'high',
      dueAt: new Date(now - 3_600_000).toISOString(),
    },
    {
      id: 'fup_2',
      agent: 'agt_lin',
      number: 2,
      conversation: 'cnv_address',
      customer: '周子墨',
      text: '回电确认新地址',
      priority: 'normal',
      dueAt: new Date(now + 30 * 3_600_000).toISOString(),
    },
  ]
  return {
    macros: MACROS,
    find: (words) =>
      ARTICLES.filter((one) => words !== '' && `${one.title}${one.text}${one.tags.join('')}`.toLowerCase().includes(words.toLowerCase())),
    followups,
    lessons: lessons(),
    act(one, request, me) {
      switch (request.type) {
        case 'tag':
          one.tags = [...new Set([...(one.tags ?? []), ...(request.add ?? [])])].filter((tag) => !request.remove?.includes(tag))
          return true
        case 'priority':
          one.priority = request.priority
          return true
        case 'followup':
          followups.push({
            id: `fup_${randomUUID()}`,
            agent: me.id,
            number: followups.length + 1,
            conversation: one.id,
            customer: one.customer.name,
            text: request.text,
            priority: request.priority ?? 'normal',
            dueAt: request.at,
          })
          return true
        case 'snooze':
          one.status = 'snoozed'
          one.snoozedUntil = request.until
          one.version += 1
          return true
        default:
          return false
      }
    },
  }
}

/** What a shop's bot may be asked in vain. */
function lessons(): LessonPage {
  return {
    items: [
      {
        key: 'qst_installments',
        texts: ['你们支持花呗分期吗', '可以用花呗分期付款吗', '能不能分期', '分几期免息', '分期要手续费吗'],
        count: 14,
        unhelpful: 0,
        draft: '支持花呗 3、6、12 期，免手续费。',
      },
      {
        key: 'qst_parcel',
        texts: ['我的包裹去哪儿了', 'where is my parcel'],
        count: 6,
        entry: { id: 'faq:logistics', title: '查物流', said: 'customers' },
        unhelpful: 2,
      },
      { key: 'qst_store', texts: ['你们有线下门店吗'], count: 1, entry: { id: 'faq:pickup', title: '自提', said: 'guess' }, unhelpful: 0 },
    ],
    entries: [
      { id: 'faq:shipping', title: '多久发货' },
      { id: 'faq:logistics', title: '查物流' },
      { id: 'faq:pickup', title: '自提' },
    ],
    calibration: {
      tenths: [
        { tenth: 5, up: 9, down: 5 },
        { tenth: 7, up: 31, down: 6 },
        { tenth: 9, up: 58, down: 2 },
      ],
      advice: 0.7,
    },
    writable: true,
  }
}
