// What a desk of mail must remember of its threads and people: mailboxes hold no state that we could ask for. Small values that all
// processes share; a value that somebody else wrote meanwhile is read again.
import type { Memory } from '#core/connector.ts'
import type { Card } from '#core/desk.ts'
import { ConnectorError } from '#core/errors.ts'
import type { Button } from '#core/message.ts'

/** A thread as those who follow it know it. */
export interface Page {
  title: string
  status: Card['status']
  /** Addresses. */
  owner?: string
  /** Who has got the card. */
  seen: string[]
  /** What can be done in this state. */
  buttons: Button[]
  url?: string
  /** Keys of entries that went out with others. */
  shown: string[]
  /** How often it changed hands or state. */
  turn: number
}

export interface Person {
  address: string
  name?: string
  /** Since a mail to them came back. */
  lost?: { at: string; reason: string }
}

export interface Books {
  page(thread: string): Promise<Page | undefined>
  turn(thread: string, change: (page: Page | undefined) => Page): Promise<Page>
  person(mark: string): Promise<Person | undefined>
  meet(mark: string, change: (person: Person | undefined) => Person): Promise<Person>
}

const TRIES = 10

export function books(memory: Memory): Books {
  async function change<T>(key: string, make: (before: T | undefined) => T): Promise<T> {
    for (let n = 0; n < TRIES; n++) {
      const before = (await memory.read(key)) as T | undefined
      const after = make(before)
      if (before !== undefined && JSON.stringify(after) === JSON.stringify(before)) return after
      if (await memory.write(key, after, before)) return after
    }
    throw new ConnectorError('transient', `others write to ${key} all the time`, { certain: true })
  }
  return {
    page: async (thread) => (await memory.read(`thread:${thread}`)) as Page | undefined,
    turn: (thread, make) => change(`thread:${thread}`, make),
    person: async (mark) => (await memory.read(`person:${mark}`)) as Person | undefined,
    meet: (mark, make) => change(`person:${mark}`, make),
  }
}
