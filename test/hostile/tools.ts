// Agents' tools at the hostile house: Slack and Feishu, which call our hooks, and where it is asked for an XMPP server, to which we hold
// a line, and a mailbox with a server that sends. Limits of rate have tests of their own: here it is about the words.
import { createHmac } from 'node:crypto'
import { encrypted, signed as signedForFeishu } from '../fakes/feishu/push.ts'
import { type FakeFeishu, startFakeFeishu } from '../fakes/feishu.ts'
import { type FakeSlack, startFakeSlack } from '../fakes/slack.ts'
import { type Dovecot, PASSWORD, startDovecot, USER } from '../support/dovecot.ts'
import { DESK_PASSWORD, startProsody } from '../support/prosody.ts'
import { type FakeSmtp, startSmtp } from '../support/smtp.ts'
import { openPerson, type Person } from '../support/xmpp-person.ts'
import type { Field, Turn } from './fields.ts'
import type { Call, Hall } from './hall.ts'

const SLACK = { token: 'xoxb-hostile', secret: 'slack-hostile' }
const FEISHU_KEYS = { encryptKey: 'feishu-hostile', verificationToken: 'feishuHostile' }
const FEISHU = { appId: 'cli_hostile', appSecret: 'feishu-app-hostile', chat: 'oc_hostile', ...FEISHU_KEYS }

/** Slack takes a message a second in each channel: in eight of them as many. Conversations are only in that of the skill `slack`. */
const SPARE = ['sales', 'billing', 'returns', 'repairs', 'parts', 'partners']
export const SLACK_CHANNEL = 'C101'
const CHANNELS: Record<string, string> = { slack: SLACK_CHANNEL, ...Object.fromEntries(SPARE.map((skill, n) => [skill, `C20${n}`])) }
const [USUAL, EVERYBODY] = ['C100', ['UDESK', 'U501', 'U777']]

export const TOOL_VARIABLES = {
  SLACK_BOT: SLACK.token,
  SLACK_SIGN: SLACK.secret,
  FS_SECRET: FEISHU.appSecret,
  FS_KEY: FEISHU.encryptKey,
  FS_TOKEN: FEISHU.verificationToken,
  XMPP_PW: DESK_PASSWORD,
  DESK_PW: PASSWORD,
}

/** Where anna reads her mail. */
export const ANNAS = 'anna@agents.example'

export interface ToolRoots {
  slack: string
  feishu: string
  /** Absent: there is no such desk. */
  xmpp?: string
  /** Ports of both servers. Absent: as above. */
  mail?: { imap: number; smtp: number }
}

/** What tools are not shown has tests of its own: numbers that look like a card's are words here. */
export const NOTHING_HIDDEN = 'redact: { cards: false, secrets: false }'

/** A skill for each of them: its conversations are in that tool alone, and all others in none. */
export function toolsYaml({ slack, feishu, xmpp, mail }: ToolRoots): { desks: string; skills: string[]; identities: string } {
  const channels = Object.entries(CHANNELS).map(([skill, id]) => `${skill}: ${id}`)
  const keys = `encryptKey: "\${FS_KEY}", verificationToken: "\${FS_TOKEN}"`
  const desks = [
    `{ id: slack, type: slack, botToken: "\${SLACK_BOT}", signingSecret: "\${SLACK_SIGN}", channel: ${USUAL}, channels: { ${channels} }, apiRoot: "${slack}" }`,
    `{ id: feishu, type: feishu, appId: ${FEISHU.appId}, appSecret: "\${FS_SECRET}", ${keys}, chat: ${FEISHU.chat}, apiRoot: "${feishu}" }`,
    ...(xmpp === undefined
      ? []
      : [`{ id: xmpp, type: xmpp, service: "${xmpp}", user: desk@localhost, password: "\${XMPP_PW}", rooms: conference.localhost }`]),
    ...(mail === undefined ? [] : [mailDesk(mail)]),
  ]
  const identities = {
    slack: 'U501',
    feishu: 'ou_anna',
    ...(xmpp !== undefined && { xmpp: 'anna@localhost' }),
    ...(mail && { inbox: ANNAS }),
  }
  return {
    desks: desks.map((desk) => `  - ${desk.replace(/ \}$/, `, ${NOTHING_HIDDEN} }`)}`).join('\n'),
    skills: [...Object.keys(identities).map((id) => `{ id: ${id}, desks: [${id}] }`), ...SPARE],
    identities: Object.entries(identities)
      .map(([id, name]) => `${id}: ${name}`)
      .join(', '),
  }
}

function mailDesk({ imap, smtp }: NonNullable<ToolRoots['mail']>): string {
  const servers = `imap: { host: 127.0.0.1, port: ${imap}, secure: false, user: ${USER}, password: "\${DESK_PW}" }, smtp: { host: 127.0.0.1, port: ${smtp}, secure: false }`
  return `{ id: inbox, type: email, address: desk@shop.example, gatherSeconds: 0.2, mailsPerMinute: 1000, ${servers} }`
}

export interface Tools {
  roots: ToolRoots
  slack: FakeSlack
  feishu: FakeFeishu
  /** An agent at the XMPP server, if there is one: there before the house, as colleagues are. */
  anna?: Person
  /** The desk's mailbox, and what was sent from it; if there is one. */
  mail?: { box: Dovecot; relay: FakeSmtp }
  /** From now on what people do in them is told to this house. */
  open(url: string): void
  close(): Promise<void>
}

export async function startTools({ xmpp = false, mail: hasMail = false }: { xmpp?: boolean; mail?: boolean } = {}): Promise<Tools> {
  const [slack, feishu] = [await startFakeSlack(SLACK), await startFakeFeishu(FEISHU)]
  for (const [id, name] of [['U501', '安娜'] as const, ['U777', '路人'] as const]) slack.world.addUser(id, name)
  for (const id of [USUAL, ...Object.values(CHANNELS)]) slack.world.addChannel(id, id.toLowerCase(), EVERYBODY)
  for (const [id, name] of [['ou_anna', '安娜'] as const, ['ou_nobody', '路人'] as const]) feishu.agent({ id, name })
  Object.assign(feishu.world, { perSecond: Number.POSITIVE_INFINITY, perMinute: Number.POSITIVE_INFINITY })
  const prosody = xmpp ? await startProsody() : undefined
  const anna = prosody && (await openPerson(prosody.port, 'anna'))
  const mail = hasMail ? { box: await startDovecot(), relay: await startSmtp() } : undefined
  return {
    roots: {
      slack: slack.url,
      feishu: feishu.url,
      ...(prosody && { xmpp: `xmpp://127.0.0.1:${prosody.port}` }),
      ...(mail && { mail: { imap: mail.box.port, smtp: mail.relay.port } }),
    },
    slack,
    feishu,
    ...(anna && { anna }),
    ...(mail && { mail }),
    open(url) {
      slack.hook = { url: `${url}/hooks/slack` }
      feishu.hook = `${url}/hooks/feishu`
    },
    async close() {
      anna?.close()
      await Promise.all([slack.close(), feishu.close(), prosody?.remove(), mail?.relay.close(), mail?.box.remove()])
    },
  }
}

type Bytes = Uint8Array<ArrayBuffer>

/** Any bytes, as Slack would post them now: by Node's own HMAC. */
export function fromSlack(body: string | Bytes, type = 'application/json', secret = SLACK.secret): Required<Omit<Call, 'method'>> {
  const time = String(Math.floor(Date.now() / 1000))
  const mac = createHmac('sha256', secret).update(`v0:${time}:`).update(body).digest('hex')
  return { body, headers: { 'content-type': type, 'x-slack-request-timestamp': time, 'x-slack-signature': `v0=${mac}` } }
}

/** Any bytes, as Feishu would push them now: within its encryption, and signed. */
export function fromFeishu(inner: string | Bytes, type = 'application/json', key = FEISHU.encryptKey): Required<Omit<Call, 'method'>> {
  const body = JSON.stringify({ encrypt: encrypted(inner, key) })
  return { body, headers: { 'content-type': type, ...signedForFeishu(body, key, Date.now()) } }
}

/** An event of Slack, as it stands in the body. */
export function slackEvent(event: object, id: string): object {
  return { type: 'event_callback', team_id: 'T1', event_id: id, event: { channel: SLACK_CHANNEL, ...event } }
}

/** The same of Feishu. */
export function feishuEvent(type: string, event: object, id: string): object {
  const header = { event_id: id, event_type: type, create_time: String(Date.now()), token: FEISHU.verificationToken, app_id: FEISHU.appId }
  return { schema: '2.0', header, event }
}

export const FEISHU_CHAT = FEISHU.chat

// ── Every field of what they tell us ─────────────────────────────────────────────────────────────────────────────────

let told = 0

/** By somebody who is no agent, each in a thread of its own. */
const slackSays = (more: object) => {
  const ts = (n: number) => `1790000000.${String(n).padStart(6, '0')}`
  const place = { ts: ts(++told), thread_ts: ts(++told), event_ts: ts(told) }
  return fromSlack(JSON.stringify(slackEvent({ type: 'message', user: 'U777', text: 'x', ...place, ...more }, `EvHostile${told}`)))
}
const slackForm = (form: Record<string, string>) => fromSlack(`${new URLSearchParams(form)}`, 'application/x-www-form-urlencoded')
const slackPress = (more: object, user: object = { id: 'U501' }) =>
  slackForm({
    payload: JSON.stringify({
      type: 'block_actions',
      user,
      team: { id: 'T1' },
      channel: { id: SLACK_CHANNEL },
      container: { channel_id: SLACK_CHANNEL, message_ts: `1790000000.${String(++told).padStart(6, '0')}` },
      actions: [{ action_id: 'a', block_id: 'b', action_ts: '1790000000.000001', ...more }],
    }),
  })
const slackRich = (element: object) =>
  slackSays({ blocks: [{ type: 'rich_text', elements: [{ type: 'rich_text_section', elements: [element] }] }] })

const feishuSays = (message: object, sender: object = {}) =>
  fromFeishu(
    JSON.stringify(
      feishuEvent(
        'im.message.receive_v1',
        {
          sender: { sender_id: { open_id: 'ou_nobody' }, sender_type: 'user', ...sender },
          message: {
            message_id: `om_hostile${++told}`,
            root_id: `om_root${told}`,
            chat_id: FEISHU.chat,
            chat_type: 'group',
            message_type: 'text',
            content: '{"text":"x"}',
            ...message,
          },
        },
        `ev_hostile${told}`,
      ),
    ),
  )
const feishuPress = (action: object, more: object = {}) =>
  fromFeishu(
    JSON.stringify(
      feishuEvent(
        'card.action.trigger',
        { operator: { open_id: 'ou_anna' }, action, context: { open_message_id: `om_card${++told}`, open_chat_id: FEISHU.chat }, ...more },
        `ev_hostile${told}`,
      ),
    ),
  )

type Calling = (text: string) => Required<Omit<Call, 'method'>>
const SLACK_FIELDS: Record<string, Calling> = {
  text: (text) => slackSays({ text }),
  'rich text': (text) => slackRich({ type: 'text', text }),
  link: (text) => slackRich({ type: 'link', url: text, text }),
  'rich kind': (text) => slackRich({ type: text, user_id: text, name: text, unicode: text, range: text }),
  'beside the threads': (text) => slackSays({ thread_ts: undefined, text: `!${text}` }),
  file: (text) => slackSays({ subtype: 'file_share', files: [{ id: text, name: text, title: text, mimetype: text, mode: text }] }),
  edit: (text) => slackSays({ subtype: 'message_changed', message: { ts: '1.2', thread_ts: '1.1', user: 'U777', text } }),
  deletion: (text) =>
    slackSays({ subtype: 'message_deleted', deleted_ts: text, previous_message: { ts: text, thread_ts: text, user: 'U777', text } }),
  'everything beside': (text) =>
    slackSays({ user: text, subtype: undefined, ts: text, thread_ts: text, event_ts: text, bot_id: undefined }),
  reaction: (text) => slackSays({ type: 'reaction_added', reaction: text, item: { type: 'message', channel: SLACK_CHANNEL, ts: text } }),
  press: (text) => slackPress({ value: text }),
  'press beside': (text) => slackPress({ value: 'claim', block_id: text, action_ts: text }, { id: 'U501', name: text, username: text }),
  slash: (text) =>
    slackForm({ command: '/desk', text, user_id: 'U777', user_name: text, channel_id: SLACK_CHANNEL, trigger_id: `hostile${++told}` }),
  form: (text) =>
    slackForm({
      payload: JSON.stringify({
        type: 'view_submission',
        user: { id: 'U777' },
        team: { id: 'T1' },
        view: {
          id: text,
          hash: text,
          callback_id: 'frontdesk_note',
          private_metadata: text,
          state: { values: { w: { w: { value: text } } } },
        },
      }),
    }),
}
const FEISHU_FIELDS: Record<string, Calling> = {
  text: (text) => feishuSays({ content: JSON.stringify({ text }) }),
  content: (content) => feishuSays({ content }),
  post: (text) =>
    feishuSays({
      message_type: 'post',
      content: JSON.stringify({
        title: text,
        content: [
          [
            { tag: 'text', text },
            { tag: 'a', text, href: text },
            { tag: text, text },
            { tag: 'at', user_id: text },
          ],
        ],
      }),
    }),
  kind: (text) => feishuSays({ message_type: text, content: JSON.stringify({ topic: text }) }),
  file: (text) => feishuSays({ message_type: 'file', content: JSON.stringify({ file_key: text, file_name: text }) }),
  mention: (text) => feishuSays({ content: JSON.stringify({ text }), mentions: [{ key: text, id: { open_id: text }, name: text }] }),
  'everything beside': (text) =>
    feishuSays({ message_id: text, root_id: text, parent_id: text, create_time: text }, { sender_id: { open_id: text } }),
  'in private': (text) => feishuSays({ chat_type: 'p2p', root_id: '', content: JSON.stringify({ text: `/${text}` }) }),
  press: (text) => feishuPress({ value: { c: text } }),
  'press beside': (text) => feishuPress({ option: text, value: { t: text } }, { token: text }),
  recall: (text) =>
    fromFeishu(JSON.stringify(feishuEvent('im.message.recalled_v1', { message_id: text, chat_id: FEISHU.chat }, `ev_hostile${++told}`))),
}

/** What nobody reads again: each is answered, and the house goes on. */
export const toolFields: Field[] = Object.entries({ slack: SLACK_FIELDS, feishu: FEISHU_FIELDS }).flatMap(([id, fields]) =>
  Object.entries(fields).map(([name, call]) => ({
    name: `${id} ${name}`,
    say: (hall: Hall, _turn: Turn, text: string) => hall.call(`/hooks/${id}`, call(text)),
  })),
)
