// The chat API as an OpenAPI document, made from the schemas that check the requests.
import { z } from 'zod'
import { seenRequest, sendRequest, sessionRequest } from './chat/schema.ts'

const json = (schema: unknown) => ({ 'application/json': { schema } })
const answer = (description: string, schema: unknown = { type: 'object' }) => ({ description, content: json(schema) })
const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` })
const channel = {
  name: 'channel',
  in: 'path',
  required: true,
  schema: { type: 'string' },
  description: 'The id of a web channel in frontdesk.yaml',
}
const refused = {
  400: answer('The request is wrong; the message says where', ref('Error')),
  401: answer('No session: ask for a new one', ref('Error')),
  403: answer('This site may not show the chat', ref('Error')),
  429: answer('Too often; wait', ref('Error')),
  503: answer('Not now; Retry-After says when', ref('Error')),
}
const object = (properties: Record<string, unknown>, required = Object.keys(properties)) => ({ type: 'object', properties, required })
const text = { type: 'string' }
const number = { type: 'integer' }

const AFTER = {
  name: 'after',
  in: 'query',
  description: 'Reads on from here; `more` says that there are newer ones. 从这里往后读；`more` 表示还有更新的。',
  schema: { type: 'integer', minimum: 0, default: 0 },
}
const CHANGES = {
  name: 'changes',
  in: 'query',
  description:
    'With `after`, for whoever polls: the `changes` of the page before. The page then holds in `changed` what was edited or taken back since of what you have. 轮询时与 `after` 一起用：上一页的 `changes`；这一页的 `changed` 就是您已有的消息中此后被修改或撤回的。',
  schema: { type: 'string', maxLength: 64 },
}
const BEFORE = {
  name: 'before',
  in: 'query',
  description:
    'Instead of `after`: reads back. `latest` for the newest page, then the seq of the first message that you have; `more` says that there are older ones. 与 `after` 二选一：往回读。先用 `latest` 取最新一页，再用已有的第一条消息的 seq；`more` 表示还有更早的。',
  schema: { anyOf: [{ const: 'latest' }, { type: 'integer', minimum: 0 }] },
}

export function openApi(publicUrl: URL | undefined): Record<string, unknown> {
  return {
    openapi: '3.1.0',
    info: { title: 'Frontdesk chat API', version: '1', description: 'What the widget and mobile apps use. 网页组件与手机应用使用的接口。' },
    ...(publicUrl && { servers: [{ url: publicUrl.origin }] }),
    paths: paths(),
    components: {
      securitySchemes: { visitor: { type: 'http', scheme: 'bearer', description: 'The token of a session' } },
      schemas: schemas(),
    },
  }
}

function paths(): Record<string, unknown> {
  const secured = { security: [{ visitor: [] }], parameters: [channel] }
  return {
    '/chat/v1/{channel}/session': {
      post: {
        summary: 'Begin or go on: the greeting, the questions asked most, a token',
        parameters: [channel],
        requestBody: { required: true, content: json(z.toJSONSchema(sessionRequest, { io: 'input' })) },
        responses: { 200: answer('The session', ref('Session')), ...refused },
      },
    },
    '/chat/v1/{channel}/messages': {
      get: {
        ...secured,
        summary: 'What was said after a cursor, or the last of what was said before a message: a page, oldest first',
        parameters: [channel, AFTER, BEFORE, CHANGES],
        responses: { 200: answer('A page', ref('MessagePage')), ...refused },
      },
      post: {
        ...secured,
        summary: 'Say something, press a button or send a file; once for each clientId',
        requestBody: { required: true, content: json(z.toJSONSchema(sendRequest, { io: 'input' })) },
        responses: {
          200: answer('Committed', object({ clientId: text, accepted: { const: true } })),
          409: answer('This clientId was used for other words', ref('Error')),
          ...refused,
        },
      },
    },
    '/chat/v1/{channel}/seen': {
      post: {
        ...secured,
        summary: 'How far the client got: our messages up to a seq are here, or were before the visitor’s eyes. For clients that poll',
        requestBody: { required: true, content: json(z.toJSONSchema(seenRequest, { io: 'input' })) },
        responses: { 200: answer('Noted'), ...refused },
      },
    },
    '/chat/v1/{channel}/files': {
      post: {
        ...secured,
        summary: 'Upload a file; send its id then',
        parameters: [channel, { name: 'name', in: 'query', schema: text }],
        requestBody: { required: true, content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } } },
        responses: {
          200: answer('The file', object({ id: text, name: text, mime: text, bytes: number })),
          413: answer('Too large', ref('Error')),
          ...refused,
        },
      },
    },
    '/chat/v1/{channel}/socket': {
      get: {
        summary:
          'WebSocket. First frame {"type":"hello","token":…,"after":0}; then send, typing, seen, ping. From us: messages, conversation, accepted, error, typing, pong',
        parameters: [channel],
        responses: { 101: { description: 'Switching protocols' }, ...refused },
      },
    },
  }
}

function schemas(): Record<string, unknown> {
  const part = {
    type: 'object',
    properties: { type: { enum: ['text', 'media', 'buttons', 'location', 'unsupported'] } },
    required: ['type'],
  }
  const button = object({ id: text, label: text, url: text }, ['id', 'label'])
  const conversation = object(
    {
      status: { enum: ['bot', 'queued', 'assigned', 'snoozed', 'resolved'] },
      agent: text,
      queue: object({ place: number, minutes: number }, ['place']),
    },
    ['status'],
  )
  const message = object(
    {
      id: text,
      seq: number,
      author: { enum: ['customer', 'bot', 'agent', 'system'] },
      name: text,
      parts: { type: 'array', items: part },
      at: { type: 'string', format: 'date-time' },
      clientId: text,
      editedAt: { type: 'string', format: 'date-time' },
    },
    ['id', 'seq', 'author', 'parts', 'at'],
  )
  return {
    Error: object({ error: object({ code: text, message: text }) }),
    Session: object(
      {
        token: text,
        visitor: {
          ...text,
          description:
            'Who it is: the same with each new token, until a token was no longer valid. 访客的编号：换了 token 也不变，直到旧 token 失效。',
        },
        locale: { enum: ['zh', 'en'] },
        brand: object({ name: text, color: text }, ['name']),
        greeting: { type: 'array', items: part },
        questions: { type: 'array', items: button },
        conversation,
        limits: object({ textMax: number, fileMaxBytes: number }),
      },
      ['token', 'visitor', 'locale', 'brand', 'greeting', 'questions', 'limits'],
    ),
    MessagePage: object(
      {
        messages: { type: 'array', items: message },
        cursor: number,
        more: { type: 'boolean' },
        conversation,
        changes: {
          type: 'string',
          description: 'Where edits and retractions stand: the `changes` of the next call. 修改与撤回的位置：下次请求的 `changes`。',
        },
        changed: {
          type: 'array',
          items: message,
          description:
            'Only with `changes`: messages up to `after` as they are now, where any was edited or taken back (then without parts) since. 仅在带 `changes` 时：`after` 之前若有修改或撤回，这些消息现在的样子（撤回的没有 parts）。',
        },
      },
      ['messages', 'cursor', 'more'],
    ),
  }
}
