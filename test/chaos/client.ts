// Calls the house as platforms and apps do: the same again until it says 2xx.
import { setTimeout as pause } from 'node:timers/promises'

export interface Call {
  path: string
  /** When it was made, by `performance.now()`. */
  at: number
  ms: number
  /** 0: nobody answered. */
  status: number
  retryAfter: string | null
  tries: number
  /** Whom it was said to, and why nobody answered. */
  url: string
  error?: string
}

export interface Client {
  /** One try; undefined when nobody answered. */
  once(path: string, body: unknown, headers?: Record<string, string>): Promise<Answer | undefined>
  /** Until it is taken, and how often that was tried. Throws on a refusal that stays one. */
  until2xx(path: string, body: unknown, headers?: Record<string, string>, giveUp?: () => boolean): Promise<Taken>
  get<T>(path: string, headers?: Record<string, string>): Promise<T>
  bytes(path: string, headers?: Record<string, string>): Promise<Uint8Array | undefined>
  /** Every single try. */
  calls: Call[]
}

export interface Answer {
  status: number
  body: unknown
  headers: Headers
}

export interface Taken {
  tries: number
  /** False only when it was given up. */
  acked: boolean
  body: unknown
}

const AGAIN_MS = 50
const DEADLINE_MS = 10_000

/** `urls`: where it may be tried; each try goes to the next, as behind a load balancer. */
export function createClient(urls: () => string[]): Client {
  let turn = 0
  const calls: Call[] = []
  const next = (from = turn++) => {
    const list = urls()
    return list[from % list.length] ?? ''
  }
  async function attempt(
    path: string,
    body: unknown,
    headers: Record<string, string>,
    tries: number,
    from: number,
  ): Promise<Answer | undefined> {
    const started = performance.now()
    const url = next(from)
    const note = (status: number, retryAfter: string | null, error?: string) =>
      calls.push({ path, at: started, status, retryAfter, tries, ms: performance.now() - started, url, error })
    try {
      const answer = await post(`${url}${path}`, body, headers)
      note(answer.status, answer.headers.get('retry-after'))
      return answer
    } catch (error) {
      note(0, null, String((error as Error).cause ?? error))
      return undefined // Dead, dying, or out of reach: whoever asked tries again.
    }
  }
  return {
    calls,
    once: (path, body, headers = {}) => attempt(path, body, headers, 1, turn++),
    async until2xx(path, body, headers = {}, giveUp = () => false) {
      for (let tries = 1, from = turn++; ; tries++, from++) {
        const answer = await attempt(path, body, headers, tries, from)
        if (answer && answer.status < 300) return { tries, acked: true, body: answer.body }
        if (answer && answer.status < 500 && answer.status !== 429)
          throw new Error(`${path} was refused: ${answer.status} ${JSON.stringify(answer.body)}`)
        if (giveUp()) return { tries, acked: false, body: undefined }
        await pause(AGAIN_MS)
      }
    },
    async bytes(path, headers = {}) {
      const answer = await fetch(`${next()}${path}`, { headers, signal: AbortSignal.timeout(DEADLINE_MS) })
      const body = new Uint8Array(await answer.arrayBuffer())
      return answer.ok ? body : undefined
    },
    async get<T>(path: string, headers = {}) {
      const answer = await fetch(`${next()}${path}`, { headers, signal: AbortSignal.timeout(DEADLINE_MS) })
      if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
      return (await answer.json()) as T
    },
  }
}

async function post(url: string, body: unknown, headers: Record<string, string>): Promise<Answer> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    signal: AbortSignal.timeout(DEADLINE_MS),
  })
  const text = await answer.text()
  const isJson = answer.headers.get('content-type')?.includes('json')
  return { status: answer.status, headers: answer.headers, body: isJson ? JSON.parse(text) : text }
}
