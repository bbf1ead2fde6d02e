// The hands of the demo's customers who come by WeChat, a Mini Program, WeCom, e-mail and the shop's own app: each through its platform's double.
import { createHmac, randomUUID } from 'node:crypto'
import { phrase } from '#core/phrases.ts'
import { standardWebhooks } from '#platforms/standard-webhooks.ts'
import { customer as kfCustomer } from '../../test/fakes/wecom-kf/people.ts'
import type { Entry } from '../../test/fakes/wecom-kf/world.ts'
import { until } from './demo-console.ts'
import type { DemoHouse } from './demo-house.ts'
import type { CustomerHands } from './demo-people.ts'
import { picture } from './demo-picture.ts'
import { HELP_ADDRESS, type Platforms } from './demo-platforms.ts'
import type { Guest } from './demo-stories.ts'

type GuestOf<On> = Extract<Guest, { on: On }>

/** What a customer says first on a platform on which one comes in before one says anything. */
const COMES = '/start'

export function atCompany(
  { platforms }: DemoHouse,
  guest: Exclude<Guest, { on: 'web' | 'telegram' }>,
  id: number,
  signal: AbortSignal,
): CustomerHands {
  switch (guest.on) {
    case 'wechat':
      return follower(platforms, guest, id, signal)
    case 'mini':
      return miniUser(platforms, guest, id)
    case 'kf':
      return kfUser(platforms, guest, id, signal)
    case 'email':
      return writer(platforms, guest)
    case 'app':
      return appUser(platforms, guest, id, signal)
  }
}

async function taken(response: Promise<Response>): Promise<void> {
  const { ok, status } = await response
  if (!ok) throw new Error(`the house answers ${status}`)
}

/** WeChat tells no names. */
function follower({ wechat }: Platforms, { locale }: GuestOf<'wechat'>, id: number, signal: AbortSignal): CustomerHands {
  const openid = `oDemo_${(id * 7919).toString(36)}`
  const hands = wechat.customer(openid)
  return {
    name: phrase('customer.unnamed', locale, { tail: openid.slice(-4).toUpperCase() }),
    say: (text) => taken(text === COMES ? hands.follow('parcel-card') : hands.text(text)),
    async press(label) {
      const menus = () => wechat.sent.filter((one) => one.openid === openid && one.msgtype === 'msgmenu')
      const items = () => menus().flatMap(({ content }) => content.list as { id: string; content: string }[])
      const item = await until(`menu ${label}`, () => items().findLast((one) => one.content.startsWith(label)), signal)
      await taken(hands.choose(item.id, item.content))
    },
    photo: () => taken(hands.image(picture())),
    block: () => void hands.unfollow(),
  }
}

/** The Mini Program's own server says, signed, who they are. */
function miniUser({ mini, miniSecret }: Platforms, { name }: GuestOf<'mini'>, id: number): CustomerHands {
  const hands = mini.customer(`oMini_${(id * 7919).toString(36)}`)
  const payload = { user: `member-${id}`, exp: Math.floor(Date.now() / 1000) + 3600, name, source: 'pages/order/detail' }
  const signed = `v1.${Buffer.from(JSON.stringify(payload)).toString('base64url')}`
  const session = `${signed}.${createHmac('sha256', miniSecret).update(signed).digest('base64url')}`
  return {
    name,
    say: (text) => taken(text === COMES ? hands.enter(session) : hands.text(text)),
    // There are no buttons: customers answer with the number.
    press: (number) => taken(hands.text(number)),
    photo: () => taken(hands.image(picture())),
    block: () => undefined,
  }
}

function kfUser({ kf }: Platforms, { name }: GuestOf<'kf'>, id: number, signal: AbortSignal): CustomerHands {
  const user = `wmDemo${id}`
  const hands = kfCustomer(kf.world, 'wkDemo', user, name)
  /** What they did is there to be read; the call says only that it is. */
  const told = async (_entry: Entry) => {
    const status = await kf.ring()
    if (status !== 200) throw new Error(`the house answers ${status}`)
  }
  return {
    name,
    say: (text) => told(text === COMES ? hands.enter('product-page') : hands.text(text)),
    async press(label) {
      const menus = () => kf.world.sent.filter((one) => one.user === user && one.msgtype === 'msgmenu')
      const items = () => menus().flatMap(({ content }) => content.list as { click?: { id: string; content: string } }[])
      const item = await until(`menu ${label}`, () => items().findLast(({ click }) => click?.content.startsWith(label))?.click, signal)
      await told(hands.press(item.id, item.content))
    },
    photo: () => told(hands.file('image', { bytes: picture(), name: 'photo.png', mime: 'image/png' })),
    block: () => undefined,
  }
}

/** Answers whatever came last, and quotes it as mail programs do. */
function writer({ mail, mailHook }: Platforms, { name, address, subject, locale }: GuestOf<'email'>): CustomerHands {
  const own: string[] = []
  const signs = standardWebhooks([mailHook.secret])
  async function post(text: string, file?: { name: string; mime: string; bytes: Uint8Array }): Promise<void> {
    const id = `<${randomUUID()}@${address.split('@')[1]}>`
    const last = mail.to(address).at(-1)
    const before = last?.headers['Message-ID'] ?? own.at(-1)
    own.push(id)
    const head = [
      `From: =?utf-8?B?${Buffer.from(name).toString('base64')}?= <${address}>`,
      `To: ${HELP_ADDRESS}`,
      `Subject: =?utf-8?B?${Buffer.from(`${before ? 'Re: ' : ''}${subject}`).toString('base64')}?=`,
      `Date: ${new Date().toUTCString()}`,
      `Message-ID: ${id}`,
      ...(before ? [`In-Reply-To: ${before}`, `References: ${[...own.slice(0, 1), before].join(' ')}`] : []),
      'MIME-Version: 1.0',
    ]
    const quote = last ? `\n\n${ATTRIBUTIONS[locale](new Date())}\n${quoted(last.text)}` : ''
    const body = JSON.stringify({ from: address, raw: Buffer.from(mime(head, text + quote, file)).toString('base64') })
    const headers = { 'content-type': 'application/json', ...(await signs.sign(`mail_${randomUUID()}`, new Date(), body)) }
    await taken(fetch(mailHook.url, { method: 'POST', headers, body }))
  }
  return {
    name,
    say: (text) => post(text),
    press: (number) => post(number),
    photo: (caption) => post(caption, { name: 'photo.png', mime: 'image/png', bytes: picture() }),
    block: () => undefined,
  }
}

const ATTRIBUTIONS = {
  zh: (at: Date) =>
    `示例商城 <${HELP_ADDRESS}> 于${at.getFullYear()}年${at.getMonth() + 1}月${at.getDate()}日周${'日一二三四五六'[at.getDay()]} 写道：`,
  en: (at: Date) => `On ${at.toUTCString().replace(/ \d\d:.*/, '')} at 10:24, 示例商城 <${HELP_ADDRESS}> wrote:`,
}

function quoted(text: string): string {
  return text
    .trim()
    .split('\n')
    .map((line) => `> ${line}`)
    .join('\n')
}

function mime(head: string[], text: string, file: { name: string; mime: string; bytes: Uint8Array } | undefined): string {
  const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64').replaceAll(/.{76}/g, '$&\r\n')
  const words = ['Content-Type: text/plain; charset=utf-8', 'Content-Transfer-Encoding: base64', '', base64(Buffer.from(text))]
  if (!file) return [...head, ...words].join('\r\n')
  const attached = [`Content-Type: ${file.mime}; name="${file.name}"`, `Content-Disposition: attachment; filename="${file.name}"`]
  const parts = [words, [...attached, 'Content-Transfer-Encoding: base64', '', base64(file.bytes)]]
  const lines = parts.flatMap((part) => ['--demo', ...part])
  return [...head, 'Content-Type: multipart/mixed; boundary=demo', '', ...lines, '--demo--', ''].join('\r\n')
}

function appUser({ app }: Platforms, { name, locale }: GuestOf<'app'>, id: number, signal: AbortSignal): CustomerHands {
  const user = `user-${id}`
  const hands = app.user({ id: user, name, locale })
  return {
    name,
    say: async (text) => void (text === COMES ? await hands.arrive('order-page') : await hands.text(text)),
    async press(label) {
      const shown = () => app.accepted('message').filter((call) => call.user === user)
      const parts = () => shown().flatMap(({ event }) => event.parts as { type: string; buttons?: { id: string; label: string }[] }[])
      const buttons = () => parts().flatMap((part) => part.buttons ?? [])
      const button = await until(`button ${label}`, () => buttons().findLast((one) => one.label.startsWith(label)), signal)
      await hands.press(button.id, button.label)
    },
    photo: async (caption) => void (await hands.text(caption)),
    block: () => void app.gone.add(user),
  }
}
