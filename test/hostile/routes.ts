// One sender for each route that changes something, with everything it needs before it looks at a body; and one address for each
// that is read. `routes.test.ts` fails when a route has none.

import { written } from '../fakes/wechat/people.ts'
import { type Answer, APP_SECRET, type Hall, JSON_TYPE, KF, MAIL_SECRET, signed, TG_HEADERS, visitor } from './hall.ts'
import { FEISHU_CHAT, feishuEvent, fromFeishu, fromSlack, SLACK_CHANNEL, slackEvent } from './tools.ts'
import { push, sealed } from './wechat.ts'

type Bytes = Uint8Array<ArrayBuffer>

export interface Sender {
  route: string
  /** What it is called with; `as` says what kind of body the caller claims it to be. */
  send(hall: Hall, scene: Scene, body: Bytes, as?: string): Promise<Answer>
  /** A body that is taken. */
  valid: string
}

/** Things that the routes are about. */
export interface Scene {
  conversation: string
  message: string
  agent: string
}

const telegram = JSON.stringify({
  update_id: 900_000_001,
  message: { message_id: 1, date: 1_790_000_000, chat: { id: 77, type: 'private' }, from: { id: 77, first_name: 'X' }, text: '你好' },
})
const app = JSON.stringify({ type: 'message', user: { id: 'u_1', name: 'X' }, message: { id: 'm_1', text: '你好' } })
const mail = JSON.stringify({ from: 'x@b.example', raw: Buffer.from('From: x@b.example\r\nSubject: x\r\n\r\nhello').toString('base64') })

const pushed = (id: number, format: 'xml' | 'json') => {
  const words = {
    ToUserName: 'gh_fake',
    FromUserName: 'oBodies',
    CreateTime: 1_790_000_000,
    MsgType: 'text',
    Content: '你好',
    MsgId: `${id}`,
  }
  return written(words, format)
}
const ring = written({ ToUserName: 'ww1', CreateTime: 1_790_000_000, MsgType: 'event', Event: 'kf_msg_or_event', OpenKfId: 'wk1' }, 'xml')

const hook = (id: string, headers: Record<string, string>, valid: string): Sender => ({
  route: 'POST /hooks/:id',
  valid,
  send: (hall, _scene, body, as) => hall.call(`/hooks/${id}`, { headers: { ...headers, ...(as && { 'content-type': as }) }, body }),
})
const signedHook = (id: string, secret: string, valid: string): Sender => ({
  route: 'POST /hooks/:id',
  valid,
  send: (hall, _scene, body, as = 'application/json') =>
    hall.call(`/hooks/${id}`, { headers: { ...signed(secret, body).headers, 'content-type': as }, body }),
})
/** Signed, and sealed where the channel wants it: the body is what is within. */
const pushedHook = (id: 'wx' | 'lone' | 'mini', valid: string): Sender => ({
  route: 'POST /hooks/:id',
  valid,
  send: (hall, _scene, body, as = 'text/xml') => push(hall, id, body, { 'content-type': as }),
})
const rungHook = (valid: string): Sender => ({
  route: 'POST /hooks/:id',
  valid,
  send(hall, _scene, bytes, as = 'text/xml') {
    const { query, body } = sealed({ ...KF, appId: KF.corpId }, bytes)
    return hall.call(`/hooks/kf?${query}`, { headers: { 'content-type': as }, body })
  },
})
/** One visitor says so much, then another comes. */
const EACH = 10
const chat = (path: string, valid: object): Sender => {
  let came: Promise<Record<string, string>> | undefined
  let said = 0
  return {
    route: `POST /chat/v1/:channel/${path}`,
    valid: JSON.stringify(valid),
    async send(hall, _scene, body, as = 'application/json') {
      if (said++ % EACH === 0 || !came) came = visitor(hall)
      return hall.call(`/chat/v1/web/${path}`, { headers: { ...(await came), 'content-type': as }, body })
    },
  }
}
const desk = (path: string, valid: object): Sender => ({
  route: `POST /console/api/${path}`,
  valid: JSON.stringify(valid),
  send(hall, scene, body, as = 'application/json') {
    const [, thing] = path.split('/')
    const filled = path
      // Named in the config, so that it is asked for, and stays.
      .replace('team/:id/unlink', 'team/anna/unlink')
      .replace('team/:id', `team/${scene.agent}`)
      .replace(':id', scene.conversation)
      .replace(':message', scene.message)
      .replace(':key', 'qst_none')
    const headers = thing === undefined && path === 'logout' ? { ...JSON_TYPE, 'x-frontdesk': '1' } : hall.admin.headers
    return hall.call(`/console/api/${filled}`, { headers: { ...headers, 'content-type': as }, body })
  },
})

/** Signed as Slack signs: an event as JSON, a slash command as a form, a press as JSON within a form. */
const slackHook = (valid: string, kind: 'event' | 'press' | 'slash' = 'event'): Sender => ({
  route: 'POST /hooks/:id',
  valid,
  send(hall, _scene, bytes, as) {
    const body = kind === 'press' ? `payload=${escaped(bytes)}` : bytes
    return hall.call('/hooks/slack', fromSlack(body, as ?? (kind === 'event' ? 'application/json' : 'application/x-www-form-urlencoded')))
  },
})
const feishuHook = (valid: string): Sender => ({
  route: 'POST /hooks/:id',
  valid,
  send: (hall, _scene, bytes, as) => hall.call('/hooks/feishu', fromFeishu(bytes, as)),
})
/** As a form holds any bytes. */
const escaped = (bytes: Bytes) => Buffer.from(bytes).toString('hex').replaceAll(/../g, '%$&')
const wordsInSlack = { type: 'message', user: 'U777', ts: '1790000000.000001', thread_ts: '1790000000.000000', text: '你好' }
const press = {
  type: 'block_actions',
  user: { id: 'U777' },
  team: { id: 'T1' },
  channel: { id: SLACK_CHANNEL },
  container: { channel_id: SLACK_CHANNEL, message_ts: '1790000000.000000' },
  actions: [{ action_id: 'a', block_id: 'b', action_ts: '1790000000.000002', value: 'claim' }],
}
const wordsInFeishu = {
  sender: { sender_id: { open_id: 'ou_nobody' }, sender_type: 'user' },
  message: {
    message_id: 'om_1',
    root_id: 'om_0',
    chat_id: FEISHU_CHAT,
    chat_type: 'group',
    message_type: 'text',
    content: '{"text":"你好"}',
  },
}

const clientId = 'client-of-bodies'

export const senders: Sender[] = [
  hook('tg', TG_HEADERS, telegram),
  hook('group', TG_HEADERS, telegram.replace('"id":77,"type":"private"', '"id":-1001234567890,"type":"supergroup"')),
  signedHook('app', APP_SECRET, app),
  signedHook('mail', MAIL_SECRET, mail),
  pushedHook('wx', pushed(900_000_001, 'xml')),
  pushedHook('lone', pushed(900_000_002, 'xml')),
  pushedHook('mini', pushed(900_000_003, 'json')),
  rungHook(ring),
  slackHook(JSON.stringify(slackEvent(wordsInSlack, 'EvBodies'))),
  slackHook(JSON.stringify(press), 'press'),
  slackHook('command=%2Fdesk&text=queue&user_id=U777&channel_id=C101&trigger_id=bodies', 'slash'),
  feishuHook(JSON.stringify(feishuEvent('im.message.receive_v1', wordsInFeishu, 'ev_bodies'))),
  chat('session', { locale: 'en', page: 'https://shop.example/' }),
  chat('messages', { clientId, text: '你好' }),
  chat('seen', { seq: 1, state: 'read' }),
  chat('files', { any: 'bytes' }),
  desk('setup', { token: 'x', name: 'X', email: 'x@example.com', password: 'correct horse battery' }),
  desk('login', { email: 'x@example.com', password: 'x' }),
  desk('logout', {}),
  desk('presence', { state: 'away' }),
  desk('conversations/:id/actions', { clientId, type: 'note', text: 'x' }),
  desk('conversations/:id/messages/:message/drop', {}),
  desk('files', { any: 'bytes' }),
  desk('team', { name: 'X', email: 'bodies@example.com', role: 'agent' }),
  desk('team/:id/invite', {}),
  desk('team/:id/unlink', { desk: 'group' }),
  desk('trouble', { action: 'drop', ids: ['dlv_none'] }),
  desk('me/link', {}),
  desk('followups/:id/done', {}),
  desk('lessons/:key', { action: 'ignore' }),
]

/** Each route that is read, as somebody calls it. */
export const reads: Record<string, string> = {
  'GET /healthz': '/healthz',
  'GET /readyz': '/readyz',
  'GET /metrics': '/metrics',
  'GET /hooks/:id': '/hooks/tg',
  'GET /chat/v1/files/:id': '/chat/v1/files/att_none',
  'GET /chat/v1/:channel/messages': '/chat/v1/web/messages',
  'GET /chat/v1/:channel/socket': '/chat/v1/web/socket',
  'GET /console/api/setup': '/console/api/setup',
  'GET /console/api/me': '/console/api/me',
  'GET /console/api/conversations': '/console/api/conversations',
  'GET /console/api/conversations/:id': '/console/api/conversations/cnv_none',
  'GET /console/api/conversations/:id/messages': '/console/api/conversations/cnv_none/messages?before=1',
  'GET /console/api/conversations/:id/found': '/console/api/conversations/cnv_none/found?q=x',
  'GET /console/api/conversations/:id/messages/:message/attempts': '/console/api/conversations/cnv_none/messages/msg_none/attempts',
  'GET /console/api/files/:id': '/console/api/files/att_none',
  'GET /console/api/team': '/console/api/team',
  'GET /console/api/trouble': '/console/api/trouble',
  'GET /console/api/trouble/count': '/console/api/trouble/count',
  'GET /console/api/conversations/:id/macros': '/console/api/conversations/cnv_none/macros',
  'GET /console/api/conversations/:id/targets': '/console/api/conversations/cnv_none/targets?q=x',
  'GET /console/api/conversations/:id/articles': '/console/api/conversations/cnv_none/articles?q=x',
  'GET /console/api/followups': '/console/api/followups',
  'GET /console/api/macros/uses': '/console/api/macros/uses',
  'GET /console/api/lessons': '/console/api/lessons',
  'GET /console/api/system': '/console/api/system',
  'GET /console/api/socket': '/console/api/socket',
  'GET /api/openapi.json': '/api/openapi.json',
  'GET /': '/',
  'GET /demo/*': '/demo/demo.js',
  'GET /widget.js': '/widget.js',
  'GET /widget/app.js': '/widget/app.js',
  'GET /widget/app.css': '/widget/app.css',
  'GET /widget/:channel': '/widget/web',
  'GET /console': '/console',
  'GET /console/*': '/console/conversations',
}
