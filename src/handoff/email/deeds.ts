// What an agent's mail asks for, as events in the order in which they are to happen.
import type { Deps } from '#core/connector.ts'
import type { DeskEvent } from '#core/event.ts'
import type { Part, Text } from '#core/message.ts'
import { fileOf } from '#platforms/mail/files.ts'
import { parseCommand } from '../commands.ts'
import { isParting } from './lines.ts'
import type { Own } from './own.ts'

export interface Frame {
  base: Pick<DeskEvent, 'by' | 'at' | 'raw'>
  /** The mail's id. */
  id: string
  thread: string
  keep: Deps['keep']
}

type Without<T, K extends string> = T extends unknown ? Omit<T, K> : never
type Deed = Without<Extract<DeskEvent, { type: 'message' | 'button' }>, 'by' | 'at' | 'raw' | 'externalId' | 'thread' | 'messageId'>

const IGNORED: Text = { zh: '其中的命令没有执行。', en: 'Its commands were not done.' }

export async function eventsOf(own: Own, held: Text | undefined, frame: Frame): Promise<DeskEvent[]> {
  const files: Part[] = []
  for (const file of own.files) files.push(await fileOf(file, { keep: frame.keep }))
  const deeds = held ? heldDeeds(own, held, files) : deedsOf(own, files)
  return deeds.map((deed, n): DeskEvent => {
    const externalId = n === 0 ? frame.id : `${frame.id}#${n}`
    const { thread, base } = frame
    return deed.type === 'button'
      ? { ...base, ...deed, externalId, thread }
      : { ...base, ...deed, externalId, thread, messageId: externalId }
  })
}

function deedsOf(own: Own, files: Part[]): Deed[] {
  const { first, words, last, pressed } = own
  const said = (text: string, more: Part[] = []): Deed => ({
    type: 'message',
    parts: [...(text ? [{ type: 'text' as const, text }] : []), ...more],
  })
  if (pressed && isBareNote(pressed) && (words || files.length > 0))
    return [...first.map((line) => said(line)), said(`!note ${words}`, files), ...last.map((line) => said(line))]
  const press: Deed[] = pressed ? [{ type: 'button', command: pressed }] : []
  const hasWords = words !== '' || files.length > 0
  const isLater = pressed !== undefined && hasWords && isParting(pressed)
  // Files without words belong to the note beside them, if there is one.
  const note = words ? -1 : first.findIndex((line) => parseCommand(line).type === 'note')
  return [
    ...(isLater ? [] : press),
    ...first.map((line, n) => said(line, n === note ? files : [])),
    ...(hasWords && note < 0 ? [said(words, files)] : []),
    ...last.map((line) => said(line)),
    ...(isLater ? press : []),
  ]
}

/** Only words are kept: what somebody asks for of whom we are not sure is not done. */
function heldDeeds({ first, words, last, pressed }: Own, why: Text, files: Part[]): Deed[] {
  const ignored = [...(pressed ? [`!${pressed}`] : []), ...first, ...last]
  const held: Text = ignored.length > 0 ? { zh: why.zh + IGNORED.zh, en: `${why.en} ${IGNORED.en}` } : why
  // In brackets, so that nothing takes it for a command later.
  const text = [words, ...(ignored.length > 0 ? [`[${ignored.join(' · ')}]`] : [])].filter(Boolean).join('\n')
  if (!text && files.length === 0) return []
  return [{ type: 'message', parts: [...(text ? [{ type: 'text' as const, text }] : []), ...files], held }]
}

function isBareNote(command: string): boolean {
  const parsed = parseCommand(command)
  return parsed.type === 'note' && parsed.text === ''
}
