// Stands between desks and a real XMPP server: sees what the server told them – the rooms as everybody in them sees them –, and makes
// the faults that a network and a server can make.
import { createServer, type IncomingMessage, request, type Server } from 'node:http'
import { type AddressInfo, connect, createServer as createListener, type Socket } from 'node:net'
import { StringDecoder } from 'node:string_decoder'
import { type Element, xml } from '@xmpp/client'

export type ProxyFault = 'rate_limited' | 'unauthorized' | 'server_error' | 'reset' | 'html' | 'hang' | 'accept_then_reset'

export interface SeenMessage {
  id: string
  stanzaId?: string
  nick: string
  body: string
  /** Command lines of its quick answers, with their labels. */
  commands: { id: string; label: string }[]
  url?: string
  edited: boolean
  /** Its markup is switched off. */
  plain: boolean
  at: Date
}

export interface SeenRoom {
  subject: string
  messages: SeenMessage[]
  /** What stands at a message, by the room's id for it and who put it there. */
  ticks: Map<string, string>
  typed: number
}

export interface XmppProxy {
  port: number
  rooms: Map<string, SeenRoom>
  /** What desks told single people. */
  told: { to: string; body: string; commands: string[] }[]
  fault(name: ProxyFault, after?: number): void
  /** What desks send waits for this. */
  hold(until: Promise<unknown>): void
  /** Cuts every line. */
  cut(): void
  close(): Promise<void>
}

const ERRORS: Record<string, [type: string, condition: string]> = {
  rate_limited: ['wait', 'resource-constraint'],
  unauthorized: ['auth', 'not-authorized'],
  server_error: ['wait', 'internal-server-error'],
}

export async function startXmppProxy(target: number): Promise<XmppProxy> {
  const rooms = new Map<string, SeenRoom>()
  const told: XmppProxy['told'] = []
  const lines = new Set<Socket>()
  let armed: { name: ProxyFault; after: number } | undefined
  let gate: Promise<unknown> = Promise.resolve()

  /** The fault that this element meets, if one is due. */
  function meets(element: Element): ProxyFault | undefined {
    if (!armed) return undefined
    const signsIn = element.name === 'auth' && armed.name === 'unauthorized'
    // What is asked of nobody, or only told to ourselves, is no call.
    if (!signsIn && (!element.attrs.to || element.attrs.type === 'headline')) return undefined
    if (armed.after > 0) {
      armed.after -= 1
      return undefined
    }
    const { name } = armed
    armed = undefined
    return name
  }

  const server = createListener((desk) => {
    const upstream = connect(target, '127.0.0.1')
    lines.add(desk)
    const end = () => {
      desk.destroy()
      upstream.destroy()
      lines.delete(desk)
    }
    for (const socket of [desk, upstream]) socket.setNoDelay(true).on('error', end).on('close', end)
    let doomed = false
    const answer = (text: string) => desk.write(text)
    const out = reader((element) => {
      const fault = meets(element)
      if (element.name === 'message' && element.attrs.type === 'chat') told.push(toldOf(element))
      if (fault === undefined) return void upstream.write(element.toString())
      if (fault === 'reset') return end()
      if (fault === 'hang') return
      if (fault === 'html') return void answer('HTTP/1.1 502 Bad Gateway\r\n\r\n<html><body><hr></body></html>')
      if (fault === 'accept_then_reset') {
        doomed = true
        return void upstream.write(element.toString())
      }
      if (element.name === 'auth') return void answer('<failure xmlns="urn:ietf:params:xml:ns:xmpp-sasl"><not-authorized/></failure>')
      answer(refusal(element, ERRORS[fault] as [string, string]))
    })
    const back = reader((element) => look(element, rooms))
    desk.on('data', (data) => {
      const text = out.decode(data)
      gate.then(() =>
        text.includes('<stream:stream') || text.startsWith('</stream') ? upstream.write(text) && out.read(text) : out.read(text),
      )
    })
    upstream.on('data', (data) => {
      back.read(back.decode(data))
      if (doomed) end()
      else desk.write(data)
    })
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    rooms,
    told,
    fault(name, after = 0) {
      armed = { name, after }
    },
    hold(until) {
      gate = gate.then(() => until)
    },
    cut() {
      for (const line of lines) line.destroy()
    },
    close: () =>
      new Promise<void>((resolve) => {
        for (const line of lines) line.destroy()
        server.close(() => resolve())
      }),
  }
}

/** Elements of a stream, however they are cut into chunks; a stream that begins anew is read anew. */
function reader(take: (element: Element) => void) {
  const decoder = new StringDecoder('utf8')
  const begin = () => {
    const parser = new xml.Parser()
    parser.on('element', take)
    parser.on('error', () => undefined) // Whoever reads it complains.
    return parser
  }
  let parser = begin()
  return {
    decode: (data: Buffer) => decoder.write(data),
    read(text: string): boolean {
      const start = text.indexOf('<?xml')
      if (start === -1) parser.write(text)
      else {
        if (start > 0) parser.write(text.slice(0, start))
        parser = begin()
        parser.write(text.slice(start))
      }
      return true
    },
  }
}

function refusal(element: Element, [type, condition]: [string, string]): string {
  const { to = '', id } = element.attrs
  const given = id === undefined ? '' : ` id="${id}"`
  return `<${element.name} type="error" from="${to.replace(/[<&"]/g, '')}"${given}><error type="${type}"><${condition} xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error></${element.name}>`
}

function textIn(element: Element | undefined, name: string): string | undefined {
  const child = element?.getChild(name)
  return child?.children.filter((one) => typeof one === 'string').join('')
}

const commandsOf = (element: Element) =>
  element.children.flatMap((child) =>
    typeof child !== 'string' && child.name === 'response'
      ? [{ id: (child.attrs.value ?? '').replace(/^!/, ''), label: child.attrs.label ?? '' }]
      : [],
  )

function toldOf(element: Element): XmppProxy['told'][number] {
  return { to: element.attrs.to ?? '', body: textIn(element, 'body') ?? '', commands: commandsOf(element).map(({ id }) => id) }
}

/** What a room tells those who are in it. Several lines may hear the same. */
function look(element: Element, rooms: Map<string, SeenRoom>): void {
  const [address = '', nick = ''] = (element.attrs.from ?? '').split('/')
  if (element.name === 'presence' && element.attrs.type !== 'error') {
    const x = element.getChild('x', 'http://jabber.org/protocol/muc#user')
    const self = x?.children.some((child) => typeof child !== 'string' && child.attrs.code === '110')
    if (x?.getChild('destroy')) rooms.delete(address)
    else if (self && element.attrs.type !== 'unavailable' && !rooms.has(address))
      rooms.set(address, { subject: '', messages: [], ticks: new Map(), typed: 0 })
  }
  const room = rooms.get(address)
  if (!room || element.name !== 'message' || element.attrs.type !== 'groupchat') return
  const subject = textIn(element, 'subject')
  const body = textIn(element, 'body')
  if (subject !== undefined && body === undefined && subject !== '') room.subject = subject
  if (element.getChild('composing') && !element.getChild('delay')) room.typed += 1
  const reactions = element.getChild('reactions')
  if (reactions) room.ticks.set(`${reactions.attrs.id} ${nick}`, textIn(reactions, 'reaction') ?? '')
  if (body !== undefined) say(room, element, nick, body)
}

function say(room: SeenRoom, element: Element, nick: string, body: string): void {
  const { id = '' } = element.attrs
  const replaced = element.getChild('replace', 'urn:xmpp:message-correct:0')?.attrs.id
  const found = room.messages.find((one) => one.nick === nick && one.id === (replaced ?? id))
  const stanzaId = element.getChild('stanza-id', 'urn:xmpp:sid:0')?.attrs.id
  const url = textIn(element.getChild('x', 'jabber:x:oob'), 'url')
  const seen = {
    body,
    commands: commandsOf(element),
    plain: element.getChild('unstyled') !== undefined,
    ...(url !== undefined && { url }),
  }
  if (found && replaced !== undefined && !element.getChild('delay')) Object.assign(found, seen, { edited: true, url })
  else if (!found) room.messages.push({ id, nick, edited: false, at: new Date(), ...seen, ...(stanzaId !== undefined && { stanzaId }) })
}

export interface FileProxy {
  url: string
  /** What was put at which address. */
  files: Map<string, Uint8Array>
  close(): Promise<void>
}

/** Between desks and the server's file store: remembers what was put there. */
export async function startFileProxy(target: () => number): Promise<FileProxy> {
  const files = new Map<string, Uint8Array>()
  let url = ''
  const server: Server = createServer(async (incoming: IncomingMessage, outgoing) => {
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk as Buffer)
    const bytes = Buffer.concat(chunks)
    if (incoming.method === 'PUT') files.set(new URL(incoming.url ?? '/', url).href, new Uint8Array(bytes))
    const to = {
      host: '127.0.0.1',
      port: target(),
      path: incoming.url,
      method: incoming.method,
      headers: { ...incoming.headers, host: 'upload.localhost' },
    }
    const passed = request(to, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(outgoing)
    })
    passed.on('error', () => outgoing.destroy())
    passed.end(bytes)
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  return {
    url,
    files,
    close: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}
