// One connection to an XMPP server, with @xmpp/client. Of the library's own wishes most are off: it does not reconnect, does not resume
// and does not send anything a second time, because what is uncertain is the outbox's to decide.
import { StringDecoder } from 'node:string_decoder'
import { type Client, client, type Element, xml } from '@xmpp/client'
import { ConnectorError, reason } from '#core/errors.ts'
import type { Xml, XmppEars, XmppLine, XmppServer } from '#core/xmpp.ts'
import { HASHES, type Scram, scram } from './scram.ts'

/** How long the server may think about each step of signing in. */
const STEP_MS = 10_000
/** After our goodbye the server is waited for so long, then the line is cut. */
const GOODBYE_MS = 300
const STANZAS = 'urn:ietf:params:xml:ns:xmpp-stanzas'
const STREAM = 'http://etherx.jabber.org/streams'
const STARTTLS = 'urn:ietf:params:xml:ns:xmpp-tls'
const SASL = 'urn:ietf:params:xml:ns:xmpp-sasl'

/** Of what a server offers, what we do without: resumption would send again by itself, SASL2 and its tokens would sign in beside us. */
const UNWANTED: [name: string, xmlns: string][] = [
  ['sm', 'urn:xmpp:sm:3'],
  ['authentication', 'urn:xmpp:sasl:2'],
]

const STANZA = new Set(['message', 'presence', 'iq'])

export async function openLine(server: XmppServer, ears: XmppEars, signal: AbortSignal): Promise<XmppLine> {
  const entity = build(server)
  const { promise: ended, resolve: end } = Promise.withResolvers<string>()
  let why = 'the server closed the connection'
  entity.on('error', (error: unknown) => {
    why = saidOf(error)
    // What cannot be read leaves nothing to be read after it.
    if (entity.status === 'online' && !isStanzaTrouble(error)) cut(entity)
  })
  entity.on('disconnect', () => end(why))
  entity.middleware.use(async ({ stanza, element }) => {
    if (element) return toElement((await ears.asked(fromElement(stanza))) ?? failure('service-unavailable'))
    if (STANZA.has(stanza.name)) ears.heard(fromElement(stanza))
  })
  const address = await start(entity, signal)
  // Stanzas are small and each is waited for: none may wait for the next.
  const wire = () => entity.socket?.socket ?? entity.socket
  wire()?.setNoDelay(true)
  return {
    address,
    ended,
    async send(stanza) {
      if (entity.status !== 'online') throw new ConnectorError('transient', 'the line to the XMPP server is down', { certain: true })
      try {
        await entity.send(toElement(stanza))
      } catch (error) {
        throw new ConnectorError('transient', `the line to the XMPP server broke (${saidOf(error)})`, { cause: error })
      }
    },
    hold(held) {
      if (held) wire()?.ref()
      else wire()?.unref()
    },
    close() {
      why = 'we closed the connection'
      setTimeout(() => cut(entity), GOODBYE_MS).unref()
      entity.write('</stream:stream>').catch(() => cut(entity)) // Broken already: nobody hears the goodbye.
    },
  }
}

async function start(entity: Client, signal: AbortSignal): Promise<string> {
  const stop = () => cut(entity)
  signal.addEventListener('abort', stop)
  try {
    signal.throwIfAborted()
    const { promise: lost, reject } = Promise.withResolvers<never>()
    entity.once('disconnect', () => reject(new Error('the server closed the connection')))
    entity.once('error', reject)
    const started = entity.start()
    const timer = setTimeout(() => reject(new Error('the server does not answer')), 2 * STEP_MS)
    return String(await Promise.race([started, lost]).finally(() => clearTimeout(timer)))
  } catch (error) {
    cut(entity)
    throw refusal(error)
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

function build(server: XmppServer): Client {
  const [username = '', domain = ''] = server.user.split('@')
  const signs: { scram?: Scram } = {}
  const entity = client({
    service: server.service,
    domain,
    username,
    resource: `frontdesk-${crypto.randomUUID().slice(0, 8)}`,
    timeout: STEP_MS,
    async credentials(authenticate, mechanisms) {
      const mechanism = mechanisms.find((name) => name !== 'PLAIN' || entity.isSecure() || server.plain)
      if (!mechanism) throw new ConnectorError('unauthorized', 'the XMPP server offers no way of signing in that we know')
      await authenticate({ username, password: server.password }, mechanism)
    },
  })
  entity.reconnect.stop()
  // Ours instead of the library's.
  const ways = entity.saslFactory._mechs.filter(({ name }) => name === 'PLAIN')
  entity.saslFactory._mechs = [...Object.entries(HASHES).map(([name, hash]) => ({ name, mech: mechanism(name, hash, signs) })), ...ways]
  // The library reads each chunk as text of its own: a Chinese character on the border of two would be lost.
  let decoder: { of: unknown; text: StringDecoder } | undefined
  entity._onData = (data) => {
    if (decoder?.of !== entity.socket) decoder = { of: entity.socket, text: new StringDecoder('utf8') }
    try {
      entity.parser?.write(decoder.text.write(Buffer.from(data)))
    } catch (error) {
      // After the first fault nobody listens to the parser any more, and a second one would end the process.
      entity.emit('error', error)
      cut(entity)
    }
  }
  const onElement = entity._onElement.bind(entity)
  entity._onElement = (element) => {
    if (element.is('features', STREAM)) trim(element, entity, server)
    if (element.is('success', SASL) && signs.scram && !signs.scram.verify(Buffer.from(textOf(element), 'base64').toString()))
      return void entity.emit('error', new ConnectorError('unauthorized', 'the XMPP server does not know our password: it is another one'))
    onElement(element)
  }
  return entity
}

/** As the library wants it. */
function mechanism(name: string, hash: string, signs: { scram?: Scram }) {
  return class {
    name = name
    clientFirst = true
    #challenge: string | undefined
    challenge(text: string): void {
      this.#challenge = text
    }
    async response({ username, password }: { username: string; password: string }): Promise<string> {
      if (this.#challenge !== undefined && signs.scram) return signs.scram.answer(this.#challenge)
      signs.scram = scram(hash, username, password)
      return signs.scram.first()
    }
  }
}

function textOf(element: Element): string {
  return element.children.filter((child) => typeof child === 'string').join('')
}

/** Offers are taken or not before the library sees them. Without TLS nothing is said, except on this machine. */
function trim(features: Element, entity: Client, server: XmppServer): void {
  for (const [name, xmlns] of UNWANTED) drop(features, name, xmlns)
  const tls = features.getChild('starttls', STARTTLS)
  if (entity.isSecure()) return
  if (server.plain && !tls?.getChild('required')) drop(features, 'starttls', STARTTLS)
  else if (!tls && !server.plain) {
    entity.emit('error', new ConnectorError('unauthorized', 'the XMPP server offers no TLS (STARTTLS), and without it no password is sent'))
    for (const child of [...features.children]) if (typeof child !== 'string') features.remove(child)
  }
}

function drop(features: Element, name: string, xmlns: string): void {
  const child = features.getChild(name, xmlns)
  if (child) features.remove(child)
}

function cut(entity: Client): void {
  const socket = entity.socket?.socket ?? entity.socket
  socket?.destroy()
}

/** An error in answering one question is no error of the line. */
function isStanzaTrouble(error: unknown): boolean {
  return error instanceof Error && error.name === 'StanzaError'
}

/** RFC 6120, 6.5: what these say of the account does not pass by itself. */
const REFUSED = new Set([
  'not-authorized',
  'account-disabled',
  'credentials-expired',
  'invalid-authzid',
  'mechanism-too-weak',
  'malformed-request',
])

function refusal(error: unknown): ConnectorError {
  if (error instanceof ConnectorError) return error
  const { name, condition } = error as { name?: string; condition?: string }
  if (name === 'SASLError' && (condition === undefined || REFUSED.has(condition)))
    return new ConnectorError('unauthorized', `the XMPP server refuses our user or password (${saidOf(error)})`)
  return new ConnectorError('transient', `the XMPP server cannot be reached (${saidOf(error)})`, { certain: true, cause: error })
}

function saidOf(error: unknown): string {
  const { condition, code } = error as { condition?: string; code?: string }
  return condition ?? code ?? reason(error)
}

function failure(condition: string): Xml {
  return {
    name: 'error',
    attrs: { type: 'cancel' },
    children: [{ name: condition, attrs: { xmlns: STANZAS }, children: [] }],
  }
}

function toElement({ name, attrs, children }: Xml): Element {
  return xml(name, attrs, ...children.map((child) => (typeof child === 'string' ? child : toElement(child))))
}

function fromElement(element: Element): Xml {
  const attrs: Record<string, string> = {}
  for (const [key, value] of Object.entries(element.attrs)) if (value !== undefined) attrs[key] = String(value)
  attrs.xmlns ??= element.getNS() ?? ''
  return { name: element.name, attrs, children: element.children.map((child) => (typeof child === 'string' ? child : fromElement(child))) }
}
