// What a room keeps of what was said in it (XEP-0313), in order and page by page (XEP-0059), as if the room told it again.
import { ConnectorError } from '#core/errors.ts'
import type { Xml } from '#core/xmpp.ts'
import type { XmppClient } from './client.ts'
import { bare, el, elements, find, NS, textOf } from './stanza.ts'

/** Servers give fewer where they like: Prosody 50, ejabberd at most 250. */
const PAGE = 100

/** The room must be one that we are in: to others ejabberd shows nothing of one for members. */
export async function* readArchive(search: XmppClient['search'], room: string, since: Date, signal: AbortSignal): AsyncGenerator<Xml[]> {
  let after: string | undefined
  for (;;) {
    const { answer, results } = await search(room, pageOf(since, after), `reading the archive of the room ${room}`, signal)
    yield results.flatMap((result) => messageIn(result, room) ?? [])
    const fin = find(answer, 'fin', NS.mam)
    if (fin?.attrs.complete === 'true' || fin?.attrs.complete === '1') return
    const last = textOf(find(find(fin, 'set', NS.rsm), 'last')) || results.at(-1)?.attrs.id
    if (last === undefined && fin) return // A page with nothing in it is the end.
    // Where it goes on nobody knows: what is missing would be missing for good.
    if (last === undefined || last === after)
      throw new ConnectorError('transient', `the archive of the room ${room} does not say how it goes on`, { certain: true })
    after = last
  }
}

/** Archives count in whole seconds, some of them: what was said in the same one is asked for, too. */
function pageOf(since: Date, after: string | undefined): Xml[] {
  const start = `${since.toISOString().slice(0, 19)}Z`
  const field = (name: string, value: string, type?: string) => el('field', { var: name, type }, el('value', {}, value))
  return [
    el('x', { xmlns: NS.data, type: 'submit' }, field('FORM_TYPE', NS.mam, 'hidden'), field('start', start)),
    el('set', { xmlns: NS.rsm }, el('max', {}, String(PAGE)), after !== undefined && el('after', {}, after)),
  ]
}

/**
 * As the room told it, or would tell it to who comes in: under its own id for it, which is the archive's (XEP-0313, 3.3), and with its time.
 * What the writer put there in their place is none of the room's word. Undefined: no message of this room.
 */
function messageIn(result: Xml, room: string): Xml | undefined {
  const forwarded = find(result, 'forwarded', NS.forward)
  const message = find(forwarded, 'message')
  const { id } = result.attrs
  if (!message || id === undefined || bare(message.attrs.from ?? '') !== room) return undefined
  const { type = 'groupchat' } = message.attrs
  if (type !== 'groupchat') return undefined
  const said = elements(message).filter(
    ({ name, attrs }) =>
      !(name === 'delay' && attrs.xmlns === NS.delay) && !(name === 'stanza-id' && attrs.xmlns === NS.sid && attrs.by === room),
  )
  const { stamp } = find(forwarded, 'delay', NS.delay)?.attrs ?? {}
  const told = [el('stanza-id', { xmlns: NS.sid, by: room, id }), el('delay', { xmlns: NS.delay, from: room, stamp })]
  return { name: 'message', attrs: { ...message.attrs, type }, children: [...said, ...told] }
}
