// The history of a group, a topic or a talk in private, as its page documents it. Stricter than the platform where its page says that
// something is not supported: times for a topic are refused, so that nobody relies on them.
import type { Call } from './methods.ts'
import { type Message, Refused, type World } from './world.ts'

const GROUP_SCOPES = ['im:message.group_msg', 'im:message.group_msg:readonly']
const PAGE_MAX = 50

export function history({ world, app, query }: Call): unknown {
  const { container_id_type: type, container_id: container = '' } = query
  world.pace('history', 50, 1000, tooOften)
  if (type !== 'chat' && type !== 'thread') throw new Refused(99992402, 'field validation failed: container_id_type')
  if (container === '') throw new Refused(99992402, 'field validation failed: container_id')
  const all = type === 'chat' ? inChat(world, container, query) : inTopic(world, container, query)
  return page(all, query, world.pageMax, (message) => itemOf(message, app.id))
}

const tooOften = () => new Refused(99991400, 'request trigger frequency limit', { status: 429, headers: { 'x-ogw-ratelimit-reset': '1' } })

function inChat(world: World, id: string, query: Record<string, string>): Message[] {
  const all = [...world.messages.values()].filter(({ chat }) => chat === id)
  if (!id.startsWith('p2p_')) mayRead(world, id)
  const [from, to] = [seconds(query.start_time, 'start_time'), seconds(query.end_time, 'end_time')]
  const inTime = all.filter(({ at }) => (from === undefined || at >= from * 1000) && (to === undefined || at < (to + 1) * 1000))
  // What is said in a topic is listed only in a group that was made for topics.
  const isFlat = world.chats.get(id)?.form === 'topic' && query.only_thread_root_messages !== 'true'
  return inTime.filter(({ root, topic }) => isFlat || root === undefined || topic === undefined)
}

function inTopic(world: World, topic: string, query: Record<string, string>): Message[] {
  for (const name of ['start_time', 'end_time']) if (query[name] !== undefined) throw invalid(name)
  const all = [...world.messages.values()].filter((message) => message.topic === topic)
  const [first] = all
  if (!first) throw invalid('container_id')
  mayRead(world, first.chat)
  if (world.hidden.has(topic)) throw new Refused(230073, 'The thread is invisible to the operator.')
  return all
}

function mayRead(world: World, id: string): void {
  const chat = world.chats.get(id)
  if (!chat) throw invalid('container_id')
  if (chat.dissolved) throw new Refused(232009, 'Your request specifies a chat which has already been dissolved.')
  if (!chat.hasBot) throw new Refused(230002, 'The bot can not be outside the group.')
  if (chat.isExternal || !GROUP_SCOPES.some((scope) => world.scopes.has(scope)))
    throw new Refused(230027, 'Lack of necessary permissions, ext=need scope: im:message.group_msg')
}

const invalid = (what: string) => new Refused(230001, `Your request contains an invalid request parameter, ext=invalid ${what}.`)

function seconds(value: string | undefined, name: string): number | undefined {
  if (value === undefined) return undefined
  if (!/^\d{10}$/.test(value)) throw invalid(name)
  return Number(value)
}

/** A token is good for the same question in the same order only, and stays good while more is written. */
function page(all: Message[], query: Record<string, string>, most: number, item: (message: Message) => unknown): unknown {
  const size = Number(query.page_size ?? 20)
  if (!Number.isInteger(size) || size < 1 || size > PAGE_MAX) throw new Refused(99992402, 'field validation failed: page_size')
  const sort = query.sort_type ?? 'ByCreateTimeAsc'
  if (sort !== 'ByCreateTimeAsc' && sort !== 'ByCreateTimeDesc') throw invalid('sort_type')
  const question = `${sort} ${query.container_id} `
  const sorted = all.toSorted((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1))
  if (sort === 'ByCreateTimeDesc') sorted.reverse()
  let rest = sorted
  if (query.page_token !== undefined) {
    const token = Buffer.from(query.page_token, 'base64url').toString()
    const last = sorted.findIndex(({ id }) => `${question}${id}` === token)
    if (last < 0) throw invalid('page_token')
    rest = sorted.slice(last + 1)
  }
  const shown = rest.slice(0, Math.min(size, most))
  const hasMore = rest.length > shown.length
  const token = Buffer.from(`${question}${shown.at(-1)?.id}`).toString('base64url')
  return { has_more: hasMore, items: shown.map(item), ...(hasMore && { page_token: token }) }
}

/** A message as it is listed and looked up: of what was taken back only that it was there. */
export function itemOf(message: Message, appId: string) {
  const mentions = message.mentions.map(({ key, id, name }) => ({
    key,
    id: id === 'bot' ? appId : id,
    id_type: 'open_id',
    name,
    tenant_key: 't1',
  }))
  return {
    message_id: message.id,
    ...(message.root && { root_id: message.root, parent_id: message.parent }),
    ...(message.topic && { thread_id: message.topic }),
    msg_type: message.kind,
    create_time: String(message.at),
    update_time: String(message.changedAt ?? message.at),
    deleted: message.gone,
    updated: message.edited > 0,
    chat_id: message.chat,
    sender:
      message.from === undefined
        ? { id: appId, id_type: 'app_id', sender_type: 'app', tenant_key: 't1' }
        : { id: message.from, id_type: 'open_id', sender_type: 'user', tenant_key: 't1' },
    body: { content: message.gone ? 'This message was recalled' : message.content },
    ...(!message.gone && mentions.length > 0 && { mentions }),
  }
}
