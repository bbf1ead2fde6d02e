// A person at the console, by its API: what the demo's agents do there, and how the demo sees what has happened.
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ActionReply, ActionRequest, ConversationDetail, ConversationPage, Invite, View } from '../http/console/protocol.ts'
import type { SystemState } from '../http/console/protocol-state.ts'

export interface Console {
  invite(agent: string): Promise<string>
  online(): Promise<void>
  /** The newest conversation of a customer of this name. */
  find(customer: string): Promise<string | undefined>
  detail(id: string): Promise<ConversationDetail>
  act(id: string, request: Act): Promise<void>
  counts(): Promise<Record<View, number>>
  system(): Promise<SystemState>
}

type Without<T> = T extends unknown ? Omit<T, 'clientId' | 'version'> : never
export type Act = Without<ActionRequest>

/** Uses a one-time link and stays signed in. */
export async function signUp(base: string, link: string, who: { name?: string; email?: string; password: string }): Promise<Console> {
  const token = new URL(link, base).searchParams.get('token') ?? ''
  const response = await fetch(new URL('/console/api/setup', base), {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-frontdesk': '1' },
    body: JSON.stringify({ token, ...who }),
  })
  if (!response.ok) throw new Error(await response.text())
  return consoleOf(base, response.headers.getSetCookie()[0]?.split(';')[0] ?? '')
}

function consoleOf(base: string, cookie: string): Console {
  async function call<T>(path: string, body?: unknown): Promise<T> {
    const response = await fetch(new URL(`/console/api${path}`, base), {
      method: body === undefined ? 'GET' : 'POST',
      headers: { cookie, 'x-frontdesk': '1', ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
    return (await response.json()) as T
  }
  return {
    invite: async (agent) => (await call<Invite>(`/team/${agent}/invite`, {})).url,
    online: async () => void (await call('/presence', { state: 'online' })),
    async find(customer) {
      const page = await call<ConversationPage>(`/conversations?q=${encodeURIComponent(customer)}`)
      return page.items.find((item) => item.customer.name === customer)?.id
    },
    detail: (id) => call<ConversationDetail>(`/conversations/${id}`),
    async act(id, request) {
      const reply = await call<ActionReply>(`/conversations/${id}/actions`, { clientId: randomUUID(), ...request })
      if (!reply.ok) throw new Error(`${request.type}: ${reply.message}`)
    },
    counts: async () => (await call<ConversationPage>('/conversations?view=queue')).counts,
    system: () => call<SystemState>('/system'),
  }
}

const LOOK_MS = 80
const PATIENCE_MS = 20_000

/** Looks until there is something to see. */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined | false> | T | undefined | false,
  signal: AbortSignal,
): Promise<T> {
  const end = Date.now() + PATIENCE_MS
  for (;;) {
    const found = await look()
    if (found !== undefined && found !== false) return found
    if (Date.now() > end) throw new Error(`${what}: not within ${PATIENCE_MS / 1000} s`)
    await sleep(LOOK_MS, undefined, { signal })
  }
}
