// What Feishu pushes from a group: the shape of its documented events with made-up people, each with what it must become.
import type { Fixture } from '../../contract/connector.ts'

const TOKEN = 'verification-token-1'
const ROOT = 'om_root'
const sender = { sender_id: { union_id: 'on_1', user_id: 'u1', open_id: 'ou_anna' }, sender_type: 'user', tenant_key: 't1' }
const inTopic = {
  message_id: 'om_1',
  root_id: ROOT,
  parent_id: ROOT,
  create_time: '1772352000000',
  update_time: '1772352000000',
  chat_id: 'oc_1',
  thread_id: 'omt_1',
  chat_type: 'group',
}
const stored = { externalId: 'message:om_1', at: '2026-03-01T08:00:00.000Z', by: { id: 'ou_anna' } }
const message = { ...stored, type: 'message', thread: ROOT, messageId: 'om_1' }

function push(name: string, type: string, event: object, events: object[]): Fixture {
  const header = { event_id: 'ev_1', event_type: type, create_time: '1772352000000', token: TOKEN, app_id: 'cli_a1', tenant_key: 't1' }
  return { name, source: 'open.feishu.cn: the event', body: JSON.stringify({ schema: '2.0', header, event }), events }
}

const received = (name: string, kind: string, content: object, parts: object[], extra: object = {}) =>
  push(
    name,
    'im.message.receive_v1',
    { sender, message: { ...inTopic, message_type: kind, content: JSON.stringify(content), ...extra } },
    parts.length > 0 ? [{ ...message, parts }] : [],
  )

const words = (text: string) => [{ type: 'text', text }]
const odd = (what: string) => [{ type: 'unsupported', what }]
const mentions = [
  { key: '@_user_1', id: { open_id: 'ou_ben' }, name: '小本', tenant_key: 't1' },
  { key: '@_user_10', id: { open_id: 'ou_chen' }, name: '小陈', tenant_key: 't1' },
]

const rich = {
  title: '退货',
  content: [
    [
      { tag: 'text', text: '见 ' },
      { tag: 'a', href: 'https://shop.example/r', text: '说明' },
      { tag: 'text', text: ' ' },
      { tag: 'at', user_id: '@_user_1', user_name: '' },
    ],
    [{ tag: 'img', image_key: 'img_1' }],
    [
      { tag: 'emotion', emoji_type: 'SMILE' },
      { tag: 'text', text: '谢谢' },
    ],
    [{ tag: 'hr' }],
    [{ tag: 'code_block', language: 'GO', text: 'x()' }],
    [{ tag: 'media', file_key: 'file_2', image_key: 'img_2' }],
  ],
}

const press = (action: object, context: object) => ({
  operator: { open_id: 'ou_anna', union_id: 'on_1', tenant_key: 't1' },
  token: 'c-1',
  action,
  host: 'im_message',
  context,
})
const button = {
  externalId: 'press:ev_1',
  at: '2026-03-01T08:00:00.000Z',
  by: { id: 'ou_anna' },
  type: 'button',
  thread: ROOT,
  callback: 'c-1',
}

export const fixtures: Fixture[] = [
  received('text', 'text', { text: '您好' }, words('您好')),
  received('mentions as names', 'text', { text: '@_user_10 @_user_1 @_all 看看' }, words('@小陈 @小本 @所有人 看看'), { mentions }),
  received(
    'links as words',
    'text',
    { text: '[官网](https://shop.example) [https://a.example](https://a.example) [a@b.example](mailto:a@b.example)' },
    words('官网 (https://shop.example) https://a.example a@b.example'),
  ),
  push(
    'a quote on purpose',
    'im.message.receive_v1',
    { sender, message: { ...inTopic, parent_id: 'om_9', message_type: 'text', content: '{"text":"是的"}' } },
    [{ ...message, parts: words('是的'), replyTo: 'om_9' }],
  ),
  received(
    'rich text',
    'post',
    rich,
    [
      { type: 'text', text: '退货\n见 说明 (https://shop.example/r) @小本\n\n[SMILE]谢谢\n———\nx()' },
      { type: 'media', kind: 'image', media: { id: 'om_1/image/img_1' } },
      { type: 'media', kind: 'video', media: { id: 'om_1/file/file_2', mime: 'video/mp4' } },
    ],
    { mentions },
  ),
  received('picture', 'image', { image_key: 'img_1' }, [{ type: 'media', kind: 'image', media: { id: 'om_1/image/img_1' } }]),
  received('file', 'file', { file_key: 'file_1', file_name: '发票 1.pdf' }, [
    { type: 'media', kind: 'file', media: { id: 'om_1/file/file_1', name: '发票 1.pdf' } },
  ]),
  received('voice', 'audio', { file_key: 'file_1', duration: 2000 }, [
    { type: 'media', kind: 'audio', media: { id: 'om_1/file/file_1', name: 'voice.ogg', mime: 'audio/ogg' } },
  ]),
  received('video', 'media', { file_key: 'file_1', image_key: 'img_1', file_name: 'a.mp4', duration: 1 }, [
    { type: 'media', kind: 'video', media: { id: 'om_1/file/file_1', mime: 'video/mp4', name: 'a.mp4' } },
  ]),
  received('place', 'location', { name: '浙江省杭州市', longitude: '120.15', latitude: '30.28' }, [
    { type: 'location', lat: 30.28, lng: 120.15, title: '浙江省杭州市' },
  ]),
  received('sticker', 'sticker', { file_key: 'file_1' }, odd('sticker')),
  received('folder', 'folder', { file_key: 'file_1', file_name: '资料' }, odd('folder 资料')),
  received('forwarded messages', 'merge_forward', { content: 'Merged and Forwarded Message' }, odd('merge_forward')),
  received('card of a person', 'share_user', { user_id: 'ou_ben' }, odd('share_user')),
  received('vote', 'vote', { topic: '午饭', options: ['a', 'b'] }, odd('vote 午饭')),
  received('a kind that nobody knows yet', 'hologram', {}, odd('hologram')),
  received('a content that is none', 'text', [] as never, []),
  received('what the platform says', 'system', { template: '{from_user} invited {to_chatters}' }, []),
  received('only blanks', 'text', { text: '  ' }, []),
  push(
    'another group',
    'im.message.receive_v1',
    { sender, message: { ...inTopic, chat_id: 'oc_2', message_type: 'text', content: '{"text":"x"}' } },
    [],
  ),
  push(
    'a bot',
    'im.message.receive_v1',
    { sender: { ...sender, sender_type: 'app' }, message: { ...inTopic, message_type: 'text', content: '{"text":"x"}' } },
    [],
  ),
  push(
    'talk outside topics',
    'im.message.receive_v1',
    { sender, message: { ...inTopic, root_id: '', parent_id: '', message_type: 'text', content: '{"text":"午饭"}' } },
    [],
  ),
  push(
    'a command outside topics',
    'im.message.receive_v1',
    { sender, message: { ...inTopic, root_id: '', parent_id: '', message_type: 'text', content: '{"text":"/online"}' } },
    [{ ...stored, type: 'command', thread: '', line: 'online', messageId: 'om_1' }],
  ),
  push(
    'a press on the first card',
    'card.action.trigger',
    press({ tag: 'button', value: { c: 'claim' } }, { open_message_id: ROOT, open_chat_id: 'oc_1' }),
    [{ ...button, command: 'claim' }],
  ),
  push(
    'an option of a select on a later card',
    'card.action.trigger',
    press({ tag: 'select_static', value: { t: ROOT }, option: 'transfer tech' }, { open_message_id: 'om_7', open_chat_id: 'oc_1' }),
    [{ ...button, command: 'transfer tech' }],
  ),
  push('a press that says nothing', 'card.action.trigger', press({ tag: 'button', value: {} }, { open_message_id: ROOT }), []),
  push('a reaction', 'im.message.reaction.created_v1', { message_id: 'om_1', reaction_type: { emoji_type: 'OK' } }, []),
  push('an event that nobody knows', 'im.chat.updated_v1', {}, []),
]
