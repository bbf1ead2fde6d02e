// What happens on the demo's day beyond the website and Telegram: on WeChat, in the Mini Program, at WeCom, by e-mail and in the shop's app.
import type { Locale } from '#core/message.ts'
import type { Guest, Step, Story } from './demo-stories.ts'

const wechat: Guest = { on: 'wechat', locale: 'zh' }
const mini = (name: string): Guest => ({ on: 'mini', locale: 'zh', name })
const kf = (name: string): Guest => ({ on: 'kf', locale: 'zh', name })
const app = (name: string, locale: Locale): Guest => ({ on: 'app', locale, name })
const says = (...lines: string[]): Step[] => lines.map((line) => ({ says: line }))
const comes: Step = { says: '/start' }
const done: Step = { resolves: true }

function mail(name: string, address: string, locale: Locale, subject: string): Guest {
  return { on: 'email', locale, name, address, subject }
}

export const answered: Story[] = [
  { guest: wechat, steps: [comes, { presses: '怎么退货' }, ...says('运费谁出')] },
  { guest: mail('Grace Lindqvist', 'grace@mail.example', 'en', 'Shipping'), steps: says('How long does shipping take?') },
  { guest: mini('林晓'), steps: [comes, ...says('优惠券怎么用', '积分有什么用')] },
  { guest: kf('阿杰'), steps: [comes, ...says('怎么开发票', '谢谢')] },
  {
    guest: app('Hannah Weiss', 'en'),
    steps: [comes, ...says('how do i return an item'), { presses: 'Track my order' }, ...says('SO20260091')],
  },
]

export const finished: Story[] = [
  {
    guest: kf('晚风'),
    steps: [
      comes,
      ...says('保修多久', '人工'),
      { claims: 'anna' },
      { replies: '您好，我是安娜。请问是哪款产品，出了什么问题？' },
      ...says('空气炸锅，加热管不热了，买了十个月'),
      { replies: '还在保修期内，我已为您登记上门取件，维修和运费都免费。' },
      ...says('效率真高'),
      done,
      { presses: '5' },
    ],
  },
  {
    guest: mini('顾念'),
    steps: [
      comes,
      ...says('怎么换货', '人工'),
      { photo: '' },
      { claims: 'ben' },
      { replies: '您好，照片收到了，给您换一个新的，旧的让快递员带走就行。' },
      ...says('谢谢，地址不变'),
      done,
    ],
  },
  {
    guest: mail('Peter Novák', 'peter@mail.example', 'en', 'Zip of my jacket'),
    steps: [
      ...says('The zip of my jacket broke after two weeks.\nCan you repair it?', 'I would like to talk to a person.'),
      { claims: 'ben' },
      { replies: 'Dear Peter,\n\nof course. I have sent you a prepaid label; the repair takes five days.\n\nBen' },
      ...says('Got it, thank you Ben!'),
      done,
    ],
  },
]

export const open: Story[] = [
  {
    guest: wechat,
    steps: [
      comes,
      ...says('保修多久', '收到的杯子有裂纹', '人工'),
      { photo: '' },
      { claims: 'demo' },
      { replies: '您好，看到照片了，非常抱歉！是收到时就这样吗？' },
      ...says('对，拆开就有一道裂纹，包装也压扁了'),
      { notes: '本周第三个，同一批次：提醒仓库换泡沫箱' },
      { replies: '今天就给您补发一个新的，坏的不用寄回。收货地址还是上次那个吗？' },
      ...says('是的，谢谢！新的能包厚一点吗？'),
    ],
  },
  {
    guest: mail('陈晨', 'chenchen@mail.example', 'zh', '企业采购报价'),
    steps: [
      ...says('你好，我们公司想采购 50 套餐具作为员工福利，可以开专票吗？', '请转人工'),
      { claims: 'anna' },
      { replies: '陈先生您好，可以开增值税专用发票，报价单今天下班前发到这个邮箱。' },
    ],
  },
  {
    guest: app('Daniel Kim', 'en'),
    steps: [
      comes,
      ...says('my gift card balance is wrong', 'agent'),
      { claims: 'ben' },
      { replies: 'Hi Daniel, I see two cards on your account. Which one do you mean?' },
      ...says('the one that ends in 4471'),
    ],
  },
  {
    guest: kf('小鹿'),
    steps: [comes, ...says('人工'), { claims: 'demo' }, { replies: '您好，请问有什么可以帮您？' }, ...says('想改送货时间，周六上午可以吗')],
  },
]

export const waiting: Story[] = [
  { guest: wechat, steps: [comes, ...says('人工', '快递放驿站了，能帮我改成送货上门吗')] },
  { guest: mini('苏苏'), steps: [comes, ...says('人工', '订单显示签收了，可我没收到')] },
  {
    guest: mail('Amelia Wright', 'amelia@mail.example', 'en', 'Invoice for order SO20260063'),
    steps: says('I would like to talk to a person.', 'Could you send me an invoice with our VAT number?'),
  },
  { guest: kf('老周'), steps: [comes, ...says('人工', '洗碗机能上门安装吗？家里没有预留水口')] },
  { guest: app('Marta Silva', 'en'), steps: [comes, ...says('agent', 'The app shows a delivery date in the past')] },
]
