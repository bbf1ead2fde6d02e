// What agents see in a room, and what one of them is told alone.
import { cut } from '#core/adapt.ts'
import type { Receipt, StoredFile } from '#core/connector.ts'
import type { Card, DeskEntry, MarkState, Offer, Thread } from '#core/desk.ts'
import { ConnectorError, FileMissing, reason } from '#core/errors.ts'
import type { DeskUser } from '#core/event.ts'
import type { Button, Part } from '#core/message.ts'
import { loadFile } from '#platforms/file.ts'
import { ADDRESS, el, NS } from '#platforms/xmpp/stanza.ts'
import { askSlot, findUpload, upload } from '#platforms/xmpp/upload.ts'
import type { Context } from './desk.ts'
import { cardText, commandLines, entryParts, message, offerText, subjectOf, TEXT_MAX, TICKS, WORDS } from './encode.ts'
import { announce, cardIdOf, setSubject, welcome } from './open.ts'

export async function post(context: Context, room: string, entry: DeskEntry, signal: AbortSignal): Promise<Receipt> {
  const parts = entryParts(entry, context.locale)
  const ids: string[] = []
  for (const [index, part] of parts.entries()) {
    const id = `${entry.key}.${index}`
    const last = index === parts.length - 1
    await sayPart(context, room, id, part, last ? entry.commands : undefined, undefined, signal)
    ids.push(id)
  }
  return { externalIds: ids, at: context.deps.now() }
}

async function sayPart(
  context: Context,
  room: string,
  id: string,
  part: Part,
  commands: readonly Button[] | undefined,
  replaces: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  const { client, locale } = context
  // Already there: a file is not uploaded a second time.
  if (client.rooms.get(room)?.ours(id)) return
  if (part.type === 'media') {
    const url = await place(context, part.media.id, signal)
    const more = url.shared ? [el('x', { xmlns: NS.oob }, el('url', {}, url.text))] : []
    await client.say(room, message(id, url.text, { replaces, rest: more }), signal)
    return
  }
  if (part.type !== 'text') throw new ConnectorError('unsupported', `a room cannot carry "${part.type}"`)
  const text = [part.text, commandLines(commands, locale)].filter(Boolean).join('\n')
  await client.say(room, message(id, text, { commands, replaces }), signal)
}

/** Where agents get a file: from the server's own store, else by a link of ours. */
async function place(context: Context, id: string, signal: AbortSignal): Promise<{ text: string; shared: boolean }> {
  const { client, deps, locale } = context
  const file = await deps.file(id)
  context.upload.service ??= await findUpload(client, signal)
  const { service } = context.upload
  if (service && file.bytes.length <= service.maxBytes) {
    const text = await upload(client, service, file, deps.fetch, signal)
    context.upload.hosts.add(new URL(text).host)
    return { text, shared: true }
  }
  return { text: linked(file, deps.link?.({ id }), WORDS.file[locale], WORDS.noLink[locale]), shared: false }
}

function linked(file: StoredFile, link: string | undefined, word: string, none: string): string {
  return `${word} ${file.name}: ${link ?? none}`
}

/** Streams a file that an agent sent: from the server's own store wherever that is, from elsewhere by the rules for strangers. */
export async function fetchFile(context: Context, url: string, signal: AbortSignal): Promise<Response> {
  if (!URL.canParse(url)) throw new FileMissing(url, 'it has no address', { isFinal: true })
  const { hosts } = context.upload
  if (hosts.size === 0) await learnHosts(context, signal)
  return loadFile(url, { fetch: context.deps.fetch, local: context.local, trusts: ({ host }) => hosts.has(host) }, signal)
}

/** A place for one byte that is never sent tells where the server keeps files. */
async function learnHosts(context: Context, signal: AbortSignal): Promise<void> {
  const { client, deps, upload: known } = context
  try {
    known.service ??= await findUpload(client, signal)
    if (!known.service) return
    const { from } = await askSlot(client, known.service, { name: 'a.txt', size: 1, mime: 'text/plain' }, signal)
    known.hosts.add(new URL(from).host)
  } catch (error) {
    deps.log.debug({ desk: deps.id, error: String(error) }, 'where the server keeps files is not known')
  }
}

export async function update(context: Context, { thread, cardId }: Thread, card: Card, signal: AbortSignal): Promise<void> {
  const { client, locale } = context
  const id = `card-${crypto.randomUUID().slice(0, 12)}`
  await client.say(thread, message(id, cardText(card, locale), { commands: card.buttons, replaces: cardId ?? cardIdOf(thread) }), signal)
  await setSubject(context, thread, subjectOf(card), signal)
  // The room is what counts; a lobby that somebody took away must not keep its card from being drawn.
  await announce(context, thread, card, true, signal).catch((error) => {
    if (signal.aborted || (error instanceof ConnectorError && error.kind === 'transient')) throw error
    context.deps.log.warn({ desk: context.deps.id, error: reason(error) }, 'the lobby could not be told of a change')
  })
}

/** The old messages get the new words in order; what is left over says that it is, and what has no room comes after. */
export async function edit(context: Context, room: string, shown: string[], entry: DeskEntry, signal: AbortSignal): Promise<Receipt> {
  const parts = entryParts(entry, context.locale)
  const ids: string[] = []
  for (const [index, part] of parts.entries()) {
    const old = shown[index]
    const id = `${entry.key}.${index}`
    await sayPart(context, room, id, part, undefined, old, signal)
    ids.push(old ?? id)
  }
  for (const old of shown.slice(parts.length)) await replace(context, room, old, WORDS.empty[context.locale], signal)
  return { externalIds: ids, at: context.deps.now() }
}

export async function remove(context: Context, room: string, shown: string[], signal: AbortSignal): Promise<void> {
  for (const old of shown) await replace(context, room, old, WORDS.gone[context.locale], signal)
}

/** As a correction: far more clients show it than a retraction, and the old words stand nowhere then. */
async function replace({ client }: Context, room: string, old: string, text: string, signal: AbortSignal): Promise<void> {
  await client.say(room, message(`re-${crypto.randomUUID().slice(0, 12)}`, text, { replaces: old }), signal)
}

/** A reaction of ours at their words (XEP-0444): the new one takes the place of the old. */
export async function mark({ client }: Context, room: string, target: string, state: MarkState, signal: AbortSignal): Promise<void> {
  // In a room reactions name the room's own id for a message; where it gave none, the writer's.
  const known = (await client.enter(room, signal)).stanzaIdOf(target) ?? target.slice(target.indexOf(' ') + 1)
  const reaction = el('reactions', { xmlns: NS.reactions, id: known }, el('reaction', {}, TICKS[state]))
  await client.say(
    room,
    el('message', { id: `tick-${crypto.randomUUID().slice(0, 12)}` }, reaction, el('store', { xmlns: NS.hints })),
    signal,
  )
}

export async function typing({ client }: Context, room: string, signal: AbortSignal): Promise<void> {
  const state = el('composing', { xmlns: NS.chatstates })
  const id = `typing-${crypto.randomUUID().slice(0, 12)}`
  await client.say(room, el('message', { id }, state, el('no-store', { xmlns: NS.hints })), signal)
}

type Whisper = { key: string; text: string; buttons?: Button[]; callback?: string }

/** In the room alone to them if they are there, else to their own address; somebody without one is spoken to before the others. */
export async function whisper(context: Context, room: string, to: DeskUser, entry: Whisper, signal: AbortSignal): Promise<void> {
  const { client, locale, lobby } = context
  const text = [entry.text, commandLines(entry.buttons, locale)].filter(Boolean).join('\n')
  if (text === '') return
  const aloud = () => {
    const body = cut(`${to.name ?? to.id}: ${text}`, TEXT_MAX, 'utf16')
    return client.say(room, message(`${entry.key}.aloud`, body, { commands: entry.buttons }), signal)
  }
  if (!ADDRESS.test(to.id)) return void (await aloud())
  const isRoom = room !== lobby && room !== '' && (await isThere(context, room, signal))
  const here = [...(client.rooms.get(room)?.occupants.values() ?? [])].find(({ address }) => address === to.id)
  const words = message(entry.key, cut(text, TEXT_MAX, 'utf16'), { commands: entry.buttons })
  if (!here && isRoom) {
    // The first word about a room that they are not in shows the way to it.
    const isNew = context.about.get(to.id) !== room
    remember(context, to.id, room)
    if (isNew) await welcome(context, to.id, room, signal)
  }
  const address = here ? `${room}/${here.nick}` : to.id
  const mark = here && el('x', { xmlns: NS.user })
  try {
    await client.tell(el('message', { ...words.attrs, to: address, type: 'chat' }, ...words.children, mark), signal)
  } catch (error) {
    // They are gone, and their server keeps nothing for them: what is to be known stands in the room.
    if (!isRoom || !(error instanceof ConnectorError) || error.kind !== 'recipient_gone') throw error
    await aloud()
  }
}

/** Of a room that somebody destroyed they are told at their own address. */
async function isThere({ client }: Context, room: string, signal: AbortSignal): Promise<boolean> {
  try {
    await client.enter(room, signal)
    return true
  } catch (error) {
    if (!(error instanceof ConnectorError) || error.kind !== 'thread_gone') throw error
    return false
  }
}

export async function offer(context: Context, to: DeskUser, asked: Offer, signal: AbortSignal): Promise<Receipt> {
  const { client, locale, deps } = context
  if (!ADDRESS.test(to.id)) throw new ConnectorError('recipient_gone', `${to.id} is no address of a person`)
  const words = message(asked.key, offerText(asked, locale), { commands: asked.buttons })
  await client.tell(el('message', { ...words.attrs, to: to.id, type: 'chat' }, ...words.children), signal)
  if (asked.thread) {
    remember(context, to.id, asked.thread)
    await welcome(context, to.id, asked.thread, signal)
  }
  return { externalIds: [asked.key], at: deps.now() }
}

/** Which room they mean when they answer to us alone. */
function remember({ about }: Context, person: string, room: string): void {
  about.delete(person)
  about.set(person, room)
  if (about.size > 1000) about.delete(about.keys().next().value as string)
}
