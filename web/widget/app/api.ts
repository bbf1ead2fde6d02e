// The HTTP half of the chat protocol. One error type, with what the caller needs to decide: try again, or tell the visitor.
import type { MessagePage, SeenRequest, SendReply, SendRequest, Session, SessionRequest, Uploaded } from '#http/chat/protocol.ts'

/** `status` 0: no answer came (no network, a broken connection, a stopped request). */
export class ApiError extends Error {
  readonly status: number
  readonly code: string
  readonly retryAfterMs: number | undefined

  constructor(status: number, code: string, message: string, retryAfterMs?: number) {
    super(message)
    this.name = 'ApiError'
    this.status = status
    this.code = code
    this.retryAfterMs = retryAfterMs
  }

  /** The server read it and says no: the same again gets the same answer. */
  get final(): boolean {
    return this.status >= 400 && this.status < 500 && ![401, 408, 425, 429].includes(this.status)
  }
}

/** Which page: what came after a number, with what changed since a mark, or the last before one. */
export type Which = `after=${number}` | `after=${number}&changes=${string}` | `before=${number | 'latest'}`

export interface ChatApi {
  startSession(request: SessionRequest): Promise<Session>
  messages(token: string, which: Which): Promise<MessagePage>
  send(token: string, request: SendRequest): Promise<SendReply>
  seen(token: string, request: SeenRequest): Promise<unknown>
  upload(token: string, file: File, onProgress: (share: number) => void, signal: AbortSignal): Promise<Uploaded>
  /** The address of a file, which the protocol gives relative to our origin. */
  fileUrl(url: string): string
  socketUrl: string
}

const TIMEOUT_MS = 15_000

/** `base` is where the app was served from: `https://desk.example/`, or below a path of a shared host. */
export function chatApi(base: URL, channel: string): ChatApi {
  const root = new URL(`chat/v1/${encodeURIComponent(channel)}/`, base)
  const socket = new URL('socket', root)
  socket.protocol = socket.protocol === 'https:' ? 'wss:' : 'ws:'
  const call = async <T>(path: string, token: string | undefined, body?: unknown): Promise<T> => {
    const headers: Record<string, string> = {}
    if (token) headers.authorization = `Bearer ${token}`
    if (body) headers['content-type'] = 'application/json'
    const response = await fetch(new URL(path, root), {
      method: body ? 'POST' : 'GET',
      headers,
      body: body ? JSON.stringify(body) : undefined,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    }).catch((error: unknown) => {
      throw new ApiError(0, 'network', String(error))
    })
    const text = await response.text().catch(() => '')
    if (!response.ok) throw refusal(response.status, text, response.headers.get('retry-after'))
    return parse<T>(text)
  }
  return {
    startSession: (request) => call('session', undefined, request),
    messages: (token, which) => call(`messages?${which}`, token),
    send: (token, request) => call('messages', token, request),
    seen: (token, request) => call('seen', token, request),
    upload: (token, file, onProgress, signal) => upload(root, token, file, onProgress, signal),
    fileUrl: (url) => new URL(url, base).href,
    socketUrl: socket.href,
  }
}

/** XMLHttpRequest, because fetch cannot tell how much of a request has been sent. */
function upload(root: URL, token: string, file: File, onProgress: (share: number) => void, signal: AbortSignal): Promise<Uploaded> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    const url = new URL('files', root)
    url.searchParams.set('name', file.name)
    request.open('POST', url)
    request.setRequestHeader('authorization', `Bearer ${token}`)
    request.setRequestHeader('content-type', file.type || 'application/octet-stream')
    request.upload.onprogress = (event) => onProgress(event.lengthComputable ? event.loaded / event.total : 0)
    request.onload = () => {
      if (request.status < 300) resolve(parse<Uploaded>(request.responseText))
      else reject(refusal(request.status, request.responseText, request.getResponseHeader('retry-after')))
    }
    request.onerror = request.onabort = () => reject(new ApiError(0, 'network', ''))
    signal.addEventListener('abort', () => request.abort())
    request.send(file)
  })
}

function refusal(status: number, text: string, retryAfter: string | null): ApiError {
  const error = parse<{ error?: { code?: string; message?: string } } | null>(text || '{}', {})?.error
  const seconds = Number(retryAfter)
  return new ApiError(status, error?.code ?? `http_${status}`, error?.message ?? '', seconds > 0 ? seconds * 1000 : undefined)
}

/** A proxy's HTML page in place of our JSON is a broken connection, not an answer; unless a fallback is given. */
function parse<T>(text: string, fallback?: T): T {
  try {
    return JSON.parse(text) as T
  } catch {
    if (fallback !== undefined) return fallback
    throw new ApiError(0, 'garbled', text.slice(0, 80))
  }
}
