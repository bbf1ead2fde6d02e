// The calls of /cgi-bin/kf and of media, as documented: limits, states and refusals.
import { KEEP_MS, Refused, type Session, WINDOW_COUNT, WINDOW_MS, type World } from './world.ts'

type Body = Record<string, unknown>
type Method = (world: World, body: Body) => Body

export const methods: Record<string, Method> = {
  'kf/account/list': accountList,
  'kf/sync_msg': syncMsg,
  'kf/send_msg': sendMsg,
  'kf/send_msg_on_event': sendMsgOnEvent,
  'kf/service_state/get': (world, body) => ({ service_state: sessionOf(world, body).state, servicer_userid: '' }),
  'kf/service_state/trans': trans,
  'kf/customer/batchget': batchGet,
}

function accountList(world: World, { offset = 0, limit = 100 }: Body): Body {
  if (!(Number(limit) >= 1 && Number(limit) <= 100)) throw new Refused(40058, 'limit: value must be 1 to 100')
  const all = [...world.accounts.values()].map(({ id, name, managed }) => ({ open_kfid: id, name, avatar: '', manage_privilege: managed }))
  return { account_list: all.slice(Number(offset), Number(offset) + Number(limit)) }
}

function syncMsg(world: World, { cursor = '', token, limit = 1000, open_kfid: id }: Body): Body {
  const account = world.account(String(id))
  if (!account.managed) throw new Refused(95000, 'no privilege for this open_kfid')
  if (!(Number(limit) >= 1 && Number(limit) <= 1000)) throw new Refused(40058, 'limit: value must be 1 to 1000')
  if (token !== undefined && (world.ringTokens.get(String(token)) ?? 0) < world.now()) throw new Refused(95007, 'invalid msg token')
  const kept = account.entries.findIndex(({ send_time }) => send_time * 1000 >= world.now() - KEEP_MS)
  const first = kept < 0 ? account.entries.length : kept
  const start = cursor === '' ? first : Math.max(first, placeOf(world, String(cursor)))
  const list = account.entries.slice(start, start + Number(limit))
  const next = start + list.length
  return { next_cursor: `${world.epoch}_${next.toString(36)}`, has_more: next < account.entries.length ? 1 : 0, msg_list: list }
}

function placeOf(world: World, cursor: string): number {
  const [epoch, place = ''] = cursor.split('_')
  if (epoch !== String(world.epoch) || !/^[0-9a-z]+$/.test(place)) throw new Refused(40058, 'invalid cursor')
  return Number.parseInt(place, 36)
}

function sessionOf(world: World, { open_kfid, external_userid, touser }: Body): Session {
  const user = String(external_userid ?? touser)
  world.account(String(open_kfid))
  if (!world.people.has(user)) throw new Refused(40096, 'invalid external userid')
  return world.session(String(open_kfid), user)
}

function sendMsg(world: World, body: Body): Body {
  const session = sessionOf(world, body)
  const content = contentOf(world, body, ['text', 'image', 'voice', 'video', 'file', 'link', 'miniprogram', 'msgmenu', 'location'])
  if (session.state !== 0 && session.state !== 1) throw new Refused(95018, 'send msg session status invalid')
  const isOpen = session.heardAt !== undefined && world.now() - session.heardAt <= WINDOW_MS
  if (!isOpen || session.answers >= WINDOW_COUNT) throw new Refused(95001, 'send msg count limit')
  const msgid = take(world, session, body)
  session.answers += 1
  return record(world, session, msgid, String(body.msgtype), content, false)
}

function sendMsgOnEvent(world: World, body: Body): Body {
  const code = world.codes.get(String(body.code))
  if (!code || code.used || code.until < world.now()) throw new Refused(95016, 'invalid code')
  if (code.state !== undefined && code.session.state !== code.state) throw new Refused(95018, 'send msg session status invalid')
  const content = contentOf(world, body, ['text', 'msgmenu'])
  const msgid = take(world, code.session, body)
  code.used = true
  if (code.state === undefined) code.session.welcomedAt = world.now()
  return record(world, code.session, msgid, String(body.msgtype), content, true)
}

/** `msgid` must be new within the account. */
function take(world: World, { account }: Session, { msgid }: Body): string {
  const id = msgid === undefined ? world.id('sent') : String(msgid)
  if (!/^[0-9a-zA-Z_-]{1,32}$/.test(id)) throw new Refused(40058, 'msgid: invalid')
  const { msgids } = world.account(account)
  if (msgids.has(id)) throw new Refused(40058, 'msgid: duplicated')
  msgids.add(id)
  return id
}

function record(world: World, { account, user }: Session, msgid: string, msgtype: string, content: Body, granted: boolean): Body {
  const file = content.media_id === undefined ? undefined : world.media.get(String(content.media_id))
  const failure = world.lateFailures.shift()
  if (failure === undefined) world.sent.push({ account, user, msgid, msgtype, content, ...(file && { file }), granted })
  else {
    const event = { event_type: 'msg_send_fail', open_kfid: account, external_userid: user, fail_msgid: msgid, fail_type: failure }
    world.tell(account, { origin: 4, msgtype: 'event', event })
  }
  return { msgid }
}

const NEXT: Record<number, number[]> = { 0: [1, 2, 3, 4], 1: [2, 3, 4], 2: [2, 3, 4], 3: [3, 4], 4: [] }

function trans(world: World, body: Body): Body {
  const session = sessionOf(world, body)
  const to = Number(body.service_state)
  if (!NEXT[session.state]?.includes(to)) throw new Refused(95014, 'invalid session state')
  session.state = to
  return to === 1 ? {} : { msg_code: world.code(session, to) }
}

function batchGet(world: World, { external_userid_list: list }: Body): Body {
  if (!Array.isArray(list) || list.length === 0 || list.length > 100) throw new Refused(40058, 'external_userid_list: 1 to 100')
  const known = list.flatMap((id) => world.people.get(String(id)) ?? [])
  return {
    customer_list: known.map(({ id, nickname, unionid }) => ({
      external_userid: id,
      nickname,
      avatar: '',
      gender: 0,
      ...(unionid && { unionid }),
    })),
    invalid_external_userid: list.filter((id) => !world.people.has(String(id))),
  }
}

// ── Contents ─────────────────────────────────────────────────────────────────────────────────────────────────────────

const bytes = (value: unknown) => Buffer.byteLength(String(value ?? ''))

function contentOf(world: World, body: Body, types: string[]): Body {
  const type = String(body.msgtype)
  if (!types.includes(type)) throw new Refused(40008, 'invalid msgtype')
  const content = body[type] as Body | undefined
  if (typeof content !== 'object' || content === null) throw new Refused(40058, `${type}: missing`)
  if (type === 'text' && (bytes(content.content) < 1 || bytes(content.content) > 2048))
    throw new Refused(45002, 'content size out of limit')
  if (['image', 'voice', 'video', 'file'].includes(type) && !world.media.has(String(content.media_id))) {
    throw new Refused(40007, 'invalid media_id')
  }
  if (type === 'location' && (typeof content.latitude !== 'number' || typeof content.longitude !== 'number')) {
    throw new Refused(40058, 'location: latitude and longitude must be numbers')
  }
  if (type === 'msgmenu') checkMenu(content)
  return content
}

function checkMenu({ head_content: head, list, tail_content: tail }: Body): void {
  if (bytes(head) > 1024 || bytes(tail) > 1024) throw new Refused(45002, 'content size out of limit')
  if (!Array.isArray(list) || list.length > 10) throw new Refused(40058, 'msgmenu.list: at most 10')
  for (const one of list as Body[]) {
    const inner = one[String(one.type)] as Body | undefined
    if (!inner || !['click', 'view', 'miniprogram'].includes(String(one.type))) throw new Refused(40058, 'msgmenu.list.type: invalid')
    if (bytes(inner.content) < 1 || bytes(inner.content) > 128) throw new Refused(40058, 'msgmenu.list.content: 1 to 128 bytes')
    if (one.type === 'click' && (bytes(inner.id) < 1 || bytes(inner.id) > 128))
      throw new Refused(40058, 'msgmenu.list.click.id: 1 to 128 bytes')
    if (one.type === 'view' && !/^https?:\/\//.test(String(inner.url))) throw new Refused(40058, 'msgmenu.list.view.url: invalid')
  }
}

const LIMITS: Record<string, { max: number; name: RegExp }> = {
  image: { max: 10 << 20, name: /\.(jpe?g|png)$/i },
  voice: { max: 2 << 20, name: /\.amr$/i },
  video: { max: 10 << 20, name: /\.mp4$/i },
  file: { max: 20 << 20, name: /./ },
}

export function upload(world: World, type: string, file: { bytes: Uint8Array<ArrayBuffer>; name: string; mime: string }): Body {
  const limit = LIMITS[type]
  if (!limit) throw new Refused(40004, 'invalid media type')
  if (file.bytes.length <= 5 || file.bytes.length > limit.max) throw new Refused(40006, 'invalid media size')
  if (!limit.name.test(file.name)) throw new Refused(40005, 'invalid file type')
  const media_id = world.id('3a8asd892asd8asd_')
  world.media.set(media_id, file)
  return { type, media_id, created_at: String(Math.floor(world.now() / 1000)) }
}
