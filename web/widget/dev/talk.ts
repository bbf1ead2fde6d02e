// The scripted other side of the development server: answers, a queue that moves, and an agent.
import type { ChatConversation, ChatMessage, ChatPart, SendRequest } from '#http/chat/protocol.ts'

export interface Visitor {
  id: string
  locale: 'zh' | 'en'
  messages: ChatMessage[]
  conversation: ChatConversation | undefined
  /** What was taken under which id: the same id with other words is refused. */
  taken: Map<string, string>
}

/** What the script needs of the server. `step` is the pause between two moves. */
export interface Stage {
  step: number
  /** Whether the queue stands still, because no agent is free. */
  nobody(): boolean
  say(visitor: Visitor, author: ChatMessage['author'], parts: ChatPart[], name?: string): void
  become(visitor: Visitor, conversation: ChatConversation): void
  typing(visitor: Visitor, name?: string): void
}

export const BRAND = { zh: '示例商城', en: 'Example Shop' }
const BOT = { zh: '小示', en: 'Exa' }
const AGENT = { zh: '小林', en: 'Lin' }

export const GREETING: Record<'zh' | 'en', ChatPart[]> = {
  zh: [{ type: 'text', text: '您好，欢迎来到示例商城。有什么可以帮您？' }],
  en: [{ type: 'text', text: 'Hello and welcome to Example Shop. How can we help?' }],
}
export const QUESTIONS = {
  zh: ['下单后多久发货？', '怎么申请退货退款？', '支持哪些付款方式？', '怎么开发票？'],
  en: ['When will my order ship?', 'How do I return something?', 'Which payments do you take?', 'Can I get an invoice?'],
}

const PICTURE_PART: ChatPart = {
  type: 'media',
  kind: 'image',
  media: { id: 'att_picture', name: 'lamp.svg', mime: 'image/svg+xml', bytes: 900, url: '/chat/v1/files/att_picture?s=1' },
}
const INVOICE_PART: ChatPart = {
  type: 'media',
  kind: 'file',
  media: { id: 'att_pdf', name: 'invoice-2026-1122.pdf', mime: 'application/pdf', bytes: 182_044, url: '/chat/v1/files/att_pdf?s=1' },
}

const ANSWERS = {
  zh: {
    ship: '**现货商品 24 小时内发货**，一般 2–4 天送达。\n\n1. 发货后会收到短信和快递单号\n2. 在[我的订单](https://shop.example/orders)里可以随时查看物流\n3. 预售商品以页面标注的时间为准',
    back: '自签收起 **7 天内** 可无理由退货：\n\n- 商品完好、配件齐全\n- 在订单页点「申请售后」\n- 我们收到后 1–3 个工作日退款\n\n有疑问可写信至 help@shop.example。',
    sorry: '抱歉，这个问题我还不太确定。您可以换个说法，或者找人工客服。',
    what: '您想先了解哪一项？',
    menu: ['退货流程', '运费说明'],
    people: '转人工',
    store: '上海体验店',
    help: '帮助中心',
    queued: '已为您转接人工客服，请稍候。',
    joined: (name: string) => `${name} 已加入对话`,
    agent: ['您好，我是小林。您之前的问题我已经看到了，马上帮您查。', '请问您的订单号是多少？'],
    rate: '本次服务已结束，请为我们打分:',
  },
  en: {
    ship: '**Items in stock ship within 24 hours** and usually arrive in 2–4 days.\n\n1. You get a text message with the tracking number\n2. Follow it any time in [my orders](https://shop.example/orders)\n3. For pre-orders, the date on the product page counts',
    back: 'You can return anything within **7 days**:\n\n- unused, with all its parts\n- press “Return” on your order\n- the refund follows 1–3 working days after it is back\n\nQuestions? help@shop.example',
    sorry: 'Sorry, I am not sure about that one. You could put it in other words, or talk to a person.',
    what: 'What would you like to know first?',
    menu: ['How to return', 'Shipping cost'],
    people: 'Talk to a person',
    store: 'Shanghai store',
    help: 'Help centre',
    queued: 'We are connecting you to a person, just a moment.',
    joined: (name: string) => `${name} joined the chat`,
    agent: ['Hello, this is Lin. I have read what you asked and am looking into it.', 'Could you tell me your order number?'],
    rate: 'This chat is over. How did we do?',
  },
}

export function answer(stage: Stage, visitor: Visitor, request: SendRequest): void {
  const text = request.text ?? request.press?.label ?? ''
  const status = visitor.conversation?.status
  if (status === 'assigned') answerAsAgent(stage, visitor, text)
  else if (status !== 'queued' && /人工|person|human/i.test(text)) handOff(stage, visitor)
  else if (status !== 'queued') later(stage, visitor, () => stage.say(visitor, 'bot', botParts(visitor.locale, text), BOT[visitor.locale]))
}

function botParts(locale: 'zh' | 'en', text: string): ChatPart[] {
  const words = ANSWERS[locale]
  const buttons = (labels: string[]) => labels.map((label) => ({ id: `press:${label}`, label }))
  if (/发货|ship/i.test(text)) return [{ type: 'text', text: words.ship, format: 'markdown' }]
  if (/退货|return/i.test(text)) return [{ type: 'text', text: words.back, format: 'markdown' }]
  if (/图片|picture/i.test(text)) return [PICTURE_PART, { type: 'location', lat: 31.2304, lng: 121.4737, title: words.store }]
  if (/发票|invoice/i.test(text)) return [INVOICE_PART]
  const link = { id: 'open', label: words.help, url: 'https://shop.example/help' }
  if (/付款|pay/i.test(text)) return [{ type: 'buttons', text: words.what, buttons: [...buttons(words.menu), link] }]
  return [{ type: 'buttons', text: words.sorry, buttons: buttons([words.people, ...words.menu]) }]
}

function answerAsAgent(stage: Stage, visitor: Visitor, text: string): void {
  const words = ANSWERS[visitor.locale]
  if (!/谢谢|thank|bye|再见/i.test(text)) {
    later(
      stage,
      visitor,
      () => stage.say(visitor, 'agent', [{ type: 'text', text: words.agent[1] as string }], AGENT[visitor.locale]),
      AGENT[visitor.locale],
    )
    return
  }
  later(stage, visitor, () => {
    stage.become(visitor, { status: 'resolved' })
    const labels = ['1', '2', '3', '4', '5']
    stage.say(visitor, 'system', [{ type: 'buttons', text: words.rate, buttons: labels.map((label) => ({ id: `csat:${label}`, label })) }])
  })
}

function handOff(stage: Stage, visitor: Visitor): void {
  const words = ANSWERS[visitor.locale]
  const name = AGENT[visitor.locale]
  const waiting = [
    () => {
      stage.become(visitor, { status: 'queued', queue: { place: 3, minutes: 3 } })
      stage.say(visitor, 'system', [{ type: 'text', text: words.queued }])
    },
    () => stage.become(visitor, { status: 'queued', queue: { place: 1, minutes: 1 } }),
  ]
  const served = [
    () => {
      stage.become(visitor, { status: 'assigned', agent: name })
      stage.say(visitor, 'system', [{ type: 'text', text: words.joined(name) }])
      stage.typing(visitor, name)
    },
    () => stage.say(visitor, 'agent', [{ type: 'text', text: words.agent[0] as string }], name),
  ]
  const play = ([move, ...rest]: (() => void)[], steps: number): void => {
    if (!move) return
    setTimeout(() => {
      if (stage.nobody() && !waiting.includes(move)) return play([move, ...rest], 1)
      move()
      play(rest, 3)
    }, stage.step * steps)
  }
  play([...waiting, ...served], 1)
}

function later(stage: Stage, visitor: Visitor, say: () => void, name?: string): void {
  stage.typing(visitor, name)
  setTimeout(say, stage.step)
}

export const PICTURE =
  '<svg xmlns="http://www.w3.org/2000/svg" width="560" height="380"><rect width="560" height="380" fill="#f4e9dc"/><path d="M200 90h160l40 130H160z" fill="#d98f5c"/><rect x="272" y="220" width="16" height="90" fill="#6b4a35"/><rect x="220" y="310" width="120" height="14" rx="7" fill="#6b4a35"/></svg>'
