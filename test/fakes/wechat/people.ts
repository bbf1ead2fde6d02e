// What a person does in WeChat, as the pushes that the account's server gets for it.
import { decrypt, encrypt, type PushSecrets, sha1 } from './crypt.ts'
import type { FakeFile, Person, World } from './world.ts'

export type Fields = Record<string, string | number | Record<string, string>>

export interface PushOptions extends PushSecrets {
  /** As the account's page says. `compatible`: plain beside encrypted. */
  mode: 'secure' | 'compatible' | 'plain'
  format: 'xml' | 'json'
}

/** One request, as the platform makes it. */
export function pushRequest(url: string, options: PushOptions, fields: Fields | string, at: number, nonce = '486452656'): Request {
  const words = typeof fields === 'string' ? fields : written(fields, options.format)
  const timestamp = String(Math.floor(at / 1000))
  const query = new URLSearchParams({ signature: sha1(options.token, timestamp, nonce), timestamp, nonce })
  if (typeof fields !== 'string' && typeof fields.FromUserName === 'string') query.set('openid', fields.FromUserName)
  if (options.mode === 'plain') return new Request(`${url}?${query}`, { method: 'POST', headers: TYPES[options.format], body: words })
  const encrypted = encrypt(options, words)
  query.set('encrypt_type', 'aes')
  query.set('msg_signature', sha1(options.token, timestamp, nonce, encrypted))
  const beside = options.mode === 'compatible' && typeof fields !== 'string' ? fields : { ToUserName: 'gh_fake' }
  const body = written({ ...beside, Encrypt: encrypted }, options.format)
  return new Request(`${url}?${query}`, { method: 'POST', headers: TYPES[options.format], body })
}

const TYPES = { xml: { 'content-type': 'text/xml' }, json: { 'content-type': 'application/json' } }

/** Large numbers stay digits: JSON has them as numbers, which JavaScript would round. */
export function written(fields: Fields, format: PushOptions['format']): string {
  if (format === 'json') {
    return `{${Object.entries(fields)
      .map(([name, value]) => `${JSON.stringify(name)}:${name === 'MsgId' ? String(value) : JSON.stringify(value)}`)
      .join(',')}}`
  }
  return `<xml>${elements(fields)}</xml>`
}

function elements(fields: Fields): string {
  return Object.entries(fields)
    .map(([name, value]) => {
      if (typeof value === 'object') return `<${name}>${elements(value)}</${name}>\n`
      const words = /^\d+$/.test(String(value)) ? value : `<![CDATA[${String(value).replaceAll(']]>', ']]]]><![CDATA[>')}]]>`
      return `<${name}>${words}</${name}>\n`
    })
    .join('')
}

export interface Customer {
  person: Person
  text(content: string, more?: Fields): Promise<Response>
  image(bytes: Uint8Array): Promise<Response>
  voice(bytes: Uint8Array, recognition?: string): Promise<Response>
  video(bytes: Uint8Array): Promise<Response>
  place(lat: number, lng: number, label: string): Promise<Response>
  /** `scene`: followed by scanning a code. */
  follow(scene?: string): Promise<Response>
  unfollow(): Promise<Response>
  scan(scene: string): Promise<Response>
  click(key: string): Promise<Response>
  /** An item of a menu that was sent to them. */
  choose(id: string, label: string): Promise<Response>
  /** Into the conversation of a Mini Program. */
  enter(sessionFrom?: string): Promise<Response>
  event(name: string, more?: Fields): Promise<Response>
}

let messages = 7_300_000_000_000_000_000n

export function customer(world: World, openid: string, push: (fields: Fields) => Promise<Response>): Customer {
  const person = world.person(openid)
  const base = () => ({ ToUserName: 'gh_fake', FromUserName: openid, CreateTime: Math.floor(world.now() / 1000) })
  const say = (MsgType: string, more: Fields, deed: 'message' | 'deed' = 'message') => {
    world.acts(person, deed)
    messages += 1n
    return push({ ...base(), MsgType, ...more, MsgId: String(messages) })
  }
  const event = (Event: string, more: Fields = {}) => push({ ...base(), MsgType: 'event', Event, ...more })
  const deed = (name: string, more: Fields) => {
    world.acts(person, 'deed')
    return event(name, more)
  }
  const file = (type: FakeFile['type'], bytes: Uint8Array, mime: string, name: string) => world.keep({ type, bytes, mime, name }).id
  return {
    person,
    event,
    text: (Content, more = {}) => say('text', { Content, ...more }),
    image: (bytes) => say('image', { PicUrl: 'http://mmbiz.qpic.cn/x/0', MediaId: file('image', bytes, 'image/jpeg', 'x.jpg') }),
    voice: (bytes, Recognition) =>
      say('voice', { MediaId: file('voice', bytes, 'audio/amr', 'x.amr'), Format: 'amr', ...(Recognition && { Recognition }) }),
    video: (bytes) => say('video', { MediaId: file('video', bytes, 'video/mp4', 'x.mp4'), ThumbMediaId: 'thumb' }),
    place: (lat, lng, Label) => say('location', { Location_X: String(lat), Location_Y: String(lng), Scale: 20, Label }),
    follow(scene) {
      person.follows = true
      return deed('subscribe', { EventKey: scene ? `qrscene_${scene}` : '', ...(scene && { Ticket: 'TICKET' }) })
    },
    unfollow() {
      person.follows = false
      person.grants = {}
      return event('unsubscribe', { EventKey: '' })
    },
    scan: (scene) => deed('SCAN', { EventKey: scene, Ticket: 'TICKET' }),
    click: (key) => deed('CLICK', { EventKey: key }),
    choose: (id, label) => say('text', { Content: label, bizmsgmenuid: id }, 'deed'),
    enter: (SessionFrom = '') => deed('user_enter_tempsession', { SessionFrom }),
  }
}

/** The answer to a push, as the platform reads it: nothing, or one message. Throws where it would show the customer a fault. */
export function readReply(
  options: PushOptions,
  openid: string,
  body: string,
): { msgtype: string; content: Record<string, unknown> } | undefined {
  if (body === '' || body === 'success') return undefined
  const outer = fieldsOf(body)
  if (options.mode === 'plain') return replyIn(outer, openid)
  const { Encrypt = '', MsgSignature, TimeStamp = '', Nonce = '' } = outer
  if (sha1(options.token, TimeStamp, Nonce, Encrypt) !== MsgSignature) throw new Error('the passive reply is not signed')
  return replyIn(fieldsOf(decrypt(options, Encrypt)), openid)
}

function replyIn(fields: Record<string, string>, openid: string): { msgtype: string; content: Record<string, unknown> } {
  if (fields.ToUserName !== openid || fields.FromUserName !== 'gh_fake' || !/^\d{10}$/.test(fields.CreateTime ?? ''))
    throw new Error('the passive reply goes to nobody')
  const msgtype = fields.MsgType ?? ''
  if (msgtype === 'text' && fields.Content) return { msgtype, content: { content: fields.Content } }
  if (['image', 'voice', 'video'].includes(msgtype) && fields.MediaId) return { msgtype, content: { media_id: fields.MediaId } }
  throw new Error(`the passive reply is no message: ${msgtype}`)
}

/** Leaves of an XML document; where a name stands twice, the last. */
function fieldsOf(xml: string): Record<string, string> {
  const leaves = xml.matchAll(/<(\w+)>((?:<!\[CDATA\[[\s\S]*?\]\]>|[^<])*)<\/\1>/g)
  return Object.fromEntries([...leaves].map(([, name, value = '']) => [name, value.replace(/<!\[CDATA\[([\s\S]*?)\]\]>/g, '$1')]))
}
