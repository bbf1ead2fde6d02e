// WeChat at the hostile house: an Official Account that pushes sealed XML, a Mini Program that pushes sealed JSON, and an account that
// is answered only in the answer to its push, plain.
import { createHmac } from 'node:crypto'
import { encrypt, type PushSecrets, sha1 } from '../fakes/wechat/crypt.ts'
import { type FakeWechat, type FakeWechatOptions, startFakeWechat } from '../fakes/wechat.ts'
import type { Call, Hall } from './hall.ts'

const AES = 'kWxPEV2UEDyxWpmPdKC3F4dgPDmOvfKX1HGnEUDS1aR'
const SECRET = 'wechat-hostile-secret'
const SESSION_SECRET = 'hostile sixteen letters'
const TOKEN = 'wxHostile'
type Id = 'wx' | 'lone' | 'mini'

/** Quotas have tests of their own: here it is about the words, of which some take more messages than WeChat allows. */
const OPTIONS = { secret: SECRET, token: TOKEN, encodingAesKey: AES, quotas: false }
const FAKES: Record<Id, FakeWechatOptions> = {
  wx: { ...OPTIONS, appId: 'wx1' },
  lone: { ...OPTIONS, appId: 'wx2', mode: 'plain', customerService: false },
  mini: { ...OPTIONS, appId: 'wx3', kind: 'mini', format: 'json' },
}
const IDS = Object.keys(FAKES) as Id[]

export const WECHAT_VARIABLES = { WX_SECRET: SECRET, WX_TOKEN: TOKEN, WX_AES: AES, WX_SESSION: SESSION_SECRET }

export function wechatYaml(roots: WechatHouse['roots']): string {
  const keys = `appSecret: "\${WX_SECRET}", token: "\${WX_TOKEN}"`
  const sealed = `${keys}, encodingAesKey: "\${WX_AES}"`
  return `  - { id: wx, type: wechat, appId: wx1, ${sealed}, apiRoot: "${roots.wx}" }
  - { id: lone, type: wechat, appId: wx2, ${keys}, plain: true, replies: passive, apiRoot: "${roots.lone}" }
  - { id: mini, type: wechat-mini, appId: wx3, ${sealed}, sessionSecret: "\${WX_SESSION}", apiRoot: "${roots.mini}" }`
}

export interface WechatHouse extends Record<Id, FakeWechat> {
  roots: Record<Id, string>
  /** From now on what people do is pushed to this house, by its own callers. */
  open(url: string, call: Hall['call']): void
  close(): Promise<void>
}

export async function startWechat(): Promise<WechatHouse> {
  let call: Hall['call'] | undefined
  const post = async (request: Request) => {
    if (!call) throw new Error('nobody lives there yet')
    const { pathname, search } = new URL(request.url)
    const body = new Uint8Array(await request.arrayBuffer())
    const { status, headers, text } = await call(`${pathname}${search}`, { headers: Object.fromEntries(request.headers), body })
    return new Response(text, { status, headers })
  }
  const [wx, lone, mini] = [
    await startFakeWechat({ ...FAKES.wx, post }),
    await startFakeWechat({ ...FAKES.lone, post }),
    await startFakeWechat({ ...FAKES.mini, post }),
  ]
  const fakes = { wx, lone, mini }
  return {
    ...fakes,
    roots: { wx: wx.url, lone: lone.url, mini: mini.url },
    open(url, by) {
      call = by
      for (const id of IDS) fakes[id].hook = `${url}/hooks/${id}`
    },
    async close() {
      await Promise.all(IDS.map((id) => fakes[id].close()))
    },
  }
}

/** Any bytes, as the platform would push them to this channel: signed, and hidden unless it is the plain one. */
export function pushOf(id: Id, body: Uint8Array<ArrayBuffer>): { query: string; body: string | Uint8Array<ArrayBuffer> } {
  const { token = '', encodingAesKey = '', appId = '', mode } = FAKES[id]
  return mode === 'plain' ? { query: plainQuery(token), body } : sealed({ token, encodingAesKey, appId }, body)
}

export function sealed(secrets: PushSecrets, inner: Uint8Array<ArrayBuffer>): { query: string; body: string } {
  const [timestamp, nonce] = [String(Math.floor(Date.now() / 1000)), '486452656']
  const encrypted = encrypt(secrets, inner)
  const query = new URLSearchParams({ timestamp, nonce, msg_signature: sha1(secrets.token, timestamp, nonce, encrypted) })
  return { query: `${query}`, body: `<xml><Encrypt><![CDATA[${encrypted}]]></Encrypt></xml>` }
}

function plainQuery(token: string): string {
  const [timestamp, nonce] = [String(Math.floor(Date.now() / 1000)), '486452656']
  return `${new URLSearchParams({ timestamp, nonce, signature: sha1(token, timestamp, nonce) })}`
}

export function push(hall: Hall, id: Id, bytes: Uint8Array<ArrayBuffer>, headers: Call['headers'] = { 'content-type': 'text/xml' }) {
  const { query, body } = pushOf(id, bytes)
  return hall.call(`/hooks/${id}?${query}`, { headers, body })
}

/** What a Mini Program's own server hands on of its user, signed as the page says. */
export function sessionFrom(payload: object): string {
  const signed = `v1.${Buffer.from(JSON.stringify(payload)).toString('base64url')}`
  return `${signed}.${createHmac('sha256', SESSION_SECRET).update(signed).digest('base64url')}`
}

/** What a document of XML cannot hold becomes U+FFFD there. */
export function ofXml(text: string): string {
  return text.toWellFormed().replace(/(?![\t\n\r\u007f-\u009f])\p{Cc}|[\uFFFE\uFFFF]/gu, '\uFFFD')
}
