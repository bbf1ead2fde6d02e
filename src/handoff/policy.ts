// Whose words reach the customer, by the policy of the conversation's skill. Pure: one place decides for all tools.
import type { Part } from '#core/message.ts'
import { parseLine } from './commands.ts'

export type SendPolicy = 'claimer' | 'prefix' | 'alerts'

/**
 * `send`: meant for the customer, `skip` letters of mark before it. `note`: among us. `line`: what it says decides – a command, a note, or
 * words that are sent if their writer owns the conversation.
 */
export type Intent = { type: 'send'; skip: number } | { type: 'note' } | { type: 'line' }

/** `/r text`, in any policy but one that never sends. */
const REPLY = /^[\s\u200b-\u200f\u2060\ufeff]*[/!／！]r(?:\s+|$)/i
/** `>text`, where a team talks in the thread. */
const PREFIX = /^[\s\u200b-\u200f\u2060\ufeff]*[>＞][ \u3000]?/

export function intentOf(text: string, policy: SendPolicy, colleagues: readonly string[]): Intent {
  const marked = REPLY.exec(text) ?? (policy === 'prefix' ? PREFIX.exec(text) : null)
  if (marked) return policy === 'alerts' ? { type: 'note' } : { type: 'send', skip: marked[0].length }
  if (parseLine(text).type !== 'text') return { type: 'line' }
  return policy !== 'claimer' || isToColleague(text, colleagues) ? { type: 'note' } : { type: 'line' }
}

/** '@anna can you look at this?' is for Anna. Only names of people here count: customers are written to with an @, too. */
function isToColleague(text: string, names: readonly string[]): boolean {
  const [, rest] = /^\s*[@＠]([\s\S]*)$/.exec(text) ?? []
  if (rest === undefined) return false
  const said = rest.toLowerCase()
  return names.some((name) => name !== '' && said.startsWith(name.toLowerCase()) && /^($|[^\p{L}\p{N}_])/u.test(said.slice(name.length)))
}

/** The parts without the mark before their first words. */
export function withoutMark(parts: readonly Part[], skip: number): Part[] {
  let isDone = skip === 0
  return parts.flatMap((part): Part[] => {
    if (isDone) return [part]
    if (part.type === 'text') {
      isDone = true
      const text = part.text.slice(skip)
      return text === '' ? [] : [{ ...part, text }]
    }
    if (part.type !== 'media' || !part.caption) return [part]
    isDone = true
    return [{ ...part, caption: part.caption.slice(skip) || undefined }]
  })
}
