// An agent's mail as what it asks for: commands on its first lines, and words for the customer below. What a command is, all desks
// know alike (`commands.ts`); here is only where one ends.
import { parseCommand, parseLine } from '../commands.ts'

export interface Asked {
  /** In the order in which they are to be done, before the words … */
  first: string[]
  words: string
  /** … and after them: what gives the conversation away would leave the words without an owner. */
  last: string[]
}

/** Programs break plain lines at 72 to 78 columns: what stands below such a line may belong to it. */
const WRAPPED = 60
/** A mail has no more commands than somebody types. */
const COMMANDS_MAX = 20
const PARTING = new Set(['resolve', 'release', 'transfer', 'bot', 'snooze'])

export function askedIn(text: string): Asked {
  const lines = text.split('\n')
  const commands: string[] = []
  let at = skipBlank(lines, 0)
  while (commands.length < COMMANDS_MAX && isCommand(lines[at])) {
    const end = endOf(lines, at)
    commands.push(lines.slice(at, end).join('\n').trim())
    at = skipBlank(lines, end)
  }
  return sorted(commands, lines.slice(at).join('\n').trim())
}

/** The subject of a mail that a button of ours wrote, `!claim #k7f2`: the command. Answers to such a mail are none. */
export function pressedIn(subject: string): string | undefined {
  const [, line] = /^\s*[!！/／](\S.*?)\s*$/s.exec(subject) ?? []
  return line?.replace(/\s*\[?#[0-9a-z]+\]?$/i, '') || undefined
}

export function isParting(command: string): boolean {
  const parsed = parseCommand(command)
  return parsed.type === 'command' && PARTING.has(parsed.name)
}

function sorted(commands: string[], words: string): Asked {
  const firstParting = words === '' ? -1 : commands.findIndex(isParting)
  const cut = firstParting < 0 ? commands.length : firstParting
  return { first: commands.slice(0, cut), words, last: commands.slice(cut) }
}

function isCommand(line: string | undefined): boolean {
  return line !== undefined && line.trim() !== '' && parseLine(line).type !== 'text'
}

function skipBlank(lines: string[], from: number): number {
  let at = from
  while (at < lines.length && lines[at]?.trim() === '') at += 1
  return at
}

/** A note goes to the next blank line: half of one must never be taken for words to the customer. */
function endOf(lines: string[], from: number): number {
  const isNote = parseLine(lines[from] ?? '').type === 'note'
  let at = from + 1
  while (at < lines.length && lines[at]?.trim() !== '' && !isCommand(lines[at]) && (isNote || columns(lines[at - 1]) >= WRAPPED)) at += 1
  return at
}

/** As wide as it is shown: Chinese letters take two. */
function columns(line = ''): number {
  return [...line].reduce((sum, letter) => sum + (letter > '\u2e7f' ? 2 : 1), 0)
}
