// Every place where somebody's text comes in by a hook: how it is said there, and where it can be read again. A field without
// `seen` is only called: its text is no text of the conversation.
import type { ConsoleMessage, ConversationDetail } from '#http/console/protocol.ts'
import { full } from '../chaos/seed.ts'
import { written } from '../fakes/wechat/people.ts'
import { GROUP } from '../support/house.ts'
import { kept } from './corpora.ts'
import { type Answer, APP_SECRET, type Hall, MAIL_SECRET, MAILBOX, signed, TG_HEADERS } from './hall.ts'
import { toolFields } from './tools.ts'
import { push, sessionFrom } from './wechat.ts'

/** One customer, and how many things they said before. */
export interface Turn {
  user: number
  n: number
}

export interface Field {
  name: string
  say(hall: Hall, turn: Turn, text: string): Promise<Pick<Answer, 'status'>>
  seen?(message: ConsoleMessage, detail: ConversationDetail): string | undefined
  /** Where its conversations are shown besides: there each is something else than plain words, which have tests of their own. */
  shownIn?: 'group' | 'feishu'
  /** Which of the strings, by their place; all unless told. */
  takes?(n: number): boolean
  /** What is to be seen of a text, the text itself unless told; undefined: whatever was there before. */
  expected?(text: string): string | undefined
}

let updates = 0

type Update = Record<string, unknown>

/** An update of a private chat, as Telegram posts it. */
export function fromTelegram(hall: Hall, update: Update): Promise<Answer> {
  return hall.call('/hooks/tg', { headers: TG_HEADERS, body: JSON.stringify({ update_id: ++updates, ...update }) })
}

export function person({ user }: Turn, more: Update = {}): Update {
  return { id: 10_000 + user, is_bot: false, first_name: `客户${user}`, ...more }
}

export function telegramMessage(turn: Turn, content: Update, from = person(turn)): Update {
  return {
    message_id: turn.n + 1,
    date: Math.floor(Date.now() / 1000),
    chat: { id: 10_000 + turn.user, type: 'private' },
    from,
    ...content,
  }
}

const textOf = (message: ConsoleMessage) => {
  const [part] = message.parts
  return part?.type === 'text' ? part.text : undefined
}
const captionOf = (message: ConsoleMessage) => {
  const [part] = message.parts
  return part?.type === 'media' ? (part.caption ?? '') : undefined
}
const fileOf = (message: ConsoleMessage) => {
  const [part] = message.parts
  return part?.type === 'media' ? part.media.name : undefined
}
const nameOf = (message: ConsoleMessage) => message.name

/** Telegram: words and everything beside them. */
const telegram: Field[] = [
  { name: 'tg text', say: (hall, turn, text) => fromTelegram(hall, { message: telegramMessage(turn, { text }) }), seen: textOf },
  {
    name: 'tg caption',
    shownIn: 'feishu',
    say: (hall, turn, caption) => fromTelegram(hall, { message: telegramMessage(turn, { document: { file_id: 'f1' }, caption }) }),
    seen: captionOf,
  },
  {
    name: 'tg file name and type',
    shownIn: 'group',
    say: (hall, turn, text) =>
      fromTelegram(hall, { message: telegramMessage(turn, { document: { file_id: text || 'f1', file_name: text, mime_type: text } }) }),
    seen: fileOf,
    expected: (text) => kept(text) || 'file',
  },
  {
    name: 'tg first name',
    shownIn: 'group',
    say: (hall, turn, text) => fromTelegram(hall, { message: telegramMessage(turn, { text: 'x' }, person(turn, { first_name: text })) }),
    seen: nameOf,
    expected: (text) => kept(text) || undefined,
  },
  ...['last_name', 'username', 'language_code'].map((key) => ({
    name: `tg ${key}`,
    say: (hall: Hall, turn: Turn, text: string) =>
      fromTelegram(hall, { message: telegramMessage(turn, { text: 'x' }, person(turn, { [key]: text })) }),
  })),
  ...Object.entries({
    sticker: (text: string) => ({ sticker: { file_id: text || 'f', emoji: text, is_animated: true } }),
    venue: (text: string) => ({ venue: { location: { latitude: 1, longitude: 2 }, title: text, address: text } }),
    contact: (text: string) => ({ contact: { phone_number: text, first_name: text, last_name: text, user_id: text } }),
    'text link': (text: string) => ({ text: 'see here', entities: [{ type: 'text_link', offset: 4, length: 4, url: text }] }),
    'unknown kind': (text: string) => ({ [text]: { [text]: text } }),
    start: (text: string) => ({ text: `/start ${text}` }),
  }).map(([kind, content]) => ({
    name: `tg ${kind}`,
    say: (hall: Hall, turn: Turn, text: string) => fromTelegram(hall, { message: telegramMessage(turn, content(text)) }),
  })),
  {
    name: 'tg edited text',
    say: (hall, turn, text) => fromTelegram(hall, { edited_message: telegramMessage({ ...turn, n: 0 }, { text }) }),
  },
  {
    name: 'tg press',
    shownIn: 'feishu',
    say: (hall, turn, text) => {
      const message = { ...telegramMessage(turn, {}), reply_markup: { inline_keyboard: [[{ text, callback_data: text }]] } }
      return fromTelegram(hall, { callback_query: { id: text, from: person(turn), data: text, message } })
    },
    seen: textOf,
  },
]

export function fromApp(hall: Hall, event: unknown, id?: string): Promise<Answer> {
  return hall.call('/hooks/app', signed(APP_SECRET, JSON.stringify(event), id))
}

const appUser = ({ user }: Turn) => ({ id: `app-${user}`, name: `客户${user}` })
const appMessage = (turn: Turn, message: Update): Update => ({
  type: 'message',
  user: appUser(turn),
  message: { id: `m-${turn.n}`, ...message },
})

/** The company's own app. */
const app: Field[] = [
  { name: 'app text', say: (hall, turn, text) => fromApp(hall, appMessage(turn, { text })), seen: textOf },
  {
    name: 'app part of text',
    say: (hall, turn, text) => fromApp(hall, appMessage(turn, { parts: [{ type: 'text', text, format: 'markdown' }] })),
    seen: textOf,
  },
  {
    name: 'app caption and file',
    shownIn: 'group',
    say: (hall, turn, text) =>
      fromApp(
        hall,
        appMessage(turn, {
          parts: [{ type: 'file', url: `${hall.app.url}/none`, name: text.slice(0, 200), mime: text.slice(0, 120), caption: text }],
        }),
      ),
    seen: captionOf,
  },
  {
    name: 'app name',
    shownIn: 'feishu',
    say: (hall, turn, text) => fromApp(hall, { ...appMessage(turn, { text: 'x' }), user: { ...appUser(turn), name: text } }),
    seen: nameOf,
    expected: (text) => kept(text.trim().slice(0, 200)) || undefined,
  },
  ...['locale', 'email', 'phone', 'avatarUrl'].map((key) => ({
    name: `app ${key}`,
    say: (hall: Hall, turn: Turn, text: string) =>
      fromApp(hall, { ...appMessage(turn, { text: 'x' }), user: { ...appUser(turn), [key]: text } }),
  })),
  ...Object.entries({
    user: (_turn: Turn, text: string) => ({ type: 'message', user: { id: text }, message: { id: 'm', text: 'x' } }),
    thread: (turn: Turn, text: string) => ({ ...appMessage(turn, { text: 'x' }), thread: text }),
    'id of a message': (turn: Turn, text: string) => appMessage(turn, { id: text, text: 'x', replyTo: text }),
    'unknown type': (turn: Turn, text: string) => ({ type: text, user: appUser(turn), [text]: text }),
    'unknown part': (turn: Turn, text: string) => appMessage(turn, { parts: [{ type: text }] }),
    place: (turn: Turn, text: string) => appMessage(turn, { parts: [{ type: 'location', lat: 1, lng: 2, title: text }] }),
    url: (turn: Turn, text: string) => appMessage(turn, { parts: [{ type: 'image', url: text }] }),
    edit: (turn: Turn, text: string) => ({ type: 'edit', user: appUser(turn), target: 'm-0', message: { text } }),
    recall: (turn: Turn, text: string) => ({ type: 'recall', user: appUser(turn), target: text }),
    arrive: (turn: Turn, text: string) => ({ type: 'arrive', user: appUser(turn), source: text }),
    delivery: (turn: Turn, text: string) => ({ type: 'delivery', user: appUser(turn), target: text, state: 'failed', reason: text }),
    time: (turn: Turn, text: string) => ({ ...appMessage(turn, { text: 'x' }), at: text }),
    batch: (turn: Turn, text: string) => [{ ...appMessage(turn, { text: 'x' }), id: text }],
  }).map(([kind, event]) => ({
    name: `app ${kind}`,
    say: (hall: Hall, turn: Turn, text: string) => fromApp(hall, event(turn, text)),
  })),
  {
    name: 'app press',
    shownIn: 'group',
    say: (hall, turn, text) => fromApp(hall, { type: 'press', user: appUser(turn), buttonId: text, label: text }),
    seen: textOf,
  },
]

export function fromMail(hall: Hall, lines: string[], words: string | Uint8Array, from = 'a@b.example'): Promise<Answer> {
  const raw = Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), Buffer.from(words)]).toString('base64')
  return hall.call('/hooks/mail', signed(MAIL_SECRET, JSON.stringify({ from, raw })))
}

function mailLines({ user, n }: Turn, ...more: string[]): string[] {
  return [
    `From: "C${user}" <c${user}@b.example>`,
    `To: ${MAILBOX}`,
    `Message-ID: <${user}.${n}@b.example>`,
    `References: <${user}.root@b.example>`,
    'MIME-Version: 1.0',
    ...more,
  ]
}

const UTF8 = ['Content-Type: text/plain; charset=utf-8', 'Content-Transfer-Encoding: base64']
const base64 = (text: string) => Buffer.from(text).toString('base64').replaceAll(/.{76}/g, '$&\r\n')
const oneLine = (text: string) => text.replaceAll(/[\r\n]/g, ' ')
/** Mails have lines and quotes; a line with a letter at each end is neither. */
const inLine = (text: string) => `(${oneLine(text)})`

const mail: Field[] = [
  {
    name: 'mail text',
    say: (hall, turn, text) => fromMail(hall, mailLines(turn, 'Subject: x', ...UTF8), base64(inLine(text))),
    seen: textOf,
    expected: (text) => kept(inLine(text)),
  },
  { name: 'mail as it stands', say: (hall, turn, text) => fromMail(hall, mailLines(turn, `Subject: ${text}`), text) },
  {
    name: 'mail html',
    say: (hall, turn, text) => fromMail(hall, mailLines(turn, 'Content-Type: text/html; charset=utf-8'), `<p>x ${text}</p>`),
  },
  {
    name: 'mail subject and sender',
    say: (hall, turn, text) => {
      const word = `=?utf-8?B?${Buffer.from(text).toString('base64')}?=`
      return fromMail(
        hall,
        [`From: ${word} <c${turn.user}@b.example>`, `Subject: ${word}`, `Message-ID: <${turn.user}.${turn.n}.s@b.example>`],
        'x',
        text,
      )
    },
  },
  ...[
    'From',
    'Reply-To',
    'Message-ID',
    'In-Reply-To',
    'References',
    'Date',
    'Content-Type',
    'Content-Transfer-Encoding',
    'Content-Language',
  ].map((header) => ({
    name: `mail ${header}`,
    say: (hall: Hall, turn: Turn, text: string) => fromMail(hall, [`${header}: ${text}`, ...mailLines(turn, 'Subject: x')], 'x'),
  })),
  {
    name: 'mail attachment',
    say: (hall, turn, text) => {
      const part = [
        '--b',
        `Content-Type: ${oneLine(text)}; name="${oneLine(text)}"`,
        `Content-Disposition: attachment; filename="${oneLine(text)}"`,
        '',
        text,
        '--b--',
      ]
      return fromMail(hall, mailLines(turn, 'Content-Type: multipart/mixed; boundary=b'), part.join('\r\n'))
    },
  },
]

/** The agents' group: by somebody who is no agent, so that nothing is commanded; agents' own words have a test of their own. */
const group: Field[] = Object.entries({
  text: (text: string, hall: Hall) => ({ message: { ...inTopic(hall, true), text } }),
  'text in general': (text: string, hall: Hall) => ({ message: { ...inTopic(hall, false), text: `/${text}` } }),
  caption: (text: string, hall: Hall) => ({
    message: { ...inTopic(hall, true), document: { file_id: text || 'f', file_name: text }, caption: text },
  }),
  name: (text: string, hall: Hall) => ({
    message: { ...inTopic(hall, true), text: 'x', from: { id: 77, first_name: text, username: text } },
  }),
  edit: (text: string, hall: Hall) => ({ edited_message: { ...inTopic(hall, true), text } }),
  press: (text: string, hall: Hall) => ({
    callback_query: { id: text, from: { id: 501, first_name: '安娜' }, data: text, message: inTopic(hall, true) },
  }),
}).map(([kind, update]) => ({
  name: `group ${kind}`,
  say: (hall: Hall, _turn: Turn, text: string) =>
    hall.call('/hooks/group', { headers: TG_HEADERS, body: JSON.stringify({ update_id: ++updates, ...update(text, hall) }) }),
}))

/** Each in a topic of its own: what comes from an unknown one is looked at twice, a second apart, one after the other. */
function inTopic({ telegram: { world } }: Hall, isTopic: boolean): Update {
  const id = ++updates
  if (isTopic) world.group(GROUP).topics.set(id, { id, name: `${id}`, state: 'open', gone: 'message thread not found' })
  const place = isTopic ? { message_thread_id: id, is_topic_message: true } : {}
  const chat = { id: GROUP, type: 'supergroup' }
  return { message_id: ++updates, date: Math.floor(Date.now() / 1000), chat, from: { id: 77, first_name: 'Nobody' }, ...place }
}

/** Somebody in WeChat. Each channel has people of its own. */
export function inWechat(hall: Hall, id: 'wx' | 'lone' | 'mini', { user }: Pick<Turn, 'user'>) {
  return hall.wechat[id].customer(`o${user}`)
}

const bytesOf = (text: string) => new Uint8Array(Buffer.from(text))
const spoken = (text: string) => (text.trim() ? kept(text) : '')
const KINDS = ['text', 'image', 'voice', 'video', 'location', 'link', 'miniprogrampage', 'file', 'event']

/** Everything that a push may say beside the words, each time of another kind. */
function wholePush({ n }: Turn, text: string) {
  const names = 'ToUserName FromUserName CreateTime Event EventKey MsgId MediaId Format Recognition Label Title Description Url PagePath'
  const more = {
    Content: text,
    SessionFrom: text,
    bizmsgmenuid: text,
    Location_X: '1',
    Location_Y: text,
    ScanCodeInfo: { ScanResult: text },
  }
  return { ...Object.fromEntries(names.split(' ').map((name) => [name, text])), ...more, MsgType: KINDS[n % KINDS.length] ?? text }
}

/** Each time in another second: what one person does within one is the same to WeChat. */
function entersMini(hall: Hall, turn: Turn, SessionFrom: string) {
  const CreateTime = Math.floor(Date.now() / 1000) - 1_000 + turn.n
  return inWechat(hall, 'mini', turn).event('user_enter_tempsession', { SessionFrom, CreateTime })
}

const [ACCOUNT, MINI] = ['wx', 'mini'] as const
/** WeChat: sealed XML for the account, sealed JSON for the Mini Program. */
const wechat: Field[] = [
  ...[ACCOUNT, MINI].flatMap((id): Field[] => [
    { name: `${id} text`, say: (hall, turn, text) => inWechat(hall, id, turn).text(text), seen: textOf, expected: spoken },
    {
      name: `${id} everything beside`,
      say: (hall, turn, text) => push(hall, id, bytesOf(written(wholePush(turn, text), id === 'mini' ? 'json' : 'xml'))),
    },
    {
      name: `${id} as it stands`,
      say: (hall, turn, text) => push(hall, id, bytesOf(turn.n % 2 ? `<xml><Content>${text}</Content></xml>` : text)),
    },
  ]),
  {
    name: 'wx heard in a voice',
    shownIn: 'group',
    say: (hall, turn, text) => inWechat(hall, 'wx', turn).voice(bytesOf('#!AMR'), text),
    seen: captionOf,
    expected: (text) => kept(text.trim()),
  },
  { name: 'wx press', say: (hall, turn, text) => inWechat(hall, 'wx', turn).choose(text, text), seen: textOf },
  { name: 'wx scene', say: (hall, turn, text) => inWechat(hall, 'wx', turn).follow(text) },
  { name: 'wx key of a menu', say: (hall, turn, text) => inWechat(hall, 'wx', turn).click(text) },
  { name: 'wx event', say: (hall, turn, text) => inWechat(hall, 'wx', turn).event(text) },
  {
    name: 'mini name in a session',
    async say(hall, turn, name) {
      await entersMini(hall, turn, sessionFrom({ user: `u${turn.user}`, exp: 4_000_000_000, name }))
      return inWechat(hall, 'mini', turn).text('x')
    },
    seen: nameOf,
    // The whole of it has 2,000 letters at most; a name that is longer is no name.
    expected: (name) => (name.length <= 200 ? kept(name.trim()) : '') || undefined,
  },
  { name: 'mini session', say: entersMini },
]

/**
 * Every fourth string, and of what nobody reads again every sixth, in turns: what one field does not meet the next one of its hook does.
 * With FRONTDESK_CHAOS=full all of them.
 */
const sampled = (field: Field, at: number): Field => (full ? field : { ...field, takes: (n) => (n + at) % (field.seen ? 4 : 6) === 0 })

export const hookFields: Field[] = [...telegram, ...app, ...mail, ...group, ...wechat, ...toolFields].map(sampled)
