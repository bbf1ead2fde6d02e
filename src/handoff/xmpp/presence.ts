// Who is there: what their clients say in our rooms and to our address, as one state for each person. Told when it changes.
import type { DeskEvent, Presence } from '#core/event.ts'

export interface People {
  /** `where`: the room and nick, or the client, that says so. Undefined: nothing changed for the person. */
  says(person: string, where: string, show: string | undefined, at: Date): DeskEvent | undefined
  /** After a break: whoever was known and is not seen anew by now is gone. */
  begin(): void
  settle(at: Date): DeskEvent[]
}

const RANK: Presence[] = ['offline', 'away', 'online']

export function createPeople(): People {
  const places = new Map<string, Map<string, Presence>>()
  const told = new Map<string, Presence>()

  function stateOf(person: string): Presence {
    const all = [...(places.get(person)?.values() ?? [])]
    return RANK[Math.max(0, ...all.map((state) => RANK.indexOf(state)))] ?? 'offline'
  }

  function change(person: string, at: Date): DeskEvent | undefined {
    const state = stateOf(person)
    if ((told.get(person) ?? 'offline') === state) return undefined
    told.set(person, state)
    return { externalId: `presence/${person}/${at.getTime()}/${state}`, at, by: { id: person }, raw: null, type: 'presence', state }
  }

  return {
    says(person, where, show, at) {
      const of = places.get(person) ?? new Map<string, Presence>()
      places.set(person, of)
      if (show === undefined) of.delete(where)
      // `chat` says: gladly. `xa` is away for long, `dnd` wants nothing new.
      else of.set(where, show === '' || show === 'chat' ? 'online' : 'away')
      return change(person, at)
    },
    begin: () => places.clear(),
    settle: (at) => [...told.keys()].flatMap((person) => change(person, at) ?? []),
  }
}
