// Agents who answer from their own mail programs: what lies in their inboxes, and the mails that such programs write.
import { randomUUID } from 'node:crypto'
import { bodyOf } from '#platforms/mail/body.ts'
import { decodeText } from '#platforms/mail/charset.ts'
import { decodeWords, headerOf } from '#platforms/mail/headers.ts'
import { type Node, readMime } from '#platforms/mail/mime.ts'
import type { Taken } from './smtp.ts'

export interface Got {
  to: string
  raw: string
  header(name: string): string
  /** As a program shows it that knows no HTML. */
  text: string
  html: string
  /** Between our line and the small print. */
  said: string
  files: { name: string | undefined; bytes: Uint8Array }[]
  replyTo: string
  /** Of the conversation's thread, as it stands in the signed address. */
  thread: string
  /** Buttons, by the command in the subject that they write. */
  presses: Pressable[]
  /** The same in the small print. */
  links: Pressable[]
}

export interface Pressable {
  label: string
  command: string
  /** What a press writes to, and with which subject and body. */
  to: string
  subject: string
  body: string
}

export function gotBy(taken: readonly Taken[], address: string): Got[] {
  return taken.filter(({ to }) => to === address).map(got)
}

const known = new WeakMap<Taken, Got>()

export function got(taken: Taken): Got {
  const mail = known.get(taken) ?? read(taken)
  known.set(taken, mail)
  return mail
}

function read({ to, raw }: Taken): Got {
  const root = readMime(Buffer.from(raw))
  const { whole, files } = bodyOf(root)
  const header = (name: string) => decodeWords(headerOf(root.fields, name))
  const [above = '', foot = ''] = whole.split('\n\n———\n')
  const lines = foot.split('\n').flatMap((line) => {
    const [, dot, label = '', href = ''] = /^(· )?(.*): (mailto:\S+)$/.exec(line) ?? []
    return href ? [{ isSmall: dot !== undefined, ...pressable(label, href) }] : []
  })
  const replyTo = header('reply-to')
  const page = leaves(root).find(({ type }) => type.value === 'text/html')
  return {
    to,
    raw,
    header,
    text: whole,
    html: page ? decodeText(page.bytes, 'utf-8') : '',
    said: above.slice(above.indexOf('\n\n') + 2),
    files: files.map(({ name, bytes }) => ({ name, bytes: new Uint8Array(bytes) })),
    replyTo,
    thread: /\+([0-9a-z]+)\./.exec(replyTo)?.[1] ?? '',
    presses: lines.filter(({ isSmall }) => !isSmall),
    links: lines.filter(({ isSmall }) => isSmall),
  }
}

function pressable(label: string, href: string): Pressable {
  const url = new URL(href)
  const subject = url.searchParams.get('subject') ?? ''
  const command = subject.replace(/^!/, '').replace(/ #[0-9a-z]+$/, '')
  return { label, command, to: decodeURIComponent(url.pathname), subject, body: url.searchParams.get('body') ?? '' }
}

function leaves(node: Node): Node[] {
  return node.children.length > 0 ? node.children.flatMap(leaves) : [node]
}

/** How programs quote the mail that is answered. */
export const QUOTES = {
  gmail: (mail: Got) => `\n\n在 2026年11月27日周五 20:00，${mail.header('from')} 写道：\n\n${quoted(mail.text)}`,
  apple: (mail: Got) => `\n\n> On Nov 27, 2026, at 20:00, ${mail.header('from')} wrote:\n> \n${quoted(mail.text)}`,
  outlook: (mail: Got) =>
    `\n\n________________________________\nFrom: ${mail.header('from')}\nSent: Friday, November 27, 2026 8:00 PM\nTo: ${mail.to}\nSubject: ${mail.header('subject')}\n\n${mail.text}`,
  foxmail: (mail: Got) =>
    `\n\n发件人： ${mail.header('from')}\n发送时间： 2026-11-27 20:00\n收件人： ${mail.to}\n主题： ${mail.header('subject')}\n${mail.text}`,
  qq: (mail: Got) =>
    `\n\n\n------------------ 原始邮件 ------------------\n发件人: "${mail.header('from')}";\n发送时间: 2026年11月27日(星期五) 晚上8:00\n收件人: "${mail.to}";\n主题: ${mail.header('subject')}\n\n${mail.text}`,
} satisfies Record<string, (mail: Got) => string>

const quoted = (text: string) => text.replaceAll(/^/gm, '> ')

export interface Answering {
  from?: string
  /** Instead of the signed address. */
  to?: string
  subject?: string
  id?: string
  headers?: Record<string, string>
  quote?: keyof typeof QUOTES | 'none'
  files?: { name: string; mime: string; bytes: Uint8Array }[]
}

/** What the agent's program sends when they answer. */
export function answering(mail: Got, text: string, how: Answering = {}): string {
  const { quote = 'gmail', headers = {}, files = [] } = how
  const head = {
    From: how.from ?? mail.to,
    To: how.to ?? mail.replyTo,
    Subject: words(how.subject ?? `Re: ${mail.header('subject')}`),
    'Message-ID': how.id ?? `<${randomUUID()}@phone.test>`,
    'In-Reply-To': mail.header('message-id'),
    References: `${mail.header('references')} ${mail.header('message-id')}`,
    Date: new Date().toUTCString(),
    ...headers,
  }
  const whole = quote === 'none' ? text : text + QUOTES[quote](mail)
  return mailOf(head, whole, files)
}

/** What it sends when a button is pressed, with what people and programs put below. */
export function pressing(mail: Got, command: string, below = '', from = mail.to): string {
  const press = [...mail.presses, ...mail.links].find((one) => one.command === command)
  if (!press) throw new Error(`no button ${command} in ${JSON.stringify(mail.presses)}`)
  const head = { From: from, To: press.to, Subject: words(press.subject), 'Message-ID': `<${randomUUID()}@phone.test>` }
  return mailOf(head, press.body + below)
}

function mailOf(head: Record<string, string>, text: string, files: Answering['files'] = []): string {
  const part = ['Content-Type: text/plain; charset=utf-8', 'Content-Transfer-Encoding: base64', '', based(Buffer.from(text))]
  const lines = Object.entries(head)
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `${name}: ${value}`)
  if (files.length === 0) return [...lines, ...part, ''].join('\r\n')
  const more = files.flatMap(({ name, mime, bytes }) => [
    '--=_b',
    `Content-Type: ${mime}; name="${words(name)}"`,
    `Content-Disposition: attachment; filename="${words(name)}"`,
    'Content-Transfer-Encoding: base64',
    '',
    based(bytes),
  ])
  return [...lines, 'Content-Type: multipart/mixed; boundary="=_b"', '', '--=_b', ...part, ...more, '--=_b--', ''].join('\r\n')
}

const words = (text: string) => (/^[ -~]*$/.test(text) ? text : `=?utf-8?B?${Buffer.from(text).toString('base64')}?=`)
const based = (bytes: Uint8Array) =>
  Buffer.from(bytes)
    .toString('base64')
    .replaceAll(/.{76}(?=.)/g, '$&\r\n')
