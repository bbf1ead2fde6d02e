// What happens on the demo's day: who writes, where, and who answers what. Plain data; demo-play.ts performs it.
import type { Locale } from '#core/message.ts'
import * as far from './demo-stories-far.ts'

export type Who = 'anna' | 'ben' | 'demo'

interface Named {
  locale: Locale
  name: string
}

/** The website and WeChat tell nobody's name. */
export type Guest =
  | { on: 'web'; locale: Locale }
  | { on: 'wechat'; locale: Locale }
  | ({ on: 'telegram' } & Named)
  | ({ on: 'mini' } & Named)
  | ({ on: 'kf' } & Named)
  | ({ on: 'app' } & Named)
  | ({ on: 'email'; address: string; subject: string } & Named)

export type Step =
  | { says: string }
  | { presses: string }
  | { photo: string }
  | { blocks: true }
  | { claims: Who }
  | { replies: string }
  | { notes: string }
  | { transfers: string; why: string }
  | { resolves: true }
  | { releases: true }
  | { toBot: true }
  /** The last reply could not be delivered. */
  | { fails: true }

export interface Story {
  guest: Guest
  steps: Step[]
}

const web = (locale: Locale): Guest => ({ on: 'web', locale })
const tg = (name: string, locale: Locale): Guest => ({ on: 'telegram', locale, name })
const says = (...lines: string[]): Step[] => lines.map((line) => ({ says: line }))
const done: Step = { resolves: true }

/** Answered by the bot alone. */
const answered: Story[] = [
  { guest: tg('王芳', 'zh'), steps: says('/start', '多久发货', '运费多少') },
  { guest: web('zh'), steps: says('怎么退货', '退款多久到账') },
  { guest: web('en'), steps: says('how long does shipping take', 'do you offer free shipping') },
  { guest: tg('Emily Carter', 'en'), steps: says('/start', 'do you accept credit cards', 'do you have any discounts') },
  { guest: web('zh'), steps: says('你好', '你们几点上班', '谢谢') },
  { guest: tg('赵磊', 'zh'), steps: says('/start', '会员积分怎么用', '是正品吗') },
  { guest: tg('Lucas Meyer', 'en'), steps: says('is this authentic', 'thanks') },
]

/** Finished by a person. */
const finished: Story[] = [
  {
    guest: tg('李强', 'zh'),
    steps: [
      ...says('我要退货', '人工'),
      { claims: 'anna' },
      { replies: '您好，我是安娜。请问是哪一件商品要退？' },
      ...says('上周买的咖啡机，没拆封'),
      { replies: '好的，已为您开通退货，快递员明天上午上门取件，运费我们承担。' },
      ...says('太好了，谢谢'),
      done,
      { presses: '5' },
    ],
  },
  {
    guest: web('zh'),
    steps: [
      ...says('收到的东西是坏的', '人工'),
      { photo: '杯子碎了' },
      { claims: 'ben' },
      { notes: '同批次第三个破损，提醒仓库换泡沫箱' },
      { replies: '非常抱歉！看到照片了，今天就给您补发一个，坏的不用寄回。' },
      ...says('好，麻烦包装结实一点'),
      { replies: '一定，已经备注加固包装。单号发货后会短信通知您。' },
      done,
      { presses: '5' },
    ],
  },
  {
    guest: web('en'),
    steps: [
      ...says('where is my order', 'SO20260042'),
      { presses: 'Where it is' },
      { claims: 'ben' },
      { replies: 'Hi, this is Ben. Your parcel left Hangzhou this morning and should reach you on Thursday.' },
      ...says('great, thank you'),
      done,
      { presses: '4' },
    ],
  },
  {
    guest: tg('张伟', 'zh'),
    steps: [
      ...says('查订单', 'SO20260017'),
      { presses: '我要催单' },
      { claims: 'anna' },
      { replies: '查到了，快递卡在转运中心，我帮您联系快递公司。' },
      { notes: '已致电快递网点，答复今晚发出' },
      ...says('已经等了五天了'),
      { replies: '非常抱歉，网点答应今晚发出，明天还没动静我给您重发。' },
      done,
      { presses: '3' },
    ],
  },
  {
    guest: tg('James Miller', 'en'),
    steps: [
      ...says('my tablet stopped working after the update', 'agent'),
      { claims: 'anna' },
      { replies: 'Hello James, I am passing you to our technical colleague.' },
      { transfers: 'tech', why: 'will not boot since the update' },
      { claims: 'ben' },
      { replies: 'Hi James, please hold power and volume-up for 15 seconds. Does a menu appear?' },
      ...says('yes, it does!'),
      { replies: 'Choose “Restart”. It will take two minutes and keep your data.' },
      ...says('it works again, thanks a lot'),
      done,
      { presses: '5' },
    ],
  },
  {
    guest: tg('黄丽', 'zh'),
    steps: [
      ...says('嗯那个蓝色的呢', '就是上次直播里那个啊'),
      { claims: 'anna' },
      { replies: '您好，直播里那款蓝色围巾已经售罄，下周三补货。' },
      ...says('好吧'),
      done,
      { presses: '2' },
    ],
  },
  {
    guest: web('en'),
    steps: [
      ...says('i ordered by mistake', 'agent'),
      { claims: 'ben' },
      { replies: 'No problem: it has not shipped yet, so I cancelled it. The money is back in 1 to 5 working days.' },
      done,
    ],
  },
]

/** With an agent when the day ends. */
const open: Story[] = [
  {
    guest: web('zh'),
    steps: [
      ...says('发票抬头写错了', '人工'),
      { claims: 'ben' },
      { replies: '可以重开。请发一下正确的抬头和税号。' },
      ...says('示例科技有限公司，91330000MA00000000'),
      { replies: '收到，重开需要财务审核，大约半小时，开好马上告诉您。' },
    ],
  },
  {
    guest: tg('陈静', 'zh'),
    steps: [
      ...says('换大一码', '人工'),
      { claims: 'anna' },
      { replies: '可以换的，请问现在是什么码，想换多大？' },
      ...says('现在 M，想换 L，有黑色吗？'),
    ],
  },
  {
    guest: tg('Sofia Rossi', 'en'),
    steps: [
      ...says('my discount code does not work', 'agent'),
      { claims: 'ben' },
      { replies: 'Hi Sofia, which code did you enter?' },
      { blocks: true },
      { replies: 'I found it: the code is for orders from ¥199. Shall I send you another one?' },
      { fails: true },
    ],
  },
  {
    guest: web('en'),
    steps: [
      ...says('agent'),
      { claims: 'ben' },
      { replies: 'Hi! The bot can look up orders by itself; I am passing you back.' },
      { toBot: true },
      ...says('track my order'),
    ],
  },
  {
    guest: web('zh'),
    steps: [
      ...says('公司想订 200 个保温杯', '人工'),
      { claims: 'demo' },
      { replies: '您好，200 个可以享批发价，请问需要印公司标志吗？' },
      ...says('要印，两种颜色'),
    ],
  },
  { guest: tg('刘洋', 'zh'), steps: [...says('优惠券用不了', '人工'), { claims: 'demo' }, ...says('提示不满足条件，可我买了 300 多')] },
]

/** Waiting when the day ends. */
const waiting: Story[] = [
  { guest: web('zh'), steps: says('人工', '快递三天没动了，能帮我催一下吗') },
  { guest: tg('Oliver Brown', 'en'), steps: says('i received the wrong item', 'agent', 'I ordered a lamp and got a kettle') },
  { guest: tg('周敏', 'zh'), steps: says('人工', '过保了还能修吗') },
  { guest: web('en'), steps: says('talk to a person', 'can i change the delivery address?') },
  {
    guest: tg('孙悦', 'zh'),
    steps: [...says('保修多久', '人工'), { claims: 'anna' }, { replies: '您好，我先帮您查一下，稍后由同事继续跟进。' }, { releases: true }],
  },
  { guest: web('zh'), steps: [...says('质量问题怎么办', '人工'), { photo: '杯子裂了' }] },
]

/** Stirred, so that at every moment of the day something of each kind is going on. */
export const day: Story[] = stir([
  [...far.waiting, ...waiting],
  [...far.finished, ...finished],
  [...far.open, ...open],
  [...far.answered, ...answered],
])

/** For the time after the day: people who come now and then. The last kind stays in the queue. */
export const later: Story[] = [
  ...finished.slice(0, 2),
  ...far.finished,
  ...answered.slice(0, 2),
  ...far.answered,
  ...waiting.slice(0, 2),
  ...far.waiting.slice(0, 2),
]
export const isWaiting = (story: Story): boolean => waiting.includes(story) || far.waiting.includes(story)

export const newNames: Record<Locale, string[]> = {
  zh: ['吴昊', '郑雪', '冯涛', '何琳', '许诺', '曹阳', '邓洁', '彭飞', '董倩', '蒋欣'],
  en: ['Mia Novak', 'Noah Fischer', 'Ava Lindberg', 'Leo Martin', 'Nora Quinn', 'Owen Clarke', 'Ruth Adler', 'Hugo Silva'],
}

function stir(kinds: Story[][]): Story[] {
  const longest = Math.max(...kinds.map((kind) => kind.length))
  return Array.from({ length: longest }, (_, n) => kinds.flatMap((kind) => kind[n] ?? [])).flat()
}
