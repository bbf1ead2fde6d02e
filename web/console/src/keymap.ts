// Keys to commands. Pure: the browser's events come in as data.
import type { View } from '#http/console/protocol.ts'

export type Command =
  | 'next'
  | 'previous'
  | 'reply'
  | 'note'
  | 'claim'
  | 'transfer'
  | 'resolve'
  | 'search'
  | 'palette'
  | 'help'
  | 'escape'
  | 'pick'
  | 'pickTo'
  | `view:${View}`

export interface Key {
  key: string
  /** ⌘ or Ctrl. */
  mod: boolean
  alt: boolean
  /** Where letters are text. */
  inField: boolean
  /** The focus is on a button or link, which Enter presses. */
  onControl: boolean
  /** An input method is composing: its keys are its own. */
  composing: boolean
}

/** When `g` was pressed; the second key counts for a second. */
export type Chord = number | null
const CHORD_MS = 1000

const PLAIN: Record<string, Command> = {
  j: 'next',
  k: 'previous',
  r: 'reply',
  n: 'note',
  c: 'claim',
  t: 'transfer',
  e: 'resolve',
  x: 'pick',
  X: 'pickTo',
  '/': 'search',
  '?': 'help',
  Escape: 'escape',
}
const AFTER_G: Record<string, Command> = { q: 'view:queue', m: 'view:mine', o: 'view:open', b: 'view:bot', d: 'view:resolved' }

export function readKey(key: Key, chord: Chord, now: number): { command: Command | null; chord: Chord } {
  const none = { command: null, chord: null }
  if (key.composing) return none
  if (key.mod) return key.key.toLowerCase() === 'k' ? { command: 'palette', chord: null } : none
  if (key.alt) return none
  if (key.inField) return { command: key.key === 'Escape' ? 'escape' : null, chord: null }
  if (chord !== null && now - chord < CHORD_MS) {
    const command = AFTER_G[key.key]
    if (command) return { command, chord: null }
  }
  if (key.key === 'g') return { command: null, chord: now }
  if (key.key === 'Enter') return { command: key.onControl ? null : 'reply', chord: null }
  return { command: PLAIN[key.key] ?? null, chord: null }
}
