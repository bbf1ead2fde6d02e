// Rooms: made ours, with the agents let in; the lobby, where they see what waits.
import type { Card, Thread } from '#core/desk.ts'
import { ConnectorError } from '#core/errors.ts'
import { destroying } from '#platforms/xmpp/client.ts'
import { roomForm } from '#platforms/xmpp/forms.ts'
import { ADDRESS, el, NS } from '#platforms/xmpp/stanza.ts'
import type { Context } from './desk.ts'
import { cardText, lobbyText, message, subjectOf } from './encode.ts'

/** The same call again comes to the same room. */
async function nameOf(card: Card, key: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(`${card.conversation} ${key}`)))
  return `desk-${Array.from(digest.subarray(0, 6), (byte) => byte.toString(36).padStart(2, '0').slice(-2)).join('')}`
}

export async function open(context: Context, card: Card, key: string, signal: AbortSignal): Promise<Thread> {
  const { client, locale } = context
  const room = `${await nameOf(card, key)}@${context.service}`
  await client.join(room, signal)
  await furnish(context, room, subjectOf(card), signal)
  const cardId = cardIdOf(room)
  await client.say(room, message(cardId, cardText(card, locale), { commands: card.buttons }), signal)
  await context.rooms.add(room)
  await tellOthers(context, room, signal)
  return { thread: room, cardId }
}

export function cardIdOf(room: string): string {
  return `card-${room.split('@')[0]}`
}

/** Whoever holds the connection, if it is another process, comes in when it hears of it; it looks at the list, too. */
async function tellOthers({ client }: Context, room: string, signal: AbortSignal): Promise<void> {
  const invite = el('x', { xmlns: NS.conference, jid: room, reason: 'frontdesk' })
  for (const to of client.holders()) await client.send(el('message', { to, type: 'headline' }, invite), signal)
}

/** A room is locked until its form is sent (XEP-0045, 10.1.2). */
async function furnish(context: Context, room: string, title: string, signal: AbortSignal): Promise<void> {
  const { client } = context
  const query = (...children: Parameters<typeof el>[2][]) => el('query', { xmlns: NS.owner }, ...children)
  const given = await client.ask(el('iq', { type: 'get', to: room }, query()), 'asking how the room is set up', signal)
  await client.ask(el('iq', { type: 'set', to: room }, query(roomForm(given, title))), 'setting up the room', signal)
  await setSubject(context, room, title, signal)
  await letIn(context, room, signal)
}

export async function setSubject({ client, subjects }: Context, room: string, subject: string, signal: AbortSignal): Promise<void> {
  if (subjects.get(room) === subject) return
  await client.send(el('message', { to: room, type: 'groupchat' }, el('subject', {}, subject)), signal)
  keep(subjects, room, subject)
}

function keep(map: Map<string, string>, room: string, value: string): void {
  map.delete(room)
  map.set(room, value)
  if (map.size > 1000) map.delete(map.keys().next().value as string)
}

/** Everybody who is linked to this desk may come in. One question each: not every server takes several at once. */
async function letIn(context: Context, room: string, signal: AbortSignal, known: ReadonlySet<string> = new Set()): Promise<string[]> {
  const people = (await context.deps.people?.()) ?? []
  const fresh = people.map(({ id }) => id).filter((id) => ADDRESS.test(id) && !known.has(id))
  const done = await Promise.all(fresh.map(async (id) => ((await affiliate(context, room, id, signal)) ? [id] : [])))
  return done.flat()
}

async function affiliate({ client, deps }: Context, room: string, jid: string, signal: AbortSignal): Promise<boolean> {
  const item = el('item', { affiliation: 'member', jid })
  try {
    await client.ask(el('iq', { type: 'set', to: room }, el('query', { xmlns: NS.admin }, item)), 'letting in an agent', signal)
    return true
  } catch (error) {
    if (!(error instanceof ConnectorError) || error.kind === 'transient' || error.kind === 'rate_limited') throw error
    // An address that the server does not take must not keep the others out.
    deps.log.warn({ desk: deps.id, person: jid, error: error.message }, 'an agent could not be let into a room')
    return false
  }
}

/** The lobby: made when it is needed; agents who are new are let in and asked to come. */
export async function openLobby(context: Context, signal: AbortSignal, invited: Set<string>): Promise<void> {
  const { client, lobby } = context
  const created = await client.join(lobby, signal)
  if (created) await furnish(context, lobby, LOBBY_TITLE[context.locale], signal)
  for (const person of await letIn(context, lobby, signal, invited)) {
    invited.add(person)
    if (![...(client.rooms.get(lobby)?.occupants.values() ?? [])].some(({ address }) => address === person))
      await invite(context, person, lobby, signal)
  }
}

/** Who became an agent after the room was made is let in first. */
export async function welcome(context: Context, person: string, room: string, signal: AbortSignal): Promise<void> {
  const people = (await context.deps.people?.()) ?? []
  if (people.some(({ id }) => id === person)) await affiliate(context, room, person, signal)
  await invite(context, person, room, signal)
}

/** XEP-0249. */
async function invite({ client }: Context, person: string, room: string, signal: AbortSignal): Promise<void> {
  await client.send(el('message', { to: person }, el('x', { xmlns: NS.conference, jid: room })), signal)
}

const LOBBY_IDS = 'lobby-'
const LOBBY_TITLE = { zh: '前台大厅', en: 'Frontdesk lobby' }

/** One message in the lobby for each conversation, corrected as it changes: corrections ring nobody. */
export async function announce(context: Context, room: string, card: Card, again: boolean, signal: AbortSignal): Promise<void> {
  const { client, lobby, locale, lines } = context
  const text = lobbyText(card, room)
  if (again && lines.get(room) === text) return
  const id = `${LOBBY_IDS}${room.split('@')[0]}`
  if (await client.join(lobby, signal)) await furnish(context, lobby, LOBBY_TITLE[locale], signal)
  if (again) await client.say(lobby, message(`${id}-${crypto.randomUUID().slice(0, 8)}`, text, { replaces: id }), signal)
  else await client.say(lobby, message(id, text), signal)
  keep(lines, room, text)
}

/** Rooms whose conversations are long over. */
export async function clear(context: Context, before: Date, signal: AbortSignal): Promise<void> {
  const { client, rooms, deps } = context
  for (const room of await rooms.closedBefore(before)) {
    if (signal.aborted) return
    context.clearing.add(room)
    try {
      await client.ask(destroying(room), 'taking away an old room', signal)
    } catch (error) {
      if (!(error instanceof ConnectorError)) throw error
      if (error.kind !== 'thread_gone') deps.log.warn({ desk: deps.id, room, error: error.message }, 'an old room could not be taken away')
      if (error.kind === 'transient' || error.kind === 'rate_limited') {
        context.clearing.delete(room) // It is there, and is tried again at the next look.
        continue
      }
    }
    await rooms.drop(room)
  }
}
