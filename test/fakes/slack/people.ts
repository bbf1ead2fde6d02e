// People in the workspace: what they write, press, choose and delete, as Slack tells an app of it.
import { pressables, seen } from './blocks.ts'
import { addReaction, mimeOf } from './methods.ts'
import { BOT, type Message, type Told, type World } from './world.ts'

export interface Person {
  id: string
  /** In a thread, or beside the threads where `root` is undefined. Gives the message's ts. */
  write(root: string | undefined, text: string, more?: { mrkdwn?: string; subtype?: string; team?: string }): string
  file(root: string, name: string, bytes: Uint8Array<ArrayBuffer>, text?: string): string
  edit(ts: string, text: string): void
  /** Slack adds the preview of a link: nothing that anybody wrote. */
  unfurl(ts: string): void
  remove(ts: string): void
  react(ts: string, name: string): Told
  /** Presses or chooses what has this label or value, in the newest message that has it and that this person sees. */
  press(what: string, root?: string): Told
  shortcut(ts: string, callback?: string): Told
  slash(text: string): Told
  /** Fills in the form that is open for this person. */
  submit(words: string): Told
}

const EMOJI: Record<string, string> = { '😀': 'grinning', '👍🏽': '+1::skin-tone-4' }

/** What Slack's clients make of typed words. */
export function richText(text: string): object[] {
  const elements = text
    .split(/(<@[A-Z0-9]+>|<!here>|😀|👍🏽)/u)
    .filter((piece) => piece !== '')
    .map((piece) => {
      if (piece.startsWith('<@')) return { type: 'user', user_id: piece.slice(2, -1) }
      if (piece === '<!here>') return { type: 'broadcast', range: 'here' }
      if (piece in EMOJI)
        return { type: 'emoji', name: EMOJI[piece], unicode: [...piece].map((point) => point.codePointAt(0)?.toString(16)).join('-') }
      return { type: 'text', text: piece }
    })
  return [{ type: 'rich_text', block_id: 'typed', elements: [{ type: 'rich_text_section', elements }] }]
}

export function person(world: World, id: string, channelId: string): Person {
  return { id, ...writing(world, id, channelId), ...choosing(world, id, channelId) }
}

function find(world: World, channelId: string, ts: string): Message {
  const message = world.channel(channelId).messages.get(ts)
  if (!message) throw new Error(`no message ${ts}`)
  return message
}

type Writing = Pick<Person, 'write' | 'file' | 'edit' | 'unfurl' | 'remove' | 'react'>

function writing(world: World, id: string, channelId: string): Writing {
  const add = (root: string | undefined, text: string, more: Partial<Message> = {}): Message => {
    const message: Message = {
      ts: world.ts(),
      ...(root !== undefined && { thread_ts: root }),
      user: id,
      text,
      blocks: text === '' ? [] : (richText(text) as Message['blocks']),
      files: [],
      reactions: new Map(),
      ...more,
    }
    world.channel(channelId).messages.set(message.ts, message)
    world.said(channelId, message)
    return message
  }
  return {
    write: (root, text, { mrkdwn, subtype } = {}) =>
      add(root, mrkdwn ?? text, { ...(mrkdwn !== undefined && { blocks: [] }), ...(subtype && { subtype }) }).ts,
    file(root, name, bytes, text = '') {
      const file = { id: `F${String(world.next()).padStart(6, '0')}`, name, mimetype: mimeOf(name), bytes }
      world.files.set(file.id, file)
      return add(root, text, { subtype: 'file_share', files: [file] }).ts
    },
    edit(ts, text) {
      const message = find(world, channelId, ts)
      const before = world.shape(message)
      Object.assign(message, { text, blocks: richText(text), edited: true })
      world.changed(channelId, before, message)
    },
    unfurl(ts) {
      const message = find(world, channelId, ts)
      world.changed(channelId, world.shape(message), message)
    },
    remove: (ts) => world.remove(channelId, ts),
    react(ts, name) {
      addReaction(world, channelId, find(world, channelId, ts), name, id)
      return world.waiting.at(-1) as Told
    },
  }
}

function choosing(world: World, id: string, channelId: string): Pick<Person, 'press' | 'shortcut' | 'slash' | 'submit'> {
  const channel = () => world.channel(channelId)
  const team = () => world.users.get(id)?.team_id ?? BOT.team
  const name = () => world.users.get(id)?.name
  const common = () => ({ user: { id, username: name(), team_id: team() }, team: { id: team(), domain: 'acme' }, api_app_id: BOT.app })
  return {
    press: (what, root) => press(world, id, channelId, what, root, common()),
    shortcut(ts, callback_id = 'frontdesk_note') {
      const message = world.shape(find(world, channelId, ts))
      const payload = {
        ...common(),
        type: 'message_action',
        callback_id,
        action_ts: world.ts(),
        trigger_id: world.trigger(id),
        message_ts: ts,
      }
      return world.tell('interactive', { ...payload, channel: { id: channelId, name: channel().name }, message })
    },
    slash(text) {
      const who = { user_id: id, user_name: name(), channel_id: channelId, channel_name: channel().name }
      const response_url = '/response/slash'
      return world.tell('slash_commands', { command: '/desk', text, ...who, team_id: team(), trigger_id: world.trigger(id), response_url })
    },
    submit(words) {
      const open = world.views.findLast(({ user }) => user === id)
      if (!open) throw new Error(`no form is open for ${id}`)
      const state = { values: { words: { words: { type: 'plain_text_input', value: words } } } }
      const view = { ...open.view, id: open.id, hash: open.hash, state }
      return world.tell('interactive', { ...common(), type: 'view_submission', trigger_id: world.trigger(id), view })
    },
  }
}

function press(world: World, id: string, channelId: string, what: string, root: string | undefined, common: object): Told {
  const places = [world.channel(channelId), world.direct(id)]
  const sees = places.flatMap(({ id: channel, messages }) =>
    [...messages.values()]
      .filter(({ only, thread_ts, ts }) => (!only || only === id) && (root === undefined || ts === root || thread_ts === root))
      .map((message) => ({ channel, message })),
  )
  for (const { channel, message } of sees.reverse()) {
    const found = pressables(message.blocks).find(({ label, value, url }) => !url && (label === what || value === what))
    if (!found) continue
    const { block: block_id, action: action_id, kind: type, value } = found
    const chosen = type === 'button' ? { value } : { selected_option: { text: { type: 'plain_text', text: found.label }, value } }
    const { ts: message_ts, thread_ts, response } = message
    const container = {
      type: 'message',
      message_ts,
      channel_id: channel,
      is_ephemeral: message.only !== undefined,
      ...(thread_ts && { thread_ts }),
    }
    return world.tell('interactive', {
      ...common,
      type: 'block_actions',
      container,
      channel: { id: channel, name: world.channel(channel).name },
      // Slack does not show an app the message that only one person sees.
      ...(message.only ? {} : { message: world.shape(message) }),
      trigger_id: world.trigger(id),
      response_url: response,
      actions: [{ action_id, block_id, type, action_ts: world.ts(), ...chosen }],
    })
  }
  throw new Error(`nothing to press called "${what}": ${sees.map(({ message }) => seen(message).slice(0, 40)).join(' | ')}`)
}
