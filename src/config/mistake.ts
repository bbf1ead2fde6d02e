// What a changed bot.yaml would be told, before it is written.
import { readBot } from '#bot/check.ts'
import type { Text } from '#core/message.ts'
import { namesOf, type Settings } from '../config.ts'

/** The first mistake that the file would have, and where. */
export function mistakeIn(source: string, settings: Settings, read: (name: string) => string | undefined): Text | undefined {
  const reading = readBot(source, 'bot.yaml', namesOf(settings), read)
  const [first] = 'problems' in reading ? reading.problems : []
  return first && { zh: `${first.path} ${first.message.zh}`.trim(), en: `${first.path} ${first.message.en}`.trim() }
}
