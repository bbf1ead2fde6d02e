// What platforms tell of a customer beside their words: asked once, when somebody is new or comes again. Nobody waits for it.
import { ConnectorError, reason } from '#core/errors.ts'
import { saveProfile } from '#store/profiles.ts'
import type { Draft } from '#store/rows.ts'
import type { RunnerParts } from './parts.ts'

const ASK_MS = 10_000
/** An answer that does not come is asked for so often; then the customer must come again. */
const TRIES = 3
const AT_ONCE = 8

export interface Profiles {
  /** Notes of whom something may be learnt; true where there is somebody. */
  note(drafts: readonly Draft[]): boolean
  /** Asks for all that are noted. How many are left for another time. */
  collect(signal: AbortSignal): Promise<number>
}

interface Asked {
  channelId: string
  user: string
  customerId: string
  tries: number
}

export function createProfiles(parts: RunnerParts): Profiles {
  const noted = new Map<string, Asked>()

  async function ask(one: Asked, signal: AbortSignal): Promise<void> {
    const connector = parts.channels.get(one.channelId)?.connector
    const profile = await connector?.profile?.(one.user, AbortSignal.any([signal, AbortSignal.timeout(ASK_MS)]))
    if (profile) await saveProfile(parts.database.db, { ...one, ...profile }, parts.clock)
  }

  async function askOrAgain(key: string, one: Asked, signal: AbortSignal): Promise<void> {
    try {
      await ask(one, signal)
      noted.delete(key)
    } catch (error) {
      one.tries += 1
      const isFinal = error instanceof ConnectorError && !['transient', 'rate_limited', 'unauthorized'].includes(error.kind)
      if (isFinal || one.tries >= TRIES) noted.delete(key)
      parts.log.warn(
        { channel: one.channelId, error: reason(error), tries: one.tries },
        'what the platform knows of a customer could not be learnt',
      )
    }
  }

  return {
    note(drafts) {
      for (const { customer, conversation, newIdentities } of drafts) {
        const { channelId, userKey: user } = conversation
        if (newIdentities.length === 0 || !parts.channels.get(channelId)?.connector.profile) continue
        noted.set(`${channelId} ${user}`, { channelId, user, customerId: customer.id, tries: 0 })
      }
      return noted.size > 0
    },
    async collect(signal) {
      const now = [...noted].slice(0, AT_ONCE)
      await Promise.all(now.map(([key, one]) => askOrAgain(key, one, signal)))
      return noted.size
    },
  }
}
