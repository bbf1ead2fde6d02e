// Whoever writes in a thread that belongs to nothing hears where the conversation is: there its words are wanted.
import type { Desk } from '#core/desk.ts'
import { reason } from '#core/errors.ts'
import type { Locale } from '#core/message.ts'
import { phrase } from '#core/phrases.ts'
import { openedAgain } from '#store/astray.ts'
import type { RunnerParts } from './parts.ts'

/** More would name conversations that are hardly meant. */
const FEW = 3
const LONG_MS = 14 * 86_400_000

/** Lines to add; empty where there is nothing to click on. */
export async function whereabouts(parts: RunnerParts, desk: Desk, deskId: string, locale: Locale, signal: AbortSignal): Promise<string> {
  const { consoleUrl, desks } = parts.house()
  const since = new Date(parts.clock.now().getTime() - LONG_MS)
  const hide = desks.get(deskId)?.redact ?? ((text: string) => text)
  const places: string[] = []
  for (const { conversation, customer, thread } of (await openedAgain(parts.database.db, deskId, since)).slice(0, FEW)) {
    const links = [await addressIn(parts, desk, deskId, thread, signal), consoleUrl(conversation)].filter((link) => link !== undefined)
    if (links.length > 0) places.push([hide(customer), ...links].join(' · '))
  }
  if (places.length > 0) return phrase('whisper.astray_near', locale, { places })
  const list = consoleUrl('')?.replace(/\/$/, '')
  return list === undefined ? '' : phrase('whisper.astray_list', locale, { list })
}

async function addressIn({ log }: RunnerParts, desk: Desk, deskId: string, thread: string, signal: AbortSignal) {
  try {
    return await desk.address?.(thread, signal)
  } catch (error) {
    log.debug({ desk: deskId, error: reason(error) }, 'the tool does not say where a thread is')
    return undefined
  }
}
