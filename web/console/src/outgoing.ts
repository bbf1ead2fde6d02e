// What I sent and the server has not shown yet: on screen at once, in order per conversation, sent again under the same
// `clientId` until somebody answers, so that a broken line neither loses nor doubles my words.

import type { Uploaded } from '#http/chat/protocol.ts'
import type { ActionReply, ActionRequest, ConsoleMessage, ConversationDetail } from '#http/console/protocol.ts'
import { ApiError } from './api.ts'
import { createStore, type Store } from './store.ts'

export type WriteMode = 'reply' | 'note'

export interface Outgoing {
  clientId: string
  conversation: string
  mode: WriteMode
  text: string
  files: Uploaded[]
  macro?: string
  at: string
  /** The last message when it was sent: what matches it must be newer. */
  afterSeq: number
  state: 'sending' | 'retrying' | 'accepted' | 'refused'
  /** In words, for `refused`. */
  reason?: string
  /** The server's id, once it is known. */
  message?: string
}

export interface OutgoingDeps {
  act(conversation: string, request: ActionRequest): Promise<ActionReply>
  /** The conversation as it stands now, read again after a reply of mine, because that raises the version. */
  read(conversation: string): Promise<Pick<ConversationDetail, 'version'> | undefined>
  wait(ms: number): Promise<void>
  refused(item: Outgoing, reason: string): void
}

const PAUSES = [500, 1500, 4000, 8000, 15_000]

export interface OutgoingBox {
  items: Store<readonly Outgoing[]>
  send(item: Outgoing, version: number): Promise<void>
  /** A refused one, tried again as a new request on what is on screen now. */
  again(item: Outgoing, now: Pick<Outgoing, 'clientId' | 'at' | 'afterSeq'>, version: number): Promise<void>
  drop(clientId: string): void
}

export function createOutgoing(deps: OutgoingDeps): OutgoingBox {
  const items = createStore<readonly Outgoing[]>([])
  const lanes = new Map<string, Promise<number | undefined>>()
  const change = (clientId: string, patch: Partial<Outgoing>) =>
    items.set(items.get().map((item) => (item.clientId === clientId ? { ...item, ...patch } : item)))
  const drop = (clientId: string) => items.set(items.get().filter((item) => item.clientId !== clientId))

  const deliver = async (item: Outgoing, version: number): Promise<number | undefined> => {
    try {
      const reply = await persist(deps, item, version, () => change(item.clientId, { state: 'retrying' }))
      if (!reply.ok) throw new ApiError(409, reply.code, reply.message)
      change(item.clientId, { state: 'accepted', message: reply.message })
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      change(item.clientId, { state: 'refused', reason })
      deps.refused(item, reason)
      await deps.read(item.conversation)
      return undefined
    }
    const now = await deps.read(item.conversation)
    // Without an id there is nothing to match, but after this read the server's copy is on screen.
    if (items.get().some((other) => other.clientId === item.clientId && !other.message)) drop(item.clientId)
    return now?.version
  }

  const send = (item: Outgoing, version: number): Promise<void> => {
    items.set([...items.get(), item])
    const before = lanes.get(item.conversation) ?? Promise.resolve(undefined)
    // My own first reply claims the conversation: the second one names the version that came of it.
    const lane = before.then((newer) => deliver(item, newer === undefined ? version : Math.max(version, newer)))
    lanes.set(item.conversation, lane)
    return lane.then(() => {
      if (lanes.get(item.conversation) === lane) lanes.delete(item.conversation)
    })
  }

  return {
    items,
    send,
    drop,
    again(item, now, version) {
      drop(item.clientId)
      return send({ ...item, ...now, state: 'sending', reason: undefined, message: undefined }, version)
    },
  }
}

async function persist(deps: OutgoingDeps, item: Outgoing, version: number, retrying: () => void): Promise<ActionReply> {
  const words = {
    clientId: item.clientId,
    text: item.text || undefined,
    files: item.files.length > 0 ? item.files.map((file) => file.id) : undefined,
  }
  // A note goes to nobody outside: it cannot come too late.
  const request: ActionRequest =
    item.mode === 'note' ? { ...words, type: 'note' } : { ...words, type: 'reply', version, ...(item.macro && { macro: item.macro }) }
  for (let attempt = 0; ; attempt++) {
    try {
      return await deps.act(item.conversation, request)
    } catch (error) {
      const pause = PAUSES[attempt]
      if (!(error instanceof ApiError) || !error.passing || pause === undefined) throw error
      retrying()
      await deps.wait(pause)
    }
  }
}

/**
 * Those that `messages` does not show yet. A hint over the socket often brings the message before its own request is
 * answered with an id: then a newer message of mine with the same words is it.
 */
export function unshown(items: readonly Outgoing[], messages: readonly ConsoleMessage[]): Outgoing[] {
  const taken = new Set<string>()
  return items.filter((item) => {
    if (item.state === 'refused') return true
    const author = item.mode === 'note' ? 'note' : 'agent'
    const match = messages.find((message) => {
      if (taken.has(message.id)) return false
      if (item.message) return message.id === item.message
      return message.seq > item.afterSeq && message.author === author && textOf(message) === item.text
    })
    if (match) taken.add(match.id)
    return !match
  })
}

function textOf(message: ConsoleMessage): string {
  return message.parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n')
}
