// Who is there: what their clients say in our rooms and to our address, as one state for each person. Told when it changes.
import type { DeskEvent, Presence } from '#core/event.ts'

export interface People {
  /** `where`: the room and nick, or the client, that says so; `show` undefined: it is gone from there. */
  says(person: string, where: string, show: string | undefined): void
  /** What changed for this person, or for everybody, since it was last asked; and who is still here after a while. */
  changed(at: Date, person?: string): DeskEvent[]
  /** After a break everybody is seen anew: who is not by the time that it is asked what changed is gone. */
  begin(): void
}

/** A sign of life is worth less and less: whoever stays online says so by nothing but staying. */
const AGAIN_MS = 10 * 60_000

const RANK: Presence[] = ['offline', 'away', 'online']

export function createPeople(): People {
  const places = new Map<string, Map<string, Presence>>()
  const told = new Map<string, { state: Presence; at: Date }>()

  function stateOf(person: string): Presence {
    const all = [...(places.get(person)?.values() ?? [])]
    return RANK[Math.max(0, ...all.map((state) => RANK.indexOf(state)))] ?? 'offline'
  }

  function change(person: string, at: Date): DeskEvent[] {
    const state = stateOf(person)
    const before = told.get(person)
    const isDue = state === 'online' && before !== undefined && at.getTime() - before.at.getTime() >= AGAIN_MS
    if ((before?.state ?? 'offline') === state && !isDue) return []
    told.set(person, { state, at })
    return [{ externalId: `presence/${person}/${at.getTime()}/${state}`, at, by: { id: person }, raw: null, type: 'presence', state }]
  }

  return {
    says(person, where, show) {
      const of = places.get(person) ?? new Map<string, Presence>()
      places.set(person, of)
      // `chat` says: gladly. `xa` is away for long, `dnd` wants nothing new.
      if (show === undefined) of.delete(where)
      else of.set(where, show === '' || show === 'chat' ? 'online' : 'away')
    },
    changed: (at, person) =>
      (person === undefined ? [...new Set([...told.keys(), ...places.keys()])] : [person]).flatMap((one) => change(one, at)),
    begin: () => places.clear(),
  }
}
