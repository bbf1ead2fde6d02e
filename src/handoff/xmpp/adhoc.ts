// Commands as clients show them in a menu (XEP-0050), with forms where they need words (XEP-0004): the buttons of this desk. Asked of us
// in a conversation's room they are about that one; asked of our address they ask which.
import type { DeskEvent } from '#core/event.ts'
import type { Locale, Text } from '#core/message.ts'
import type { Xml } from '#core/xmpp.ts'
import { answersOf, askForm, type Field } from '#platforms/xmpp/forms.ts'
import type { Room } from '#platforms/xmpp/room.ts'
import { bare, type Child, el, find, NS, resourceOf } from '#platforms/xmpp/stanza.ts'

interface Kind {
  node: string
  title: Text
  /** What it needs besides a conversation. */
  fields: { name: string; label: Text; type: Field['type']; required?: true }[]
  /** It is about the agent, not about a conversation. */
  personal?: true
}

const KINDS: Kind[] = [
  { node: 'claim', title: { zh: '接入对话', en: 'Take the conversation' }, fields: [] },
  { node: 'resolve', title: { zh: '结单', en: 'Close it as solved' }, fields: [] },
  {
    node: 'transfer',
    title: { zh: '转给别人', en: 'Pass it on' },
    fields: [
      { name: 'to', label: { zh: '技能组或 @客服', en: 'A skill or @agent' }, type: 'text-single', required: true },
      { name: 'why', label: { zh: '原因', en: 'Why' }, type: 'text-single' },
    ],
  },
  {
    node: 'note',
    title: { zh: '写内部备注', en: 'Write a note' },
    fields: [
      { name: 'text', label: { zh: '备注（客户看不到）', en: 'Note (the customer does not see it)' }, type: 'text-multi', required: true },
    ],
  },
  { node: 'release', title: { zh: '放回队列', en: 'Give it back to the queue' }, fields: [] },
  { node: 'reopen', title: { zh: '重新打开', en: 'Open it again' }, fields: [] },
  { node: 'online', title: { zh: '我上线了', en: 'I am here' }, fields: [], personal: true },
  { node: 'away', title: { zh: '我离开一下', en: 'I am away' }, fields: [], personal: true },
]

const WORDS = {
  which: { zh: '哪个对话', en: 'Which conversation' },
  none: { zh: '您不在任何对话的房间里', en: 'You are in no conversation’s room' },
  done: { zh: '已提交', en: 'Done' },
  later: { zh: '现在无法提交，请稍后再试，或在房间里输入命令', en: 'It cannot be taken now: try again, or type the command in the room' },
} satisfies Record<string, Text>

export interface AdHoc {
  locale: Locale
  lobby: string
  rooms: ReadonlyMap<string, Room>
  /** Titles of rooms, as far as this process knows them. */
  titles: ReadonlyMap<string, string>
  now(): Date
  /** Resolves when it is committed. */
  take(event: DeskEvent): Promise<void>
}

/** The child of our answer; undefined: it is no question about commands. */
export async function answerAdHoc(stanza: Xml, context: AdHoc): Promise<Xml | undefined> {
  const command = find(stanza, 'command', NS.commands)
  if (command && stanza.attrs.type === 'set') return execute(stanza, command, context)
  const info = find(stanza, 'query', NS.info)
  if (info && stanza.attrs.type === 'get') return describe(info.attrs.node, context.locale)
  const items = find(stanza, 'query', NS.items)
  if (items && stanza.attrs.type === 'get') return list(stanza, items.attrs.node, context.locale)
  return undefined
}

function describe(node: string | undefined, locale: Locale): Xml | undefined {
  const query = (...children: Child[]) => el('query', { xmlns: NS.info, node }, ...children)
  if (node === undefined || node.startsWith('frontdesk#')) {
    const features = [NS.info, NS.items, NS.commands, NS.data, NS.ping, NS.correct, NS.chatstates, NS.muc, NS.reactions]
    return query(
      el('identity', { category: 'client', type: 'bot', name: 'Frontdesk' }),
      ...features.map((name) => el('feature', { var: name })),
    )
  }
  if (node === NS.commands) return query(el('identity', { category: 'automation', type: 'command-list' }))
  const kind = KINDS.find((one) => one.node === node)
  if (!kind) return undefined
  const identity = el('identity', { category: 'automation', type: 'command-node', name: kind.title[locale] })
  return query(identity, el('feature', { var: NS.commands }), el('feature', { var: NS.data }))
}

function list(stanza: Xml, node: string | undefined, locale: Locale): Xml {
  const jid = stanza.attrs.to
  const kinds = node === NS.commands ? KINDS : []
  return el('query', { xmlns: NS.items, node }, ...kinds.map((kind) => el('item', { jid, node: kind.node, name: kind.title[locale] })))
}

async function execute(stanza: Xml, command: Xml, context: AdHoc): Promise<Xml> {
  const { locale, lobby } = context
  const kind = KINDS.find(({ node }) => node === command.attrs.node)
  const from = stanza.attrs.from ?? ''
  const inRoom = context.rooms.get(bare(from))
  const person = inRoom ? inRoom.occupants.get(resourceOf(from))?.address : bare(from)
  if (!kind || !person) return failure(kind ? 'not-authorized' : 'item-not-found', kind ? 'auth' : 'cancel')
  const session = command.attrs.sessionid ?? crypto.randomUUID().slice(0, 12)
  const answer = (status: string, ...children: Child[]) =>
    el('command', { xmlns: NS.commands, node: kind.node, sessionid: session, status }, ...children)
  if (command.attrs.action === 'cancel') return answer('canceled')

  const values = answersOf(find(command, 'x', NS.data))
  const about = kind.personal ? lobby : inRoom && inRoom.address !== lobby ? inRoom.address : values.room
  const asked = questions(kind, about === undefined ? conversationsOf(person, context) : undefined, locale)
  if (asked === undefined) return answer('completed', el('note', { type: 'error' }, WORDS.none[locale]))
  const isMissing = about === undefined || asked.some(({ name, required }) => required && !values[name]?.trim())
  if (isMissing) {
    const actions = el('actions', { execute: 'complete' }, el('complete'))
    return answer('executing', actions, askForm(kind.title[locale], asked))
  }
  // A room that they are not in is none of theirs, whatever the form says.
  const mayUse = kind.personal || inRoom !== undefined || conversationsOf(person, context).some(({ value }) => value === about)
  if (!mayUse) return failure('forbidden', 'auth')
  const at = context.now()
  const base = { externalId: `adhoc/${person}/${session}`, at, by: { id: person }, raw: stanza, thread: about }
  const line = [kind.node, ...kind.fields.map(({ name }) => values[name]?.trim()).filter(Boolean)].join(' ')
  try {
    if (kind.personal || kind.fields.length > 0) await context.take({ ...base, type: 'command', line })
    else await context.take({ ...base, type: 'button', command: kind.node })
  } catch {
    return answer('completed', el('note', { type: 'error' }, WORDS.later[locale])) // Told where it was asked.
  }
  return answer('completed', el('note', { type: 'info' }, WORDS.done[locale]))
}

/** What is left to ask; undefined: there is no conversation that it could be about. */
function questions(kind: Kind, rooms: { value: string; label: string }[] | undefined, locale: Locale): Field[] | undefined {
  const own = kind.fields.map(({ name, label, type, required }) => ({ name, type, label: label[locale], ...(required && { required }) }))
  if (rooms === undefined) return own
  if (rooms.length === 0) return undefined
  return [{ name: 'room', type: 'list-single', label: WORDS.which[locale], required: true, options: rooms }, ...own]
}

/** Only rooms in which they are: others are none of their business. */
function conversationsOf(person: string, { rooms, lobby, titles }: AdHoc): { value: string; label: string }[] {
  return [...rooms.values()]
    .filter((room) => room.address !== lobby && [...room.occupants.values()].some(({ address }) => address === person))
    .map(({ address }) => ({ value: address, label: titles.get(address) ?? address }))
}

function failure(condition: string, type: string): Xml {
  return el('error', { type }, el(condition, { xmlns: NS.stanzas }))
}
