// Files on their way to a channel that takes them only in another form: made into it now, or their words instead.
import type { Capabilities } from '#core/capabilities.ts'
import { ConnectorError, reason } from '#core/errors.ts'
import type { Part } from '#core/message.ts'
import type { RunnerParts } from './parts.ts'

type Limits = NonNullable<Capabilities['media']>

/** `giveBack` when the channel has them, or will not. */
export async function fitted(
  parts: Pick<RunnerParts, 'files' | 'log'>,
  words: Part[],
  limits: Limits,
  signal: AbortSignal,
): Promise<{ words: Part[]; giveBack(): void }> {
  const lent: (() => void)[] = []
  const giveBack = () => {
    for (const one of lent) one()
  }
  try {
    const made: Part[] = []
    for (const part of words) made.push(await shape(part))
    return { words: made, giveBack }
  } catch (error) {
    giveBack()
    throw error
  }

  async function shape(part: Part): Promise<Part> {
    if (part.type !== 'media' || !part.convert) return part
    const { convert, ...bare } = part
    const goal = limits[part.kind]
    try {
      if (!goal) throw new Error(`the channel takes no ${part.kind} any more`)
      const { media, giveBack: mine } = await parts.files.convert(part.media, part.kind, goal, signal)
      lent.push(mine)
      return { ...bare, media }
    } catch (error) {
      // What is still at its platform, or cannot be read at this moment, comes with the next attempt.
      if (signal.aborted || (error instanceof ConnectorError && error.kind === 'transient')) throw error
      parts.log.warn({ file: part.media.id, error: reason(error) }, 'a file cannot be converted for its channel: words go instead')
      return { type: 'text', text: [convert.instead, part.caption].filter(Boolean).join('\n') }
    }
  }
}
