// Every field of the chat and the console whose text is no text of a conversation.
import { randomUUID } from 'node:crypto'
import { type Hall, JSON_TYPE } from './hall.ts'

/** Fields whose text is no text of a conversation: refused or taken, with an answer either way. */
export function quietFields(hall: Hall, text: string, me: Record<string, string>, conversation: string): (() => Promise<unknown>)[] {
  const { headers } = hall.admin
  // A line and headers of more than 16 KB are refused before anybody reads them.
  const q = encodeURIComponent(text.slice(0, 300).toWellFormed())
  const post =
    (path: string, body: unknown, by: Record<string, string> = headers) =>
    () =>
      hall.call(path, { headers: by, body: JSON.stringify(body) })
  const get =
    (path: string, by: Record<string, string> = headers) =>
    () =>
      hall.call(path, { method: 'GET', headers: by })
  const clientId = randomUUID()
  const action = (wish: object) => post(`/console/api/conversations/${conversation}/actions`, { clientId, ...wish })
  return [
    ...['token', 'locale', 'page', 'title', 'referrer', text].map((key) => post('/chat/v1/web/session', { [key]: text }, JSON_TYPE)),
    post(`/chat/v1/${q}/session`, {}, JSON_TYPE),
    post('/chat/v1/web/messages', { clientId: text, text: 'x' }, me),
    post('/chat/v1/web/messages', { clientId, press: { id: text, label: text } }, me),
    post('/chat/v1/web/messages', { clientId, file: { id: text, caption: text } }, me),
    post('/chat/v1/web/seen', { seq: text, state: text }, me),
    post('/chat/v1/web/messages', { clientId, text: 'x' }, { ...JSON_TYPE, authorization: `Bearer ${q}` }),
    ...[`eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.${q}.x`, `${q}.${q}.${q}`].map((token) => post('/chat/v1/web/session', { token }, JSON_TYPE)),
    () => hall.call(`/chat/v1/web/files?name=${q}`, { headers: { ...me, 'content-type': `text/${q}`.slice(0, 900) }, body: text || 'x' }),
    ...[`/chat/v1/web/messages?after=${q}`, `/chat/v1/files/${q || 'x'}?s=${q}`, `/chat/v1/files/att_x?s=${q}.${q}`].map((path) =>
      get(path, me),
    ),
    ...['view', 'q', 'cursor'].map((key) => get(`/console/api/conversations?${key}=${q}`)),
    ...['state', 'target', 'cursor'].map((key) => get(`/console/api/trouble?${key}=${q}`)),
    ...[`/console/api/setup?token=${q}`, `/console/api/files/${q || 'x'}`, `/console/api/conversations/${q || 'x'}`].map((path) =>
      get(path),
    ),
    get(`/console/api/conversations/${q || 'x'}/messages/${q || 'x'}/attempts`),
    ...[
      `${conversation}?from=${q}`,
      `${conversation}/messages?before=${q}`,
      `${conversation}/found?q=${q}`,
      `${q || 'x'}/messages?before=1`,
    ].map((path) => get(`/console/api/conversations/${path}`)),
    get('/console/api/me', { ...headers, 'x-frontdesk-locale': q.slice(0, 2_000), 'accept-language': q.slice(0, 2_000) }),
    get('/console/api/me', { cookie: `frontdesk_session=${q.slice(0, 4_000)}` }),
    post(`/console/api/conversations/${q || 'x'}/actions`, { clientId, type: 'claim' }),
    post(`/console/api/conversations/${q || 'x'}/messages/${q || 'x'}/drop`, {}),
    ...[{ type: text }, { type: 'claim', version: text }, { type: 'resend', message: text }, { type: 'press', id: text }].map(action),
    action({ type: 'transfer', to: { skill: text }, note: text }),
    post('/console/api/presence', { state: text }),
    post('/console/api/team', { name: text, email: text, role: text }),
    post(`/console/api/team/${q || 'x'}/invite`, {}),
    post('/console/api/trouble', { action: text, ids: [text] }),
    post('/console/api/trouble', { action: 'drop', ids: [text] }),
    () => hall.call(`/console/api/files?name=${q}`, { headers: { ...headers, 'content-type': 'text/plain' }, body: text || 'x' }),
    post(`/hooks/${q || 'x'}`, {}),
  ]
}
