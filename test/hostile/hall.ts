// A house with every kind of channel and desk, as a process of its own; fakes behind it, an admin in the console, and callers whose
// every call is looked at: no answer may be a 5xx, and every refusal says why.
import { createHmac, randomUUID } from 'node:crypto'
import { inject } from 'vitest'
import type { ActionReply, ConversationDetail, ConversationPage, HistoryPage, View } from '#http/console/protocol.ts'
import type { TroublePage } from '#http/console/protocol-state.ts'
import type { Opened } from '../chaos/house-entry.ts'
import { type FakeApp, startFakeApp } from '../fakes/app.ts'
import { type FakeMailApi, startFakeMailApi } from '../fakes/mailapi.ts'
import type { FakeTelegram } from '../fakes/telegram.ts'
import { type FakeKf, startFakeKf } from '../fakes/wecom-kf.ts'
import { GROUP, type HouseProcess, houseProcess, type Premises, premises, SECRET, startTelegram } from '../support/house.ts'
import { until } from '../support/until.ts'
import { NOTHING_HIDDEN, startTools, TOOL_VARIABLES, type ToolRoots, type Tools, toolsYaml } from './tools.ts'
import { startWechat, WECHAT_VARIABLES, type WechatHouse, wechatYaml } from './wechat.ts'

export const APP_SECRET = `whsec_${Buffer.alloc(32, 3).toString('base64')}`
export const MAIL_SECRET = `whsec_${Buffer.alloc(32, 5).toString('base64')}`
const MAIL_KEY = 're_hostile_key'
export const KF = { corpId: 'ww1', secret: 'kf-hostile', token: 'kfHostile', encodingAesKey: 'jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C' }
export const MAILBOX = 'help@shop.example'

export interface Roots {
  telegram: string
  app: string
  mail: string
  kf: string
  wechat: WechatHouse['roots']
  tools: ToolRoots
}

export function hostileYaml(roots: Roots): string {
  const tools = toolsYaml(roots.tools)
  // Most conversations are in the console alone: whoever wants one in a tool passes it to the skill of that name.
  const skills = [['aftersales', 'console'] as const, ['tech', 'console'] as const, ['group', 'group'] as const]
  const own = skills.map(([id, desk]) => `{ id: ${id}, desks: [${desk}] }`)
  const telegram = `mode: webhook, secret: "\${TG_SECRET}", apiRoot: "${roots.telegram}"`
  return `brand: { name: 示例商城 }
channels:
  - { id: web, type: web, origins: ["https://shop.example"] }
  - { id: tg, type: telegram, token: "\${TG_TOKEN}", ${telegram} }
  - { id: app, type: app, callbackUrl: "${roots.app}/callback", secret: "\${APP_SECRET}" }
  - { id: mail, type: email, address: ${MAILBOX}, secret: "\${MAIL_SECRET}", api: { provider: resend, key: "\${MAIL_KEY}", apiRoot: "${roots.mail}" } }
  - { id: kf, type: wecom-kf, corpId: ww1, secret: "\${KF_SECRET}", token: "\${KF_TOKEN}", encodingAesKey: "\${KF_AES}", apiRoot: "${roots.kf}" }
${wechatYaml(roots.wechat)}
desks:
  - { id: console, type: console }
  - { id: group, type: telegram, token: "\${TG_DESK_TOKEN}", chat: ${GROUP}, ${telegram}, ${NOTHING_HIDDEN} }
${tools.desks}
skills: [${[...own, ...tools.skills].join(', ')}]
routing: { mode: claim }
agents:
  - { id: anna, name: 安娜, skills: [aftersales${roots.tools.mail ? ', inbox' : ''}], capacity: 50, identities: { group: "501", ${tools.identities} } }
`
}

export const VARIABLES = {
  APP_SECRET,
  MAIL_SECRET,
  MAIL_KEY,
  KF_SECRET: KF.secret,
  KF_TOKEN: KF.token,
  KF_AES: KF.encodingAesKey,
  ...WECHAT_VARIABLES,
  ...TOOL_VARIABLES,
  TRUST_PROXY: '1',
}

export interface Answer {
  status: number
  headers: Headers
  text: string
  json<T>(): T
}

export interface Call {
  method?: string
  headers?: Record<string, string>
  body?: string | Uint8Array<ArrayBuffer>
}

export interface Hall {
  house: HouseProcess
  place: Premises
  telegram: FakeTelegram
  app: FakeApp
  mail: FakeMailApi
  kf: FakeKf
  wechat: WechatHouse
  tools: Tools
  /** Each time from another address, so that nobody is too many. */
  call(path: string, call?: Call): Promise<Answer>
  /** What was wrong with the answers so far: 5xx, and refusals without words. */
  faults: string[]
  /** How many calls were made. */
  calls(): number
  admin: Admin
  close(): Promise<void>
}

export interface Admin {
  headers: Record<string, string>
  act(conversation: string, wish: object): Promise<Answer>
  /** With everything that was ever said in it. */
  read(conversation: string): Promise<ConversationDetail>
  list(view: View, q?: string): Promise<ConversationPage['items']>
  /** The conversation in which these words were said. */
  find(words: string): Promise<ConversationDetail>
  /** As `find`, and takes it. */
  claim(words: string): Promise<string>
  /** As `find`, and gives it to those who have that skill. */
  pass(words: string, skill: string): Promise<string>
}

export const JSON_TYPE = { 'content-type': 'application/json' }
export const TG_HEADERS = { ...JSON_TYPE, 'x-telegram-bot-api-secret-token': SECRET }

export interface HallOptions {
  /** Another program that runs the house. */
  entry?: string
  /** With the XMPP desk, and a server for it. */
  xmpp?: boolean
  /** With the desk of mail, and a mailbox for it. */
  mail?: boolean
}

export async function openHall({ entry = inject('programs').crashing, xmpp, mail: hasMail }: HallOptions = {}): Promise<Hall> {
  const [telegram, app, mail] = [await startTelegram(), await startFakeApp({ secrets: [APP_SECRET] }), await startFakeMailApi(MAIL_KEY)]
  const [kf, wechat, tools] = [await startFakeKf(KF), await startWechat(), await startTools({ xmpp, mail: hasMail })]
  const roots = { telegram: telegram.url, app: app.url, mail: mail.url, kf: kf.url, wechat: wechat.roots, tools: tools.roots }
  const place = await premises(hostileYaml(roots), VARIABLES)
  const house = await houseProcess(place, { entry })
  kf.hook = `${house.url}/hooks/kf`
  const close = async () => {
    await house.kill()
    await Promise.all([telegram.close(), app.close(), mail.close(), kf.close(), wechat.close(), tools.close()])
    place.remove()
  }
  try {
    await house.ready()
    const faults: string[] = []
    let count = 0
    const call = async (path: string, options: Call = {}) => {
      count++
      return callOnce(house.url, path, options, count, faults)
    }
    wechat.open(house.url, call)
    tools.open(house.url)
    const setupUrl = await until('a link for the first admin', () => house.told<Opened>().find((one) => one.setupUrl)?.setupUrl)
    const admin = await signUp(call, setupUrl)
    return { house, place, telegram, app, mail, kf, wechat, tools, call, faults, calls: () => count, admin, close }
  } catch (error) {
    await close()
    throw error
  }
}

async function callOnce(
  url: string,
  path: string,
  { method = 'POST', headers = {}, body }: Call,
  n: number,
  faults: string[],
): Promise<Answer> {
  const from = `2001:db8::${(n >> 16).toString(16)}:${(n & 0xffff).toString(16)}`
  const what = `${method} ${path} ${typeof body === 'string' ? body.slice(0, 200) : `${body?.length ?? 0} bytes`}`
  const ask = () =>
    fetch(`${url}${path}`, { method, headers: { 'x-forwarded-for': from, ...headers }, body, signal: AbortSignal.timeout(20_000) })
  // A line that was kept open may be closed in the instant in which it is used: then a new one is taken, as every client does.
  const response = await ask()
    .catch(ask)
    .catch((error) => {
      throw new Error(`nobody answers ${what}`, { cause: error })
    })
  const text = await response.text()
  const { status } = response
  if (status >= 500) faults.push(`${status} ${what}: ${text.slice(0, 200)}`)
  if (status >= 400 && method !== 'HEAD' && !isClear(text)) faults.push(`no reason: ${status} ${what}: ${text.slice(0, 200)}`)
  return { status, headers: response.headers, text, json: <T>() => JSON.parse(text) as T }
}

/** A code for scripts and words for people. */
function isClear(text: string): boolean {
  try {
    const { error } = JSON.parse(text) as { error?: { code?: unknown; message?: unknown } }
    return typeof error?.code === 'string' && typeof error.message === 'string' && error.message.length > 3
  } catch {
    return false // No JSON: whoever called learns nothing.
  }
}

async function signUp(call: Hall['call'], setupUrl: string): Promise<Admin> {
  const token = new URL(setupUrl).searchParams.get('token')
  const request = { token, name: 'Chief', email: 'chief@example.com', password: 'correct horse battery 9' }
  const guard = { ...JSON_TYPE, 'x-frontdesk': '1' }
  const answer = await call('/console/api/setup', { headers: guard, body: JSON.stringify(request) })
  const cookie = answer.headers.get('set-cookie')?.split(';')[0]
  if (!cookie) throw new Error(`the console does not let us in: ${answer.status} ${answer.text}`)
  const headers = { ...guard, cookie }
  const get = async <T>(path: string) => (await call(path, { method: 'GET', headers })).json<T>()
  const read = async (id: string) => {
    const detail = await get<ConversationDetail>(`/console/api/conversations/${id}`)
    while (detail.older) {
      const page = await get<HistoryPage>(`/console/api/conversations/${id}/messages?before=${detail.messages[0]?.seq}`)
      detail.messages.unshift(...page.messages)
      detail.older = page.older
    }
    return detail
  }
  const list = async (view: View, q = '') =>
    (await get<ConversationPage>(`/console/api/conversations?view=${view}&q=${encodeURIComponent(q)}`)).items
  const act: Admin['act'] = (id, wish) =>
    call(`/console/api/conversations/${id}/actions`, { headers, body: JSON.stringify({ clientId: randomUUID(), ...wish }) })
  const find = (words: string) =>
    until(`a conversation with ${words}`, async () => {
      const [found] = await list('open', words)
      return found && read(found.id)
    })
  const inQueue = async (words: string, wish: object) => {
    const { id } = await find(words)
    const queued = await until('it is in the queue', async () => {
      const now = await read(id)
      return now.status === 'queued' && now
    })
    const done = (await act(id, { ...wish, version: queued.version })).json<ActionReply>()
    if (!done.ok) throw new Error(`${JSON.stringify(wish)} is refused: ${JSON.stringify(done)}`)
    return id
  }
  return {
    headers,
    act,
    read,
    list,
    find,
    claim: (words) => inQueue(words, { type: 'claim' }),
    pass: (words, skill) => inQueue(words, { type: 'transfer', to: { skill } }),
  }
}

/** A new visitor of the website: what they send with. */
export async function visitor({ call }: Pick<Hall, 'call'>): Promise<Record<string, string>> {
  const { token } = (await call('/chat/v1/web/session', { headers: JSON_TYPE, body: '{}' })).json<{ token: string }>()
  return { ...JSON_TYPE, authorization: `Bearer ${token}` }
}

/** A body signed as the company's server, or the mail server, signs it: by Node's own HMAC, not by the code under test. */
export function signed<B extends string | Uint8Array<ArrayBuffer>>(secret: string, body: B, id: string = randomUUID()) {
  const seconds = String(Math.floor(Date.now() / 1000))
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64')
  const mac = createHmac('sha256', key).update(`${id}.${seconds}.`).update(body).digest('base64')
  return { body, headers: { ...JSON_TYPE, 'webhook-id': id, 'webhook-timestamp': seconds, 'webhook-signature': `v1,${mac}` } }
}

export interface Harm {
  exits: string[]
  complaints: string
  faults: string[]
  /** What was accepted and could not be worked on. */
  dead: string[]
}

/** Whether the process lives, and what it complained of. */
export async function unharmed({ house, faults, admin, call }: Hall): Promise<Harm> {
  const trouble = await call('/console/api/trouble?state=dead', { method: 'GET', headers: admin.headers })
  if (trouble.status !== 200) throw new Error(`nobody can say what is dead: ${trouble.text}\n${house.complaints().slice(0, 3_000)}`)
  const { items } = trouble.json<TroublePage>()
  const dead = items.map(({ what, words, reason }) => `${what} ${words.slice(0, 60)}: ${reason}`)
  // What Node says of a library's future harms nobody today.
  const complaints = house.complaints().replaceAll(/^\(node:\d+\) DeprecationWarning: .*\n|^\(Use `node --trace-.*\n/gm, '')
  return { exits: house.exits(), complaints: complaints.slice(0, 3_000), faults: faults.slice(0, 20), dead }
}

export const UNHARMED: Harm = { exits: [], complaints: '', faults: [], dead: [] }

/** Calls for each item, so many at once, in no order. */
export async function inParallel<T>(items: readonly T[], width: number, work: (item: T, n: number) => Promise<unknown>): Promise<void> {
  let next = 0
  const one = async () => {
    for (let n = next++; n < items.length; n = next++) await work(items[n] as T, n)
  }
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, one))
}
