import { expect, test } from 'vitest'
import { explain, type History, judge, type Shown, type Twice, table } from './history.ts'

const places: Record<string, Twice> = { web: 'never', app: 'key', tg: 'marked', group: 'harmless' }

/** A history in which everything is well: 'a' then 'b', said and heard at each place. */
function well(): History {
  const all = Object.keys(places).flatMap((place) => ['a', 'b'].map((name) => ({ place, token: `${place}-${name}` })))
  return {
    kills: 1,
    places,
    said: all.map(({ place, token }) => ({ token, place, lane: place, storedAs: `id ${token}`, tries: 1, acked: true })),
    stored: all.map(({ token }) => `id ${token}`),
    arrived: all.map((one) => ({ ...one, key: `key ${one.token}` })),
    shown: all.map((one) => ({ ...one, state: 'sent', automatic: false, possiblyTwice: false })),
  }
}

function wrong(change: (history: History) => void): string[] {
  const history = well()
  change(history)
  return judge(history).faults.map(({ kind, token, why }) => `${kind} ${token}: ${why}`)
}

function shown(history: History, token: string): Shown {
  const found = history.shown.find((one) => one.token === token)
  if (!found) throw new Error(token)
  return found
}

/** It comes once more. */
function again(history: History, token: string, key = `key ${token}`): void {
  history.arrived.push({ token, place: token.split('-')[0] ?? '', key })
}

function without<T>(list: T[], has: (item: T) => boolean): void {
  list.splice(list.findIndex(has), 1)
}

test('a history in which everything came once and in order has no fault', () => {
  expect(wrong(() => undefined)).toEqual([])
})

test('acknowledged and not on record is lost', () => {
  expect(wrong(({ stored }) => without(stored, (id) => id === 'id tg-b'))).toEqual(['lost tg-b: acknowledged, and not on record'])
})

test('on record without a reply is lost', () => {
  expect(
    wrong((history) => {
      without(history.shown, (one) => one.token === 'tg-b')
      without(history.arrived, (one) => one.token === 'tg-b')
    }),
  ).toEqual(['lost tg-b: on record, and nobody was to hear of it'])
})

test('shown as sent and never arrived is lost', () => {
  expect(wrong(({ arrived }) => without(arrived, (one) => one.token === 'web-b'))).toEqual(['lost web-b: shown as sent, and never arrived'])
})

test.each(['held', 'unknown', 'failed', 'expired'])('not sent is no loss while it is shown as %s', (state) => {
  expect(
    wrong((history) => {
      shown(history, 'tg-b').state = state
      without(history.arrived, (one) => one.token === 'tg-b')
    }),
  ).toEqual([])
})

test.each(['pending', 'retry', 'sending'])('what is still %s in the end is unfinished', (state) => {
  expect(
    wrong((history) => {
      shown(history, 'app-a').state = state
    }),
  ).toEqual([`unfinished app-a: still ${state}`])
})

test('what nobody acknowledged may be missing, and may be there', () => {
  expect(
    wrong((history) => {
      for (const token of ['tg-b', 'web-b']) Object.assign(history.said.find((one) => one.token === token) ?? {}, { acked: false })
      without(history.stored, (id) => id === 'id tg-b')
      without(history.arrived, (one) => one.token === 'tg-b')
      without(history.shown, (one) => one.token === 'tg-b')
    }),
  ).toEqual([])
})

test('two rows or two deliveries for one message are duplicates', () => {
  expect(wrong(({ stored }) => stored.push('id web-a'))).toEqual(['duplicate web-a: 2 times on record'])
  expect(wrong((history) => history.shown.push(shown(history, 'web-a')))).toEqual(['duplicate web-a: 2 deliveries'])
})

test('our own store shows nothing twice', () => {
  expect(wrong((history) => again(history, 'web-a'))).toEqual(['duplicate web-a: came 2 times'])
})

test('where there is a key, a copy under the same id is none, and one under another id is', () => {
  expect(wrong((history) => again(history, 'app-a'))).toEqual([])
  expect(wrong((history) => again(history, 'app-a', 'another'))).toEqual(['duplicate app-a: came under 2 ids'])
})

test('elsewhere a second copy must be marked, must be typed by somebody, and must be the last', () => {
  const marked = (history: History) => Object.assign(shown(history, 'tg-a'), { possiblyTwice: true })
  expect(wrong((history) => again(history, 'tg-a'))).toEqual(['duplicate tg-a: came 2 times, and was not marked'])
  expect(
    wrong((history) => {
      marked(history)
      again(history, 'tg-a')
    }),
  ).toEqual([])
  expect(
    wrong((history) => {
      marked(history).automatic = true
      again(history, 'tg-a')
    }),
  ).toEqual(['duplicate tg-a: came 2 times, and nobody had typed it'])
  expect(
    wrong((history) => {
      history.kills = 2
      marked(history)
      again(history, 'tg-a')
      again(history, 'tg-a')
    }),
  ).toEqual(['duplicate tg-a: came 3 times'])
})

test('there are no more second copies than kills', () => {
  expect(
    wrong((history) => {
      again(history, 'group-a')
      again(history, 'group-b')
    }),
  ).toEqual(['duplicate : 2 second copies after 1 kills'])
})

test('what comes before something that was said earlier is an inversion; a late second copy is none', () => {
  expect(wrong(({ arrived }) => arrived.reverse())).toHaveLength(4)
  expect(
    wrong((history) => {
      const [a, b] = history.arrived.filter((one) => one.place === 'tg')
      history.arrived = [...history.arrived.filter((one) => one.place !== 'tg'), b, a].flatMap((one) => one ?? [])
    }),
  ).toEqual(['inversion tg-b: came before tg-a, which was said earlier'])
  expect(wrong((history) => again(history, 'group-a'))).toEqual([])
})

test('what nobody said is unexpected', () => {
  expect(wrong((history) => again(history, 'tg-z'))).toEqual(['unexpected tg-z: nobody said this'])
})

test('the table has a line for each place, and a fault is told with everything known of its message', () => {
  const history = well()
  history.stored.pop()
  const verdict = judge(history)
  expect(table(verdict).split('\n')).toHaveLength(5)
  expect(verdict.counts.group).toMatchObject({ tried: 2, acked: 2, lost: 1 })
  expect(explain(verdict, history)).toMatch(/^lost group-b at group: acknowledged, and not on record\n {4}said \[\{"token":"group-b"/)
})
