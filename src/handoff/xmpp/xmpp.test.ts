// What the contract does not ask of this desk, against a real Prosody: rooms, lobby, presence, menus, breaks of the line.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Desk } from '#core/desk.ts'
import type { DeskEvent } from '#core/event.ts'
import type { Part } from '#core/message.ts'
import { all, el, find, legal, NS, textOf } from '#platforms/xmpp/stanza.ts'
import { CARD, entry, signal, words } from '../../../test/contract/desk.ts'
import { type Recorder, recorder } from '../../../test/contract/support.ts'
import { DESK_PASSWORD, hasProsody, NO_PROSODY, type Prosody, startProsody } from '../../../test/support/prosody.ts'
import { until } from '../../../test/support/until.ts'
import { openPerson, type Person } from '../../../test/support/xmpp-person.ts'
import { startXmppProxy, type XmppProxy } from '../../../test/support/xmpp-proxy.ts'
import { xmppDesk } from './index.ts'

const ROOMS = 'conference.localhost'
let number = 0

interface Held {
  events: DeskEvent[]
  /** Ends of what `connect` was called for, one after the other. */
  stop(): Promise<void>
  failing: { now: boolean }
}

describe.skipIf(!hasProsody)(`the XMPP desk${hasProsody ? '' : `: ${NO_PROSODY}`}`, () => {
  let prosody: Prosody
  let proxy: XmppProxy
  let anna: Person
  let ben: Person
  let heard: Recorder
  let desk: Desk
  let lobby: string
  const held: Held[] = []

  const create = (extra: object = {}, people = ['anna', 'ben']) =>
    xmppDesk.create(
      xmppDesk.config.parse({
        service: `xmpp://127.0.0.1:${proxy.port}`,
        user: 'desk@localhost',
        password: DESK_PASSWORD,
        rooms: ROOMS,
        lobby: lobby.split('@')[0],
        ...extra,
      }),
      { ...heard.deps, now: () => new Date(), locale: 'zh', people: async () => people.map((name) => ({ id: `${name}@localhost`, name })) },
    )

  beforeAll(async () => {
    prosody = await startProsody()
    proxy = await startXmppProxy(prosody.port)
    ;[anna, ben] = await Promise.all([openPerson(prosody.port, 'anna'), openPerson(prosody.port, 'ben')])
  })
  beforeEach(() => {
    heard = recorder()
    lobby = `lobby${++number}@${ROOMS}`
    desk = create()
  })
  afterEach(async () => {
    await Promise.all(held.splice(0).map((one) => one.stop()))
    proxy.cut()
  })
  afterAll(async () => {
    anna?.close()
    ben?.close()
    await proxy?.close()
    await prosody?.remove()
  })

  /** As the runner does: connects again when the line is lost. */
  async function hold(of: Desk = desk): Promise<Held> {
    const stop = new AbortController()
    const one: Held = { events: [], failing: { now: false }, stop: async () => undefined }
    const seen = new Set<string>()
    let opened = Promise.withResolvers<void>()
    const run = async () => {
      while (!stop.signal.aborted) {
        await of
          .connect?.(
            async (events) => {
              if (one.failing.now) throw new Error('the database is away')
              for (const event of events) if (!seen.has(event.externalId) && seen.add(event.externalId)) one.events.push(event)
            },
            stop.signal,
            () => opened.resolve(),
          )
          .catch(() => new Promise((resolve) => setTimeout(resolve, 50)))
        if (!stop.signal.aborted) opened = Promise.withResolvers()
      }
    }
    const running = run()
    one.stop = async () => {
      stop.abort()
      await running
    }
    held.push(one)
    await opened.promise
    return one
  }

  const texts = ({ events }: Held) =>
    events.flatMap((event) => (event.type === 'message' && event.parts[0]?.type === 'text' ? [event.parts[0].text] : []))
  const comes = <T extends DeskEvent['type']>(of: Held, type: T) =>
    until(`a ${type}`, () => of.events.find((event): event is Extract<DeskEvent, { type: T }> => event.type === type), {
      state: () => of.events,
    })

  test('a room lets in linked agents and nobody else, shows who is who, and is called as the card', async () => {
    const { thread } = await desk.open(CARD, 'dlv_room', signal())
    await anna.join(thread)
    const stranger = await openPerson(prosody.port, 'admin')
    const presence = anna.heard.findLast((stanza) => stanza.name === 'presence' && stanza.attrs.from === `${thread}/Frontdesk`)
    expect(find(find(presence, 'x', NS.user), 'item')?.attrs.jid).toMatch(/^desk@localhost\//)
    expect(proxy.rooms.get(thread)?.subject).toBe(CARD.title)
    const config = await stranger.ask(el('iq', { type: 'get', to: thread }, el('query', { xmlns: NS.info })))
    const features = all(find(config, 'query', NS.info), 'feature').map(({ attrs }) => attrs.var)
    for (const feature of ['muc_membersonly', 'muc_nonanonymous', 'muc_persistent', 'muc_hidden']) expect(features).toContain(feature)
    stranger.close()
  })

  test('the lobby shows each conversation once, with the way to it, and changes as it changes', async () => {
    await hold()
    await anna.join(lobby)
    const { thread, cardId } = await desk.open(CARD, 'dlv_lobby', signal())
    const inLobby = () => proxy.rooms.get(lobby)?.messages ?? []
    expect(inLobby()).toEqual([])
    for (const _ of [1, 2]) await desk.announce?.({ thread, cardId }, CARD, signal())
    expect(inLobby().map(({ body }) => body)).toEqual([expect.stringContaining(`xmpp:${thread}?join`)])
    const claimed = { ...CARD, status: 'assigned' as const, facts: [['状态', '安娜处理中']] as [string, string][] }
    await desk.update?.({ thread, cardId }, claimed, signal())
    expect(inLobby().map(({ body }) => body)).toEqual([expect.stringContaining('安娜处理中')])
    expect(anna.heard.filter((stanza) => find(stanza, 'x', NS.conference)?.attrs.jid === thread)).toEqual([])
  })

  test('agents are asked into the lobby once, and a command there is a command', async () => {
    const held = await hold()
    await until('the invitation', () => anna.heard.some((stanza) => find(stanza, 'x', NS.conference)?.attrs.jid === lobby))
    await anna.join(lobby)
    await anna.say(lobby, '午饭吃什么')
    await anna.say(lobby, '！online')
    expect(await comes(held, 'command')).toMatchObject({ thread: lobby, line: 'online', by: { id: 'anna@localhost' } })
    expect(texts(held)).toEqual([])
  })

  test('presence is told as it changes: who is there already, away, offline', async () => {
    const opened = await desk.open(CARD, 'dlv_presence', signal())
    await desk.announce?.(opened, CARD, signal())
    await ben.join(lobby)
    const held = await hold()
    const states = () => held.events.flatMap((event) => (event.type === 'presence' && event.by.id === ben.id ? [event.state] : []))
    await until('online', () => states().at(-1) === 'online')
    await ben.send(el('presence', { to: `${lobby}/ben` }, el('show', {}, 'dnd')))
    await until('away', () => states().at(-1) === 'away')
    await ben.send(el('presence', { to: `${lobby}/ben` }, el('show', {}, 'chat')))
    await until('online again', () => states().at(-1) === 'online')
    await ben.send(el('presence', { to: `${lobby}/ben`, type: 'unavailable' }))
    await until('offline', () => states().at(-1) === 'offline')
    expect(states()).toEqual(['online', 'away', 'online', 'offline'])
  })

  test('what agents write while the line is down arrives once, in order, when it is back', async () => {
    const held = await hold()
    const { thread } = await desk.open(CARD, 'dlv_gap', signal())
    await anna.join(thread)
    await anna.say(thread, '一')
    await until('the first', () => texts(held).length === 1)
    const back = Promise.withResolvers<void>()
    proxy.hold(back.promise)
    proxy.cut()
    await anna.say(thread, '二')
    await anna.say(thread, '三')
    back.resolve()
    await until('all', () => texts(held).length === 3)
    await anna.say(thread, '四')
    await until('the last', () => texts(held).length === 4)
    expect(texts(held)).toEqual(['一', '二', '三', '四'])
    for (const event of held.events) if (event.type === 'message') expect(event.by.id).toBe('anna@localhost')
  })

  test('what could not be committed comes again', async () => {
    const held = await hold()
    const { thread } = await desk.open(CARD, 'dlv_away', signal())
    await anna.join(thread)
    held.failing.now = true
    await anna.say(thread, '还在吗')
    await anna.say(thread, '喂')
    held.failing.now = false
    await until('both', () => texts(held).length === 2)
    expect(texts(held)).toEqual(['还在吗', '喂'])
  })

  test('a server that restarts is come back to, and rooms are still ours', async () => {
    const held = await hold()
    const { thread } = await desk.open(CARD, 'dlv_restart', signal())
    await prosody.stop()
    await prosody.start()
    ;[anna, ben] = await Promise.all([openPerson(prosody.port, 'anna'), openPerson(prosody.port, 'ben')])
    await until('the desk in its room', () => desk.post(thread, entry('customer', words('还在')), signal()).then(Boolean, () => false))
    await anna.join(thread)
    await anna.say(thread, '在的')
    await until('the answer', () => texts(held).includes('在的'))
  })

  test('words whose outcome was lost are there once when they are said again', async () => {
    const { thread } = await desk.open(CARD, 'dlv_once', signal())
    const said = entry('customer', words('只说一次'))
    proxy.fault('accept_then_reset')
    expect(await heard.failure(() => desk.post(thread, said, signal()))).toMatchObject({ kind: 'transient', certain: false })
    await desk.post(thread, said, signal())
    await anna.join(thread)
    await until('the words', () => anna.texts(thread).some((text) => text.includes('只说一次')))
    expect(anna.texts(thread).filter((text) => text.includes('只说一次'))).toHaveLength(1)
  })

  test('a room that somebody destroyed is told as gone', async () => {
    const held = await hold()
    const { thread } = await desk.open(CARD, 'dlv_gone', signal())
    const admin = await openPerson(prosody.port, 'admin')
    await admin.ask(
      el('iq', { type: 'set', to: thread }, el('query', { xmlns: NS.owner }, el('destroy', {}, el('reason', {}, 'cleaning')))),
    )
    expect(await comes(held, 'thread_gone')).toMatchObject({ thread, reason: 'cleaning' })
    admin.close()
  })

  test("nobody changes or takes back another's words", async () => {
    const held = await hold()
    const { thread } = await desk.open(CARD, 'dlv_other', signal())
    await anna.join(thread)
    await ben.join(thread)
    const id = await anna.say(thread, '退款 10 元')
    await ben.say(thread, '退款 99 元', el('replace', { xmlns: NS.correct, id }))
    const message = await comes(held, 'message')
    const edit = await comes(held, 'edit')
    expect(edit.by.id).toBe('ben@localhost')
    expect(edit.target).not.toBe(message.messageId)
  })

  test('the menu of commands: what it offers, what it asks, and where it may be used', async () => {
    const held = await hold()
    const { thread } = await desk.open(CARD, 'dlv_menu', signal())
    await anna.join(thread)
    const here = `${thread}/Frontdesk`
    const items = await anna.ask(el('iq', { type: 'get', to: here }, el('query', { xmlns: NS.items, node: NS.commands })))
    expect(all(find(items, 'query', NS.items), 'item').map(({ attrs }) => attrs.node)).toEqual(
      expect.arrayContaining(['claim', 'resolve', 'transfer', 'note', 'online', 'away']),
    )
    const form = await anna.run(here, 'transfer')
    expect(all(find(find(form, 'command'), 'x', NS.data), 'field').map(({ attrs }) => attrs.var)).toEqual(['to', 'why'])
    const done = await anna.run(here, 'transfer', { to: 'tech', why: '要查日志' })
    expect(find(done, 'command')?.attrs.status).toBe('completed')
    expect(await comes(held, 'command')).toMatchObject({ thread, line: 'transfer tech 要查日志', by: { id: 'anna@localhost' } })
    await anna.run(here, 'resolve')
    expect(await comes(held, 'button')).toMatchObject({ thread, command: 'resolve', by: { id: 'anna@localhost' } })
    // Of our address it asks which; who is in no room has nothing to choose from.
    const address =
      find(
        find(
          anna.heard.findLast((one) => one.attrs.from === here && one.name === 'presence'),
          'x',
          NS.user,
        ),
        'item',
      )?.attrs.jid ?? ''
    const which = await anna.run(address, 'claim')
    expect(all(find(find(which, 'command'), 'x', NS.data), 'field')[0]?.attrs.var).toBe('room')
    expect(textOf(find(find(await ben.run(address, 'claim'), 'command'), 'note'))).toContain('不在')
    expect((await ben.run(address, 'claim', { room: thread })).attrs.type).toBe('error')
    expect(held.events.filter((event) => event.type === 'button')).toHaveLength(1)
  })

  test('a word alone to one agent is read by nobody else, and an answer to it is about that room', async () => {
    const held = await hold()
    const { thread } = await desk.open(CARD, 'dlv_alone', signal())
    await anna.join(thread)
    await ben.join(thread)
    // The desk sees her a moment after she does.
    await until('Anna in the room', () => held.events.some((event) => event.type === 'presence' && event.by.id === anna.id))
    const buttons = [{ id: 'held take msg_1', label: '接管并发送' }]
    await desk.whisper?.(thread, { id: 'anna@localhost' }, { key: 'dlv_w1', text: '您不是负责人', buttons }, signal())
    await until('the word', () => anna.texts(`${thread}/Frontdesk`).some((text) => text.includes('您不是负责人')))
    expect(ben.texts(thread).join()).not.toContain('您不是负责人')
    await anna.tell(`${thread}/Frontdesk`, '!held take msg_1')
    expect(await comes(held, 'command')).toMatchObject({ thread, line: 'held take msg_1', by: { id: 'anna@localhost' } })
    await anna.tell(`${thread}/Frontdesk`, '我同意')
    await until('the hint', () => anna.texts(`${thread}/Frontdesk`).some((text) => text.includes('只接受命令')))
    expect(texts(held)).toEqual([])
  })

  test('an offer goes to the agent alone with an invitation, and is answered there', async () => {
    const held = await hold()
    const { thread } = await desk.open(CARD, 'dlv_offer', signal())
    const buttons = [{ id: 'accept cnv_1', label: '接受' }]
    await desk.offer?.({ id: 'ben@localhost' }, { key: 'dlv_o1', card: CARD, until: new Date(), buttons, thread }, signal())
    await until('the invitation', () => ben.heard.some((stanza) => find(stanza, 'x', NS.conference)?.attrs.jid === thread))
    await ben.tell('desk@localhost', '!accept cnv_1')
    expect(await comes(held, 'command')).toMatchObject({ thread, line: 'accept cnv_1', by: { id: 'ben@localhost' } })
  })

  test('encrypted words are not passed on, and their writer hears why', async () => {
    const held = await hold()
    const { thread } = await desk.open(CARD, 'dlv_omemo', signal())
    await anna.join(thread)
    await anna.say(
      thread,
      'I sent you an OMEMO encrypted message',
      el('encryption', { xmlns: NS.eme, namespace: 'eu.siacs.conversations.axolotl' }),
    )
    await until('the hint', () => anna.texts(`${thread}/Frontdesk`).some((text) => text.includes('OMEMO')))
    expect(texts(held)).toEqual([])
  })

  test('an agent who answers a message quotes it, and what old clients repeat of it is not theirs', async () => {
    const held = await hold()
    const { thread } = await desk.open(CARD, 'dlv_quote', signal())
    const { externalIds } = await desk.post(thread, entry('customer', words('可以退货吗？')), signal())
    await anna.join(thread)
    const shown = await until('the question', () => anna.heard.find((stanza) => stanza.attrs.id === externalIds[0]))
    const id = all(shown, 'stanza-id', NS.sid)[0]?.attrs.id ?? ''
    const quote = '> 可以退货吗？\n'
    const body = el('body', { start: '0', end: String(quote.length) })
    await anna.say(
      thread,
      `${quote}可以`,
      el('reply', { xmlns: NS.reply, id }),
      el('fallback', { xmlns: NS.fallback, for: NS.reply }, body),
    )
    expect(await comes(held, 'message')).toMatchObject({ parts: [{ text: '可以' }], replyTo: externalIds[0] })
  })

  test('a file of an agent is fetched from where the server keeps files, and from nowhere inside', async () => {
    const held = await hold()
    const { thread } = await desk.open(CARD, 'dlv_file', signal())
    await anna.join(thread)
    const wish = el('request', { xmlns: NS.upload, filename: '发票.pdf', size: '3', 'content-type': 'application/pdf' })
    const slot = find(await anna.ask(el('iq', { type: 'get', to: 'upload.localhost' }, wish)), 'slot', NS.upload)
    const put = find(slot, 'put')
    const headers = Object.fromEntries(all(put, 'header').map((one) => [one.attrs.name ?? '', textOf(one)]))
    await fetch(put?.attrs.url ?? '', {
      method: 'PUT',
      headers: { ...headers, 'content-type': 'application/pdf' },
      body: new Uint8Array([7, 0, 255]),
    })
    const url = find(slot, 'get')?.attrs.url ?? ''
    await anna.say(thread, url, el('x', { xmlns: NS.oob }, el('url', {}, url)))
    const [part] = (await comes(held, 'message')).parts as [Extract<Part, { type: 'media' }>]
    expect(part).toMatchObject({ type: 'media', kind: 'file', media: { name: '发票.pdf', mime: 'application/pdf' } })
    const file = await desk.media?.(part.media, signal())
    expect(new Uint8Array((await file?.arrayBuffer()) ?? new ArrayBuffer(0))).toEqual(new Uint8Array([7, 0, 255]))
    // An ending that every object of JavaScript knows.
    held.events.length = 0
    const odd = 'https://files.example/x.constructor'
    await anna.say(thread, odd, el('x', { xmlns: NS.oob }, el('url', {}, odd)))
    expect((await comes(held, 'message')).parts).toEqual([{ type: 'media', kind: 'file', media: { id: odd, name: 'x.constructor' } }])
    for (const inside of ['http://10.0.0.7/x.pdf', 'http://169.254.169.254/latest', 'file:///etc/passwd', 'x'])
      expect((await heard.failure(() => desk.media?.({ id: inside }, signal()) ?? Promise.resolve())).kind).toBe('rejected')
  })

  test('characters that XML has no way to write are shown as their pictures, and the line stays', async () => {
    const { thread } = await desk.open(CARD, 'dlv_xml', signal())
    const hostile = 'a\u0000b\u0008c\u001bd\ufffee\ud800f\r\ng]]>&#0;<!--'
    await desk.post(thread, entry('customer', words(hostile)), signal())
    expect(proxy.rooms.get(thread)?.messages.at(-1)?.body).toContain('a␀b␈c␛d\ufffde\ufffdf\ng]]>&#0;<!--')
    expect(legal('\u0085ok\t')).toBe('\u0085ok\t')
  })

  test('a process that does not hold the connection sends, and what is answered there is heard by the one that does', async () => {
    const held = await hold()
    const other = create()
    const { thread } = await other.open(CARD, 'dlv_two', signal())
    await other.post(thread, entry('customer', words('两个进程')), signal())
    await anna.join(thread)
    await anna.say(thread, '听到了')
    await until('the answer', () => texts(held).includes('听到了'))
    expect(texts(held)).toEqual(['听到了'])
  })

  test('who only sent until now hears, on taking over, what was said meanwhile', async () => {
    const { thread } = await desk.open(CARD, 'dlv_over', signal())
    await desk.post(thread, entry('customer', words('有人吗')), signal())
    await anna.join(thread)
    await anna.say(thread, '我在')
    const held = await hold()
    await until('the answer', () => texts(held).length > 0)
    expect(texts(held)).toEqual(['我在'])
  })

  test('a server that refuses encryption, or a password, is told as such, and what is wrong with rooms is said', async () => {
    expect(await create({ tls: 'required' }).check(signal())).toMatchObject({
      state: 'bad_credentials',
      detail: expect.stringContaining('TLS'),
    })
    expect(await create({ password: 'wrong' }).check(signal())).toMatchObject({ state: 'bad_credentials' })
    expect(await create({ rooms: 'localhost' }).check(signal())).toMatchObject({
      state: 'misconfigured',
      detail: expect.stringContaining('MUC'),
    })
    expect(await create().check(signal())).toEqual({ state: 'connected', account: 'desk@localhost' })
  })
})
