// Stanzas as values: built, read, and made of characters that XML allows.
import type { Xml } from '#core/xmpp.ts'

export const NS = {
  admin: 'http://jabber.org/protocol/muc#admin',
  addresses: 'http://jabber.org/protocol/address',
  caps: 'http://jabber.org/protocol/caps',
  chatstates: 'http://jabber.org/protocol/chatstates',
  commands: 'http://jabber.org/protocol/commands',
  conference: 'jabber:x:conference',
  correct: 'urn:xmpp:message-correct:0',
  data: 'jabber:x:data',
  delay: 'urn:xmpp:delay',
  eme: 'urn:xmpp:eme:0',
  fallback: 'urn:xmpp:fallback:0',
  fasten: 'urn:xmpp:fasten:0',
  forward: 'urn:xmpp:forward:0',
  hints: 'urn:xmpp:hints',
  info: 'http://jabber.org/protocol/disco#info',
  items: 'http://jabber.org/protocol/disco#items',
  mam: 'urn:xmpp:mam:2',
  muc: 'http://jabber.org/protocol/muc',
  occupant: 'urn:xmpp:occupant-id:0',
  oob: 'jabber:x:oob',
  owner: 'http://jabber.org/protocol/muc#owner',
  ping: 'urn:xmpp:ping',
  quick: 'urn:xmpp:tmp:quick-response',
  reactions: 'urn:xmpp:reactions:0',
  reply: 'urn:xmpp:reply:0',
  rsm: 'http://jabber.org/protocol/rsm',
  sid: 'urn:xmpp:sid:0',
  stanzas: 'urn:ietf:params:xml:ns:xmpp-stanzas',
  styling: 'urn:xmpp:styling:0',
  upload: 'urn:xmpp:http:upload:0',
  user: 'http://jabber.org/protocol/muc#user',
} as const

export type Child = Xml | string | undefined | false

export function el(name: string, attrs: Record<string, string | undefined> = {}, ...children: Child[]): Xml {
  const kept: Record<string, string> = {}
  for (const [key, value] of Object.entries(attrs)) if (value !== undefined) kept[key] = legal(value)
  return { name, attrs: kept, children: children.flatMap((child) => (child ? [typeof child === 'string' ? legal(child) : child] : [])) }
}

export function elements(of: Xml | undefined): Xml[] {
  return (of?.children ?? []).filter((child): child is Xml => typeof child !== 'string')
}

export function all(of: Xml | undefined, name: string, xmlns?: string): Xml[] {
  return elements(of).filter((child) => child.name === name && (xmlns === undefined || child.attrs.xmlns === xmlns))
}

export function find(of: Xml | undefined, name: string, xmlns?: string): Xml | undefined {
  return all(of, name, xmlns)[0]
}

export function textOf(of: Xml | undefined): string {
  return (of?.children ?? []).map((child) => (typeof child === 'string' ? child : '')).join('')
}

/**
 * XML 1.0 has no way to write these at all: one in a stanza and the server ends the stream. They are shown as the pictures that Unicode
 * has for them; what is no character is shown as such. A line end is written in one way, since XML reads every way as one.
 */
export function legal(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .toWellFormed()
    .replace(/\p{Cc}/gu, pictured)
    .replace(/[\ufffe\uffff]/g, '\ufffd')
}

function pictured(letter: string): string {
  const code = letter.charCodeAt(0)
  return code >= 0x20 || letter === '\t' || letter === '\n' ? letter : String.fromCharCode(0x2400 + code)
}

export function bare(address: string): string {
  const slash = address.indexOf('/')
  return slash === -1 ? address : address.slice(0, slash)
}

export function resourceOf(address: string): string {
  const slash = address.indexOf('/')
  return slash === -1 ? '' : address.slice(slash + 1)
}

export function domainOf(address: string): string {
  return bare(address).replace(/^[^@]*@/, '')
}

/** An address of a person or a room: what stands before and after the one @, without anything that an address cannot hold. */
export const ADDRESS = /^[^\s"&'/:<>@]+@[^\s"&'/<>@]+$/
