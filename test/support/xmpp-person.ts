// An agent with an XMPP client of their own, straight at the server.
import type { Xml, XmppLine } from '#core/xmpp.ts'
import { all, el, find, NS, textOf } from '#platforms/xmpp/stanza.ts'
import { xmpp } from '#src/node/xmpp.ts'
import { DESK_PASSWORD } from './prosody.ts'
import { until } from './until.ts'

export interface Person {
  /** The bare address. */
  id: string
  heard: Xml[]
  join(room: string): Promise<void>
  /** Gives the id of what was said, once the room has shown it. */
  say(room: string, text: string, ...more: Xml[]): Promise<string>
  tell(to: string, text: string): Promise<void>
  send(stanza: Xml): Promise<void>
  ask(iq: Xml): Promise<Xml>
  /** Runs a command of the desk's menu; gives the last answer. */
  run(to: string, node: string, values?: Record<string, string>): Promise<Xml>
  /** The room's id for what was said under that id. */
  stanzaId(room: string, id: string): string | undefined
  /** Texts of messages from there, in order. */
  texts(from: string): string[]
  close(): void
}

let counter = 0

export async function openPerson(port: number, name: string): Promise<Person> {
  const heard: Xml[] = []
  const server = { service: `xmpp://127.0.0.1:${port}`, user: `${name}@localhost`, password: DESK_PASSWORD, plain: true }
  const ears = { heard: (stanza: Xml) => void heard.push(stanza), asked: async () => undefined }
  const line: XmppLine = await xmpp.open(server, ears, AbortSignal.timeout(10_000))
  await line.send(el('presence'))
  const id = () => `${name}-${++counter}`

  async function ask(iq: Xml): Promise<Xml> {
    const key = id()
    await line.send(el('iq', { ...iq.attrs, id: key }, ...iq.children))
    return until(`an answer to ${key}`, () => heard.find((stanza) => stanza.name === 'iq' && stanza.attrs.id === key))
  }

  const said = (room: string, key: string) =>
    heard.find((stanza) => stanza.name === 'message' && stanza.attrs.id === key && (stanza.attrs.from ?? '').startsWith(`${room}/`))

  return {
    id: `${name}@localhost`,
    heard,
    async join(room) {
      const from = heard.length
      await line.send(el('presence', { to: `${room}/${name}` }, el('x', { xmlns: NS.muc })))
      const answer = await until(`${name} in ${room}`, () =>
        heard.slice(from).find((stanza) => stanza.name === 'presence' && stanza.attrs.from === `${room}/${name}`),
      )
      if (answer.attrs.type === 'error') throw new Error(JSON.stringify(find(answer, 'error')))
    },
    async say(room, text, ...more) {
      const key = id()
      await line.send(el('message', { to: room, type: 'groupchat', id: key }, text !== '' && el('body', {}, text), ...more))
      await until(`"${text}" in ${room}`, () => said(room, key))
      return key
    },
    async tell(to, text) {
      await line.send(el('message', { to, type: 'chat', id: id() }, el('body', {}, text)))
    },
    send: (stanza) => line.send(stanza),
    ask,
    async run(to, node, values) {
      const command = (attrs: Record<string, string>, ...children: Xml[]) =>
        el('iq', { type: 'set', to }, el('command', { xmlns: NS.commands, node, ...attrs }, ...children))
      const first = await ask(command({ action: 'execute' }))
      const session = find(first, 'command')?.attrs.sessionid
      if (!values || session === undefined) return first
      const fields = Object.entries(values).map(([key, value]) => el('field', { var: key }, el('value', {}, value)))
      return ask(command({ action: 'complete', sessionid: session }, el('x', { xmlns: NS.data, type: 'submit' }, ...fields)))
    },
    stanzaId: (room, key) => all(said(room, key), 'stanza-id', NS.sid)[0]?.attrs.id,
    texts: (from) =>
      heard.flatMap((stanza) =>
        stanza.name === 'message' && (stanza.attrs.from ?? '').startsWith(from) && find(stanza, 'body')
          ? [textOf(find(stanza, 'body'))]
          : [],
      ),
    close: () => line.close(),
  }
}
