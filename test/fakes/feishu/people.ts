// People in Feishu: what they write, press and take back. Each deed is pushed to the app.
import { type Key, keysOf } from './content.ts'
import type { FakeFile, Message, World } from './world.ts'

export interface Agent {
  readonly id: string
  /** Writes in the topic; `root` undefined: in the group's own line, which in a topic group makes a topic. */
  text(root: string | undefined, text: string, more?: Said): Message
  post(root: string, content: unknown, mentions?: Message['mentions']): Message
  file(root: string, kind: 'image' | 'file' | 'audio' | 'media', file: Omit<FakeFile, 'form'>): Message
  /** Any kind, as Feishu gives it. */
  says(root: string | undefined, kind: string, content: unknown, more?: Said): Message
  /** Writes to the bot in private. */
  privately(text: string): Message
  recall(message: string): void
  /** Changes their words where they stand: Feishu tells nobody. */
  edit(message: string, text: string): void
  /** Presses what bears this label or stands for this command, on the newest message that has it; resolves with the toast. */
  press(key: string, root?: string): Promise<string | undefined>
}

export interface Said {
  mentions?: Message['mentions']
  /** A message that is quoted on purpose. */
  quotes?: string
  /** A plain answer beside the topic, as people can give it in an ordinary group. */
  beside?: true
}

export interface Stage {
  world: World
  chat: string
  bot: { id: string; name: string }
  /** Pushes one event, and resolves with what was answered. */
  push(type: string, event: unknown): Promise<unknown>
}

export function agent({ world, chat, bot, push }: Stage, id: string): Agent {
  function says(root: string | undefined, kind: string, content: unknown, { mentions = [], quotes, beside }: Said = {}): Message {
    const first = root === undefined ? undefined : world.messages.get(root)
    const form = world.chats.get(chat)?.form
    const place = first
      ? { root: first.id, parent: quotes ?? first.id, ...(first.topic && !beside && { topic: first.topic }) }
      : form !== 'chat' && { topic: world.id('omt') }
    const message = world.add({ chat, kind, content: JSON.stringify(content), from: id, mentions, ...place })
    void push('im.message.receive_v1', received(message, 'group'))
    return message
  }
  async function press(wanted: string, root?: string): Promise<string | undefined> {
    const all = [...world.messages.values()].filter(
      (one) => (root ? one.id === root || one.root === root : true) && !(one.to && one.to !== id),
    )
    const found = all.flatMap((message) => keysOf(message).map((key) => ({ message, key }))).findLast(({ key }) => fits(key, wanted))
    if (!found) throw new Error(`nothing to press is called "${wanted}"`)
    const { message, key } = found
    const action = {
      tag: key.option === undefined ? 'button' : 'select_static',
      value: key.value,
      ...(key.option && { option: key.option }),
    }
    const context = { open_message_id: message.id, open_chat_id: message.chat }
    const token = world.id('c').replace('c_', 'c-')
    const answer = await push('card.action.trigger', { operator: { open_id: id }, token, action, host: 'im_message', context })
    return (answer as { toast?: { content?: string } } | undefined)?.toast?.content
  }
  return {
    id,
    says,
    press,
    text: (root, text, more) => says(root, 'text', { text }, more),
    post: (root, content, mentions) => says(root, 'post', content, { mentions }),
    file(root, kind, file) {
      const key = world.id(kind === 'image' ? 'img' : 'file')
      world.files.set(key, { ...file, form: kind })
      return says(root, kind, kind === 'image' ? { image_key: key } : { file_key: key, file_name: file.name })
    },
    edit(messageId, text) {
      const message = world.message(messageId)
      Object.assign(message, { content: JSON.stringify({ text }), edited: message.edited + 1, changedAt: world.now() })
    },
    privately(text) {
      const message = world.add({ chat: `p2p_${id}`, kind: 'text', content: JSON.stringify({ text }), from: id })
      void push('im.message.receive_v1', received(message, 'p2p'))
      return message
    },
    recall(messageId) {
      const message = Object.assign(world.message(messageId), { gone: true, changedAt: world.now() })
      const event = { message_id: messageId, chat_id: message.chat, recall_time: String(world.now()), recall_type: 'message_owner' }
      void push('im.message.recalled_v1', event)
    },
  }

  function received(message: Message, type: 'group' | 'p2p'): unknown {
    const mentions = message.mentions.map((one) => ({ key: one.key, id: { open_id: one.id === 'bot' ? bot.id : one.id }, name: one.name }))
    return {
      sender: { sender_id: { open_id: id, union_id: `on_${id}` }, sender_type: 'user', tenant_key: 't1' },
      message: {
        message_id: message.id,
        ...(message.root && { root_id: message.root, parent_id: message.parent }),
        ...(message.topic && { thread_id: message.topic }),
        create_time: String(message.at),
        update_time: String(message.at),
        chat_id: message.chat,
        chat_type: type,
        message_type: message.kind,
        content: message.content,
        ...(mentions.length > 0 && { mentions }),
      },
    }
  }
}

function fits(key: Key, wanted: string): boolean {
  return key.url === undefined && (key.label === wanted || key.command === wanted)
}
