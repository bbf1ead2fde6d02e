// A conversation as it stands after years: what the dev office and the tests put before the last few messages, and its pages.
import type { ConsoleMessage, ConversationDetail, HistoryPage } from '#http/console/protocol.ts'

const PAGE = 100
const SHOWN_MAX = 300

const ASKED = [
  '请问今天能发货吗？',
  '收到了，谢谢！',
  '杯子的颜色和图片上一样吗？',
  '我想改一下收货地址。',
  'Do you ship to Hong Kong?',
  '发票可以开公司抬头吗？',
  '上次买的茶叶很香，这次想再要两罐，请放在一个箱子里寄过来。',
]
const ANSWERED = ['可以的，这就为您处理。', '今天下午发出，明天送达。', '不客气，有事随时找我们。', 'Yes, it takes three to five days.']

/** Puts so many messages before the first one: some each day, in runs. What was said gets later numbers. */
export function lengthen(one: Pick<ConversationDetail, 'messages' | 'customer'>, count: number): void {
  const first = Date.parse(one.messages[0]?.at ?? new Date().toISOString())
  for (const message of one.messages) message.seq += count
  const before = Array.from({ length: count }, (_, index): ConsoleMessage => {
    const seq = index + 1
    const isOurs = seq % 4 === 3
    const left = count - index
    const text = (isOurs ? ANSWERED[seq % ANSWERED.length] : ASKED[seq % ASKED.length]) ?? ''
    return {
      id: `msg_old_${count}_${seq}`,
      seq,
      author: isOurs ? 'agent' : 'customer',
      name: isOurs ? '小林' : one.customer.name,
      parts: [{ type: 'text', text: `${seq} · ${text}` }],
      at: new Date(first - Math.ceil(left / 6) * 86_400_000 - ((left - 1) % 6) * 240_000).toISOString(),
      ...(isOurs && { delivery: { state: 'delivered' as const } }),
    }
  })
  one.messages.unshift(...before)
}

/** As the server does it: `readNewest` in src/store/console.ts. */
export function newestOf(all: readonly ConsoleMessage[], from: number | undefined): HistoryPage {
  const shown = from === undefined ? 0 : all.filter(({ seq }) => seq >= from).length
  const count = shown > SHOWN_MAX ? PAGE : Math.max(PAGE, shown)
  return { messages: all.slice(-count), older: all.length > count, newer: false }
}

/** As the server does it: `readPage` in src/store/pages.ts. */
export function pageOf(all: readonly ConsoleMessage[], place: { before?: string; after?: string; around?: string }): HistoryPage {
  const behind = (seq: number) => all.filter((message) => message.seq >= seq).length
  const first = all.length - behind(Number(place.before ?? place.around ?? Number(place.after) + 1))
  const from = place.before ? first - PAGE : place.around ? first - PAGE / 2 : first
  const to = place.before ? first : place.around ? first + PAGE / 2 : first + PAGE
  return { messages: all.slice(Math.max(0, from), to), older: from > 0, newer: to < all.length }
}
