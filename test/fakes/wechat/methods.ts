// The calls of WeChat's server API that the house makes, with the limits that WeChat documents.
import type { FakeFile as UploadedFile } from '../telegram/world.ts'
import { type FakeFile, Refusal, type World } from './world.ts'

export interface Call {
  world: World
  /** Of the address. */
  query: URLSearchParams
  body: Record<string, unknown>
  files: Record<string, UploadedFile>
}

type Method = (call: Call) => Record<string, unknown>

const OK = { errcode: 0, errmsg: 'ok' }
const TEXT_MAX = 2048
const MB = 1024 * 1024

export const methods: Record<string, Method> = {
  'GET /cgi-bin/get_api_domain_ip': () => ({ ip_list: ['101.226.212.27'] }),
  'POST /cgi-bin/message/custom/send': ({ world, body }) => {
    const person = typeof body.touser === 'string' ? world.people.get(body.touser) : undefined
    if (!person) throw new Refusal(40003, 'invalid openid')
    const msgtype = String(body.msgtype)
    const content = contentOf(world, msgtype, body[msgtype])
    if (!person.follows) throw new Refusal(45015, 'response out of time limit or subscription is canceled')
    world.takeGrant(person)
    person.typingUntil = 0
    world.sent.push({ openid: person.openid, msgtype, content, by: 'service' })
    return OK
  },
  'POST /cgi-bin/message/custom/typing': typing('account'),
  'POST /cgi-bin/message/custom/business/typing': typing('mini'),
  'POST /cgi-bin/media/upload': ({ world, query, files }) => {
    const type = query.get('type') as FakeFile['type'] | null
    const limits = type && UPLOADS[type]
    if (!limits) throw new Refusal(40004, 'invalid media type')
    const file = files.media
    if (!file) throw new Refusal(41005, 'media data missing')
    if (!limits.form.test(file.name)) throw new Refusal(40005, 'invalid file type')
    if (file.bytes.length === 0) throw new Refusal(44001, 'empty media data')
    if (file.bytes.length > limits.max) throw new Refusal(45001, 'media size out of limit')
    const kept = world.keep({ type, name: file.name, mime: file.mime, bytes: file.bytes })
    return { type, media_id: kept.id, created_at: Math.floor(world.now() / 1000) }
  },
  'GET /cgi-bin/user/info': ({ world, query }) => {
    const person = world.people.get(query.get('openid') ?? '')
    if (!person) throw new Refusal(40003, 'invalid openid')
    if (!person.follows) return { subscribe: 0, openid: person.openid, ...(person.unionid && { unionid: person.unionid }) }
    return {
      subscribe: 1,
      openid: person.openid,
      language: person.language,
      subscribe_time: 1434093047,
      ...(person.unionid && { unionid: person.unionid }),
      remark: '',
      groupid: 0,
      tagid_list: [],
      subscribe_scene: 'ADD_SCENE_QR_CODE',
      qr_scene: 0,
      qr_scene_str: '',
    }
  },
}

const UPLOADS: Record<FakeFile['type'], { max: number; form: RegExp }> = {
  image: { max: 10 * MB, form: /\.(?:png|jpe?g|gif)$/i },
  voice: { max: 2 * MB, form: /\.(?:amr|mp3)$/i },
  video: { max: 10 * MB, form: /\.mp4$/i },
  thumb: { max: 64 * 1024, form: /\.jpe?g$/i },
}

const TYPES = {
  account: ['text', 'image', 'voice', 'video', 'music', 'news', 'msgmenu', 'miniprogrampage'],
  mini: ['text', 'image', 'link', 'miniprogrampage'],
}

function contentOf(world: World, msgtype: string, given: unknown): Record<string, unknown> {
  if (!TYPES[world.kind].includes(msgtype)) throw new Refusal(40008, 'invalid message type')
  if (typeof given !== 'object' || given === null) throw new Refusal(47001, 'data format error')
  const content = given as Record<string, unknown>
  if (msgtype === 'text') checkText(content.content)
  if (msgtype === 'image' || msgtype === 'voice' || msgtype === 'video') {
    if (world.file(content.media_id).type !== msgtype) throw new Refusal(40007, 'invalid media_id')
  }
  if (msgtype === 'msgmenu') checkMenu(content)
  return content
}

function checkText(text: unknown): void {
  if (typeof text !== 'string' || text.trim() === '') throw new Refusal(44004, 'empty content')
  if (Buffer.byteLength(text) > TEXT_MAX) throw new Refusal(45002, 'content size out of limit')
}

function checkMenu({ head_content, tail_content, list }: Record<string, unknown>): void {
  checkText(head_content)
  if (tail_content !== undefined && typeof tail_content !== 'string') throw new Refusal(47001, 'data format error')
  if (!Array.isArray(list) || list.length === 0) throw new Refusal(44004, 'empty content')
  for (const item of list as { id?: unknown; content?: unknown }[]) {
    if (typeof item?.id !== 'string' || item.id === '') throw new Refusal(47001, 'data format error')
    checkText(item.content)
  }
}

function typing(kind: World['kind']): Method {
  return ({ world, body }) => {
    const person = typeof body.touser === 'string' ? world.people.get(body.touser) : undefined
    if (world.kind !== kind) throw new Refusal(40066, 'invalid url')
    if (!person) throw new Refusal(40003, 'invalid openid')
    if (body.command !== 'Typing' && body.command !== 'CancelTyping')
      throw new Refusal(45072, 'command field should be Typing or CancelTyping')
    if (world.now() - person.actedAt > 30_000) throw new Refusal(45080, 'no message is received or sent within the past 30 seconds')
    if (body.command === 'Typing') {
      if (person.typingUntil > world.now()) throw new Refusal(45081, 'already in typing status')
      person.typingUntil = world.now() + 15_000
    } else person.typingUntil = 0
    return OK
  }
}
