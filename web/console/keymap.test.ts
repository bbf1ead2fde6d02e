import { describe, expect, test } from 'vitest'
import { type Chord, type Command, type Key, readKey } from './src/keymap.ts'

const key = (name: string, more: Partial<Key> = {}): Key => ({
  key: name,
  mod: false,
  alt: false,
  inField: false,
  onControl: false,
  composing: false,
  ...more,
})

function press(...keys: (Key & { at?: number })[]): (Command | null)[] {
  let chord: Chord = null
  return keys.map((one, index) => {
    const read = readKey(one, chord, one.at ?? index * 100)
    chord = read.chord
    return read.command
  })
}

describe('keys', () => {
  test('letters act on the conversation', () => {
    expect(press(key('j'), key('k'), key('r'), key('n'), key('c'), key('t'), key('e'), key('x'))).toEqual([
      'next',
      'previous',
      'reply',
      'note',
      'claim',
      'transfer',
      'resolve',
      'pick',
    ])
  })

  test('g and a letter go to a view, and only within a second', () => {
    expect(press(key('g'), key('q'))).toEqual([null, 'view:queue'])
    expect(press(key('g'), key('d'))).toEqual([null, 'view:resolved'])
    expect(press({ ...key('g'), at: 0 }, { ...key('m'), at: 1500 })).toEqual([null, null])
  })

  test('a chord that fits nothing is an ordinary key', () => {
    expect(press(key('g'), key('j'))).toEqual([null, 'next'])
  })

  test('in a field letters are text, and only Esc and ⌘K are commands', () => {
    expect(press(key('j', { inField: true }), key('Escape', { inField: true }), key('k', { inField: true, mod: true }))).toEqual([
      null,
      'escape',
      'palette',
    ])
  })

  test('an input method keeps all its keys', () => {
    expect(press(key('Escape', { inField: true, composing: true }), key('k', { mod: true, composing: true }))).toEqual([null, null])
  })

  test('Enter replies unless a button or link has the focus', () => {
    expect(press(key('Enter'), key('Enter', { onControl: true }))).toEqual(['reply', null])
  })

  test('the browser keeps its own shortcuts', () => {
    expect(press(key('r', { mod: true }), key('t', { mod: true }), key('e', { alt: true }))).toEqual([null, null, null])
  })
})
