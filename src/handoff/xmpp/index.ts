// A room on an XMPP server for each conversation (XEP-0045), and a lobby that shows what waits. Agents use whatever client they like;
// the server may be anybody's. What is seldom: it tells who is there, and it needs no public address of ours.
import { z } from 'zod'
import { type Desk, type DeskDeps, defineDesk } from '#core/desk.ts'
import { ConnectorError } from '#core/errors.ts'
import { isLoopback } from '#platforms/address.ts'
import { createClient } from '#platforms/xmpp/client.ts'
import { ADDRESS, el, NS } from '#platforms/xmpp/stanza.ts'
import { answerAdHoc } from './adhoc.ts'
import { check } from './check.ts'
import type { Context } from './desk.ts'
import { TEXT_MAX } from './encode.ts'
import { createHearing } from './hear.ts'
import { createMissed } from './missed.ts'
import { announce, open } from './open.ts'
import { edit, fetchFile, mark, offer, post, remove, typing, update, whisper } from './post.ts'
import { createRooms } from './rooms.ts'

const name = z.string().regex(/^[^\s"&'/:<>@]{1,60}$/, 'letters, digits, - and _, without blanks / 字母、数字、- 和 _，不含空格')

const config = z.strictObject({
  /** The server: `xmpp://host:5222` (STARTTLS), or `xmpps://host:5223`. */
  service: z
    .string()
    .regex(/^xmpps?:\/\/(\[[0-9a-f:]+\]|[^\s/:@]+)(:\d{1,5})?$/i, 'like xmpp://chat.example.com:5222 / 形如 xmpp://chat.example.com:5222'),
  /** The account of the desk, `desk@example.com`. */
  user: z.string().regex(ADDRESS, 'an address like desk@example.com / 形如 desk@example.com 的地址').toLowerCase(),
  password: z.string().min(1),
  /** The server's service for rooms, `conference.example.com`. */
  rooms: z
    .string()
    .regex(/^[^\s"&'/:<>@]+$/, 'a host name like conference.example.com / 形如 conference.example.com 的域名')
    .toLowerCase(),
  /** The name of the room for everybody. */
  lobby: name.toLowerCase().default('frontdesk'),
  /** How the desk is called in rooms. */
  nick: name.default('Frontdesk'),
  /** `required`: nothing is said without TLS. `loopback-plain`: likewise, but a server on this machine may go without. */
  tls: z.enum(['required', 'loopback-plain']).default('loopback-plain'),
  /** Rooms of closed conversations are taken away after so many days. */
  keepDays: z.int().min(1).max(365).default(3),
  /** The language of cards and marks; the house's unless told. */
  locale: z.enum(['zh', 'en']).optional(),
})

type Config = z.output<typeof config>

export const xmppDesk = defineDesk({
  type: 'xmpp',
  title: { zh: 'XMPP 群聊室', en: 'XMPP rooms' },
  docs: 'desks/xmpp.md',
  runtimes: ['node'],
  config,
  secrets: ['password'],
  capabilities: {
    text: { max: TEXT_MAX, unit: 'utf16' },
    buttons: { max: 20, labelMax: 64, idMaxBytes: 200 },
    media: { maxBytes: 64 * 1024 * 1024 },
    whisper: true,
    ownThreads: true,
  },
  inbound: () => 'connect',
  recalls: true,
  create: createDesk,
})

function createDesk(settings: Config, deps: DeskDeps): Desk {
  const local = isLoopback(new URL(settings.service.replace(/^xmpps?:/i, 'http:')))
  const locale = settings.locale ?? deps.locale
  const lobby = `${settings.lobby}@${settings.rooms}`
  const titles = new Map<string, string>()
  const lines = deps.xmpp ?? {
    open: () => Promise.reject(new ConnectorError('unsupported', 'XMPP needs sockets, which this runtime has not: run Frontdesk on Node')),
  }
  const client = createClient({
    lines,
    server: {
      service: settings.service,
      user: settings.user,
      password: settings.password,
      plain: local && settings.tls === 'loopback-plain',
    },
    nick: settings.nick,
    log: deps.log,
    asked: (stanza) =>
      answerAdHoc(stanza, { locale, lobby, rooms: client.rooms, titles, now: deps.now, take: (event) => hearing.take(event) }),
  })
  const context: Context = {
    client,
    service: settings.rooms,
    lobby,
    locale,
    deps,
    rooms: createRooms(deps.memory),
    local,
    upload: { hosts: new Set() },
    about: new Map(),
    subjects: titles,
    lines: new Map(),
    clearing: new Set(),
  }
  const hearing = createHearing(context, settings.keepDays)
  return {
    connect: hearing.connect,
    missed: createMissed(context, hearing.hint),
    open: (card, key, signal) => open(context, card, key, signal),
    announce: ({ thread }, card, signal) => announce(context, thread, card, false, signal),
    post: (thread, entry, signal) => post(context, thread, entry, signal),
    update: (thread, card, signal) => update(context, thread, card, signal),
    whisper: (thread, to, entry, signal) => whisper(context, thread, to, entry, signal),
    offer: (to, asked, signal) => offer(context, to, asked, signal),
    mark: (thread, target, state, signal) => mark(context, thread, target, state, signal),
    edit: (thread, shown, entry, signal) => edit(context, thread, shown, entry, signal),
    remove: (thread, shown, signal) => remove(context, thread, shown, signal),
    typing: (thread, signal) => typing(context, thread, signal),
    address: async (thread) => `xmpp:${thread}?join`,
    // The room stays, for who comes back and for who reads; `update` shows that it is over.
    close: (thread) => context.rooms.close(thread, deps.now()),
    async reopen(thread, signal) {
      // Taken away meanwhile? Then this says so, and a new one is opened.
      await client.ask(el('iq', { type: 'get', to: thread }, el('query', { xmlns: NS.info })), 'looking for the room', signal)
      await context.rooms.add(thread)
    },
    check: (signal) => check(context, signal),
    media: (ref, signal) => fetchFile(context, ref.id, signal),
  }
}
