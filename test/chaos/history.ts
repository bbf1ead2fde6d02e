// What must hold of everything that was said, whenever processes die: nothing acknowledged is lost, nothing comes twice unmarked,
// nothing overtakes, nothing comes from nowhere. In the manner of Jepsen's set-full: what was tried, what was acknowledged, what
// is there in the end.

/**
 * What a second copy means at a place. `never`: there is none (our own store). `key`: the receiver knows the copy by its id, so
 * ids are counted. `marked`: once for each crash, and the house says so. `harmless`: once for each crash (agents' threads).
 */
export type Twice = 'never' | 'key' | 'marked' | 'harmless'

/** Something that somebody said, to be carried to one place. */
export interface Said {
  /** Unique, and found again in what arrives. */
  token: string
  /** What is said in one lane arrives in that order. */
  lane: string
  /** Where it must arrive. */
  place: string
  /** Under which id the house keeps it. */
  storedAs: string
  tries: number
  acked: boolean
}

export interface Arrived {
  token: string
  place: string
  /** The id that stays the same when it is sent again. */
  key?: string
}

/** What the house itself says of it. */
export interface Shown {
  token: string
  place: string
  state: string
  automatic: boolean
  possiblyTwice: boolean
}

export interface History {
  kills: number
  places: Record<string, Twice>
  /** In the order of the acknowledgements within each lane. */
  said: Said[]
  /** The id of each message on record, once for each row. */
  stored: string[]
  /** In the order of arrival. */
  arrived: Arrived[]
  shown: Shown[]
}

export type FaultKind = 'lost' | 'unfinished' | 'duplicate' | 'inversion' | 'unexpected'

export interface Fault {
  kind: FaultKind
  token: string
  place: string
  why: string
}

export interface Counts {
  tried: number
  acked: number
  /** Stored although nobody heard of it: legal. */
  recovered: number
  sent: number
  /** Not sent, and shown as such. */
  held: number
  unknown: number
  failed: number
  /** Second copies: marked, harmless, or known by their key. */
  twice: number
  /** Marked, and came once. */
  markedOnce: number
  lost: number
  duplicates: number
  inversions: number
  unexpected: number
}

export interface Verdict {
  counts: Record<string, Counts>
  faults: Fault[]
}

const TROUBLE = ['held', 'unknown', 'failed', 'expired']

interface Index {
  history: History
  stored: Map<string, number>
  arrived: Map<string, Arrived[]>
  shown: Map<string, Shown[]>
}

export function judge(history: History): Verdict {
  const index: Index = {
    history,
    stored: new Map(grouped(history.stored, (id) => id).map(([id, all]) => [id, all.length])),
    arrived: new Map(grouped(history.arrived, at)),
    shown: new Map(grouped(history.shown, at)),
  }
  const faults = [...history.said.flatMap((said) => judgeOne(said, index)), ...inversions(history), ...unexpected(history)]
  const counts: Verdict['counts'] = {}
  for (const place of Object.keys(history.places)) counts[place] = count(place, index, faults)
  return { counts, faults: [...faults, ...tooMany(history, counts)] }
}

function judgeOne(said: Said, index: Index): Fault[] {
  const fault = (kind: FaultKind, why: string): Fault => ({ kind, token: said.token, place: said.place, why })
  const rows = index.stored.get(said.storedAs) ?? 0
  if (said.acked && rows === 0) return [fault('lost', 'acknowledged, and not on record')]
  const twofold = rows > 1 ? [fault('duplicate', `${rows} times on record`)] : []
  if (rows === 0) return twofold
  const [shown, ...more] = index.shown.get(at(said)) ?? []
  if (!shown) return [...twofold, fault('lost', 'on record, and nobody was to hear of it')]
  if (more.length > 0) return [...twofold, fault('duplicate', `${more.length + 1} deliveries`)]
  return [...twofold, ...judgeCopies(shown, index, fault)]
}

function judgeCopies(shown: Shown, { arrived, history }: Index, fault: (kind: FaultKind, why: string) => Fault): Fault[] {
  const copies = arrived.get(at(shown)) ?? []
  const n = copies.length
  if (shown.state === 'sent' && n === 0) return [fault('lost', 'shown as sent, and never arrived')]
  if (shown.state !== 'sent' && !TROUBLE.includes(shown.state)) return [fault('unfinished', `still ${shown.state}`)]
  if (n <= 1) return []
  const twice = history.places[shown.place]
  if (twice === 'never') return [fault('duplicate', `came ${n} times`)]
  if (twice === 'key') {
    const ids = new Set(copies.map((copy) => copy.key)).size
    return ids === 1 ? [] : [fault('duplicate', `came under ${ids} ids`)]
  }
  if (twice === 'harmless') return []
  if (!shown.possiblyTwice) return [fault('duplicate', `came ${n} times, and was not marked`)]
  if (shown.automatic) return [fault('duplicate', `came ${n} times, and nobody had typed it`)]
  return n > 2 ? [fault('duplicate', `came ${n} times`)] : []
}

/** By first arrival: a second copy comes when it comes. */
function inversions({ said, arrived }: History): Fault[] {
  const first = new Map<string, number>()
  arrived.forEach((one, n) => {
    if (!first.has(at(one))) first.set(at(one), n)
  })
  return grouped(said, (one) => one.lane).flatMap(([, lane]) => {
    const faults: Fault[] = []
    let before: { token: string; n: number } | undefined
    for (const one of lane) {
      const n = first.get(at(one))
      if (n === undefined) continue
      if (before && before.n > n)
        faults.push({ kind: 'inversion', token: one.token, place: one.place, why: `came before ${before.token}, which was said earlier` })
      else before = { token: one.token, n }
    }
    return faults
  })
}

function unexpected({ said, arrived, places }: History): Fault[] {
  const known = new Set(said.map(at))
  return arrived
    .filter((one) => one.place in places && !known.has(at(one)))
    .map(({ token, place }) => ({ kind: 'unexpected', token, place, why: 'nobody said this' }))
}

function tooMany({ places, kills }: History, counts: Verdict['counts']): Fault[] {
  return Object.entries(counts)
    .filter(([place, { twice }]) => (places[place] === 'marked' || places[place] === 'harmless') && twice > kills)
    .map(([place, { twice }]) => ({ kind: 'duplicate', token: '', place, why: `${twice} second copies after ${kills} kills` }))
}

function count(place: string, { history, stored, arrived, shown }: Index, faults: Fault[]): Counts {
  const said = history.said.filter((one) => one.place === place)
  const states = history.shown.filter((one) => one.place === place)
  const copies = (one: Shown) => arrived.get(at(one))?.length ?? 0
  const mine = (...kinds: FaultKind[]) => faults.filter((fault) => fault.place === place && kinds.includes(fault.kind)).length
  const inState = (...names: string[]) => states.filter((one) => names.includes(one.state)).length
  return {
    tried: said.length,
    acked: said.filter((one) => one.acked).length,
    recovered: said.filter((one) => !one.acked && stored.has(one.storedAs)).length,
    sent: inState('sent'),
    held: inState('held'),
    unknown: inState('unknown'),
    failed: inState('failed', 'expired'),
    twice: [...shown.values()].flat().reduce((sum, one) => sum + (one.place === place ? Math.max(0, copies(one) - 1) : 0), 0),
    markedOnce: states.filter((one) => one.possiblyTwice && copies(one) === 1).length,
    lost: mine('lost', 'unfinished'),
    duplicates: mine('duplicate'),
    inversions: mine('inversion'),
    unexpected: mine('unexpected'),
  }
}

/** For people: one line for each place. */
export function table({ counts }: Verdict): string {
  const places = Object.keys(counts)
  const columns = Object.keys(counts[places[0] ?? ''] ?? {}) as (keyof Counts)[]
  const rows = [['', ...columns], ...places.map((place) => [place, ...columns.map((column) => String(counts[place]?.[column]))])]
  const widths = (rows[0] ?? []).map((_, n) => Math.max(...rows.map((row) => row[n]?.length ?? 0)))
  return rows.map((row) => row.map((cell, n) => cell.padStart(widths[n] ?? 0)).join('  ')).join('\n')
}

/** Everything that is known of the messages at fault. */
export function explain({ faults }: Verdict, history: History): string {
  return faults
    .slice(0, 10)
    .map(({ kind, token, place, why }) => {
      const about = (list: { token: string }[]) => JSON.stringify(list.filter((one) => one.token === token))
      const own = history.said.find((one) => one.token === token)
      const rows = history.stored.filter((id) => id === own?.storedAs).length
      const lines = [`said ${about(history.said)}`, `rows ${rows}`, `arrived ${about(history.arrived)}`, `shown ${about(history.shown)}`]
      return `${kind} ${token} at ${place}: ${why}\n    ${lines.join('\n    ')}`
    })
    .join('\n')
}

function at({ token, place }: { token: string; place: string }): string {
  return `${place} ${token}`
}

function grouped<T>(list: T[], key: (item: T) => string): [string, T[]][] {
  const groups = new Map<string, T[]>()
  for (const item of list) {
    const group = groups.get(key(item))
    if (group) group.push(item)
    else groups.set(key(item), [item])
  }
  return [...groups]
}
