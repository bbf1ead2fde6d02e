// What the parts of the desk share: the client, who we are, and what an unfinished call has already done.
import type { Bounded } from '#core/bounded.ts'
import type { Deps } from '#core/connector.ts'
import { ConnectorError, reason } from '#core/errors.ts'
import type { Locale } from '#core/message.ts'
import type { Slack } from '#platforms/slack.ts'
import { isRefusal } from '#platforms/slack-errors.ts'
import type { Self } from './decode.ts'

export interface Context {
  api: Slack
  deps: Deps
  locale: Locale
  channel: string
  /** Skills that have a channel of their own. */
  channels: Readonly<Record<string, string>>
  /** All channels that are ours. */
  all: ReadonlySet<string>
  self(signal: AbortSignal): Promise<Self>
  /** What of an unfinished call is already done, by its thread and key: the call that repeats it goes on there instead of showing it twice. */
  done: Bounded<string[]>
  /** Posts of which nobody knows whether Slack took them, and since when: they are looked for before they are sent again. */
  doubtful: Bounded<Date>
  /** Names of people in Slack. */
  names: Bounded<string>
  /** Our tick at an agent's words. */
  ticks: Bounded<string>
}

/** Asked once; a failure is asked again by the next. */
export function selfOf(api: Slack): Context['self'] {
  let known: Self | undefined
  return async (signal) => {
    if (known) return known
    const me = await api.call('auth.test', {}, signal)
    known = { team: me.team_id, user: me.user_id }
    return known
  }
}

// ── Threads: `<channel>:<ts>` ────────────────────────────────────────────────────────────────────────────────────────

export interface Place {
  channel: string
  /** Absent beside the threads. */
  ts?: string
}

export function placeOf(thread: string): Place {
  const [channel = '', ts] = thread.split(':')
  return ts === undefined ? { channel } : { channel, ts }
}

export function channelFor({ channel, channels }: Pick<Context, 'channel' | 'channels'>, skill: string | undefined): string {
  return (skill !== undefined && Object.hasOwn(channels, skill) && channels[skill]) || channel
}

/** Does the token let us show each speaker under their own name? Where Slack does not say, we try. */
export function mayDress(context: Context): boolean {
  return context.api.scopes()?.includes('chat:write.customize') ?? true
}

// ── Openings: remembered by all processes, so that what broke in the middle is looked for before it is made again ───────────

const OPENINGS = 'openings'
const KEEP_MS = 24 * 3_600_000
type Openings = Record<string, string>

/** When somebody began to open this, if it was never told to be done. */
export async function beginOpening({ deps }: Context, key: string): Promise<Date | undefined> {
  const before = await changeOpenings(deps, (all) => ({ [key]: deps.now().toISOString(), ...all }))
  return before[key] === undefined ? undefined : new Date(before[key])
}

export async function endOpening({ deps }: Context, key: string): Promise<void> {
  await changeOpenings(deps, ({ [key]: _done, ...rest }) => rest)
}

async function changeOpenings(deps: Deps, change: (all: Openings) => Openings): Promise<Openings> {
  const oldest = new Date(deps.now().getTime() - KEEP_MS).toISOString()
  try {
    for (let tries = 0; tries < 5; tries += 1) {
      const before = (await deps.memory.read(OPENINGS)) as Openings | undefined
      const kept = Object.fromEntries(Object.entries(change(before ?? {})).filter(([, at]) => at > oldest))
      if (await deps.memory.write(OPENINGS, kept, before)) return before ?? {}
    }
    deps.log.debug({ desk: deps.id }, 'many threads are opened at once: one is not remembered')
  } catch (error) {
    deps.log.warn({ desk: deps.id, error: reason(error) }, 'an opening could not be remembered')
  }
  return {}
}

/** Whether Slack may have taken it all the same. */
export function isUncertain(error: unknown): boolean {
  return error instanceof ConnectorError && !error.certain
}

/** What Slack says where there is nothing left to do. */
export async function unless(codes: string[], work: () => Promise<unknown>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!isRefusal(error, ...codes)) throw error
  }
}
