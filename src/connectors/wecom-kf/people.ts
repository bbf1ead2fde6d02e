// Who the customers are, as far as WeChat tells: name, picture, and the unionid where the company has bound its Open Platform account.
import type { Deps } from '#core/connector.ts'
import { reason } from '#core/errors.ts'
import type { Sender } from '#core/event.ts'
import type { Identity } from '#core/message.ts'
import type { Wecom } from '#platforms/wecom/client.ts'

export interface People {
  /** Asks for those of whom nothing is known yet. Never fails: a name is worth no message. */
  meet(users: string[], signal: AbortSignal): Promise<void>
  senderOf(user: string): Sender
}

const BATCH = 100
const MOST = 10_000
const KNOWN_MS = 24 * 3_600_000
/** After a refusal nobody is asked for in a while: most likely the app may not. */
const SILENT_MS = 10 * 60_000

export function createPeople(api: Wecom, deps: Deps): People {
  const known = new Map<string, { sender: Sender; until: number }>()
  let silentUntil = 0

  async function ask(users: string[], signal: AbortSignal): Promise<void> {
    const told = await api.call('kf/customer/batchget', { external_userid_list: users, need_enter_session_context: 0 }, signal)
    const until = deps.now().getTime() + KNOWN_MS
    const list = Array.isArray(told.customer_list) ? (told.customer_list as Record<string, unknown>[]) : []
    for (const user of users) known.set(user, { sender: bare(user), until })
    for (const one of list) if (typeof one.external_userid === 'string') known.set(one.external_userid, { sender: senderIn(one), until })
  }

  return {
    async meet(users, signal) {
      const now = deps.now().getTime()
      const strangers = [...new Set(users)].filter((user) => (known.get(user)?.until ?? 0) < now)
      if (strangers.length === 0 || now < silentUntil) return
      if (known.size > MOST) known.clear()
      try {
        for (let n = 0; n < strangers.length; n += BATCH) await ask(strangers.slice(n, n + BATCH), signal)
      } catch (error) {
        silentUntil = now + SILENT_MS
        deps.log.warn({ channel: deps.id, error: reason(error) }, 'the names of customers cannot be had')
      }
    },
    senderOf: (user) => known.get(user)?.sender ?? bare(user),
  }
}

function bare(user: string): Sender {
  return { identities: [{ kind: 'channel', value: user, verified: true }] }
}

function senderIn({ external_userid: user, nickname, avatar, unionid }: Record<string, unknown>): Sender {
  const { identities } = bare(String(user))
  const union: Identity[] = typeof unionid === 'string' && unionid ? [{ kind: 'unionid', value: unionid, verified: true }] : []
  return {
    ...(typeof nickname === 'string' && nickname && { name: nickname }),
    ...(typeof avatar === 'string' && avatar && { avatarUrl: avatar }),
    identities: [...identities, ...union],
  }
}
