// What one Feishu desk knows while its process lives.
import type { Bounded } from '#core/bounded.ts'
import type { Deps } from '#core/connector.ts'
import type { DeskUser } from '#core/event.ts'
import type { Locale } from '#core/message.ts'
import type { Feishu, Told } from '#platforms/feishu/api.ts'
import type { Presses } from './presses.ts'
import type { Settings } from './settings.ts'

export interface Context {
  api: Feishu
  settings: Settings
  locale: Locale
  deps: Deps
  presses: Presses
  /** Our bot's own id, once the platform told it. */
  bot?: string
  /** What of an unfinished entry is already shown, by its key: longer than the hour in which `uuid` counts. */
  done: Bounded<string[]>
  /** Topics that somebody deleted: a `uuid` would give the same one again. */
  gone: Set<string>
  /** Where agents' messages stood and who wrote them: a recall tells neither. */
  seen: Bounded<{ thread: string; by: DeskUser }>
  /** Topics of which we know whether their first message is our card. */
  made: Bounded<boolean>
  /** What Feishu calls a topic, by its first message: its history is asked for under that name only. */
  topics: Bounded<string>
  /** The history of the group has what was said in its topics. */
  flat?: boolean
  /** Our tick at an agent's message. */
  marks: Bounded<{ id: string; emoji: string }>
}

/**
 * A message of our topic tells what Feishu calls the topic. Not any message: a plain answer to the card, on which somebody began a topic
 * of its own, names that one.
 */
export function noteTopic({ topics }: Context, first: unknown, { thread_id }: Told): void {
  if (typeof first === 'string' && typeof thread_id === 'string' && thread_id !== '') topics.set(first, thread_id)
}
