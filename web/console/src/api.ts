// The console's calls. Every failure is an ApiError with words for the agent.

import type { Uploaded } from '#http/chat/protocol.ts'
import type {
  ActionReply,
  ActionRequest,
  ArticlePage,
  ConversationDetail,
  ConversationPage,
  FollowupPage,
  FoundPage,
  HistoryPage,
  Invite,
  LinkCode,
  LoginRequest,
  MacroPage,
  Me,
  MessageFate,
  NewAgent,
  SetupInfo,
  SetupRequest,
  TargetPage,
  TeamMember,
  TeamPage,
  View,
} from '#http/console/protocol.ts'
import type { LessonPage, LessonRequest } from '#http/console/protocol-learning.ts'
import type { SystemState, TroublePage, TroubleReply, TroubleRequest, TroubleState } from '#http/console/protocol-state.ts'
import type { Ask } from './conversations/stretch.ts'
import { locale, words } from './words.ts'

/** `status` 0: nobody answered. */
export class ApiError extends Error {
  readonly status: number
  readonly code: string

  constructor(status: number, code: string, message: string) {
    super(message)
    this.name = 'ApiError'
    this.status = status
    this.code = code
  }

  /** The same request may succeed a moment later. */
  get passing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500
  }
}

const ROOT = '/console/api'

async function call<T>(method: 'GET' | 'POST', path: string, body?: BodyInit, signal?: AbortSignal): Promise<T> {
  const headers: Record<string, string> = { 'accept-language': locale.get() }
  if (method === 'POST') headers['x-frontdesk'] = '1'
  if (typeof body === 'string') headers['content-type'] = 'application/json'
  let response: Response
  try {
    response = await fetch(ROOT + path, { method, headers, body, signal, credentials: 'same-origin' })
  } catch (error) {
    if (signal?.aborted) throw error
    throw new ApiError(0, 'offline', words().errorOffline)
  }
  const answer: unknown = await response.json().catch(() => null)
  if (response.ok && answer !== null) return answer as T
  throw errorOf(response.status, answer)
}

export function errorOf(status: number, answer: unknown): ApiError {
  // What was refused because somebody was faster comes as the reply of an action, in words of its own.
  const { error = answer } = (answer ?? {}) as { error?: unknown }
  const { code, message: said } = (error ?? {}) as { code?: unknown; message?: unknown }
  const message = typeof said === 'string' && said ? said : words().errorServer(status)
  return new ApiError(status, typeof code === 'string' ? code : 'unknown', message)
}

const get = <T>(path: string, signal?: AbortSignal) => call<T>('GET', path, undefined, signal)
const post = <T>(path: string, body: unknown = {}) => call<T>('POST', path, JSON.stringify(body))
const id = encodeURIComponent

export const api = {
  me: (signal?: AbortSignal) => get<Me>('/me', signal),
  login: (request: LoginRequest) => post<Me>('/login', request),
  linkCode: () => post<LinkCode>('/me/link'),
  logout: () => post<unknown>('/logout'),
  setupInfo: (token: string, signal?: AbortSignal) => get<SetupInfo>(`/setup?token=${id(token)}`, signal),
  setup: (request: SetupRequest) => post<Me>('/setup', request),
  presence: (state: 'online' | 'away') => post<Me>('/presence', { state }),
  conversations: (view: View, q: string, sort: 'due' | undefined, cursor: string | undefined, signal?: AbortSignal) => {
    const query = new URLSearchParams({ view })
    if (q) query.set('q', q)
    if (sort) query.set('sort', sort)
    if (cursor) query.set('cursor', cursor)
    return get<ConversationPage>(`/conversations?${query}`, signal)
  },
  /** `from`: the first message that is on screen already. */
  conversation: (conversation: string, from: number | undefined, signal?: AbortSignal) =>
    get<ConversationDetail>(`/conversations/${id(conversation)}${from === undefined ? '' : `?from=${from}`}`, signal),
  history: (conversation: string, ask: Ask, signal?: AbortSignal) =>
    get<HistoryPage>(
      `/conversations/${id(conversation)}/messages?${new URLSearchParams(Object.entries(ask).map(([name, seq]) => [name, String(seq)]))}`,
      signal,
    ),
  found: (conversation: string, q: string, signal?: AbortSignal) =>
    get<FoundPage>(`/conversations/${id(conversation)}/found?${new URLSearchParams({ q })}`, signal),
  targets: (conversation: string, signal?: AbortSignal) => get<TargetPage>(`/conversations/${id(conversation)}/targets`, signal),
  act: (conversation: string, request: ActionRequest) => post<ActionReply>(`/conversations/${id(conversation)}/actions`, request),
  fate: (conversation: string, message: string, signal?: AbortSignal) =>
    get<MessageFate>(`/conversations/${id(conversation)}/messages/${id(message)}/attempts`, signal),
  dropMessage: (conversation: string, message: string) =>
    post<TroubleReply>(`/conversations/${id(conversation)}/messages/${id(message)}/drop`),
  macros: (conversation: string, signal?: AbortSignal) => get<MacroPage>(`/conversations/${id(conversation)}/macros`, signal),
  articles: (conversation: string, q: string, signal?: AbortSignal) =>
    get<ArticlePage>(`/conversations/${id(conversation)}/articles?${new URLSearchParams({ q })}`, signal),
  followups: (signal?: AbortSignal) => get<FollowupPage>('/followups', signal),
  finishFollowup: (followup: string) => post<unknown>(`/followups/${id(followup)}/done`),
  lessons: (signal?: AbortSignal) => get<LessonPage>('/lessons', signal),
  teach: (lesson: string, request: LessonRequest) => post<unknown>(`/lessons/${id(lesson)}`, request),
  trouble: (filter: { state?: TroubleState; target?: string }, cursor: string | undefined, signal?: AbortSignal) => {
    const query = new URLSearchParams(Object.entries({ ...filter, cursor }).flatMap(([name, value]) => (value ? [[name, value]] : [])))
    return get<TroublePage>(`/trouble?${query}`, signal)
  },
  troubleCount: (signal?: AbortSignal) => get<{ count: number }>('/trouble/count', signal),
  settle: (request: TroubleRequest) => post<TroubleReply>('/trouble', request),
  upload: (file: File, signal?: AbortSignal) => call<Uploaded>('POST', `/files?name=${id(file.name)}`, file, signal),
  team: (signal?: AbortSignal) => get<TeamPage>('/team', signal),
  unlink: (agent: string, desk: string) => post<TeamMember>(`/team/${id(agent)}/unlink`, { desk }),
  addAgent: (agent: NewAgent) => post<TeamMember>('/team', agent),
  invite: (agent: string) => post<Invite>(`/team/${id(agent)}/invite`),
  system: (signal?: AbortSignal) => get<SystemState>('/system', signal),
}
