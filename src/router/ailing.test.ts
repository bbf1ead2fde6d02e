import { describe, expect, test } from 'vitest'
import { type Ailments, ailingOf, QUIET_MS, servingOf } from './ailing.ts'

const at = (seconds: number) => new Date(Date.parse('2026-11-22T08:00:00Z') + seconds * 1000)
const bad = new Map([['slack', 'account_inactive']])
const well = new Map<string, string>()

describe('a desk', () => {
  test('that fails for a moment is waited for; after minutes it is down, told once, and after quiet time well again', () => {
    let now: Ailments = {}
    const told: string[] = []
    const look = (seconds: number, signs: ReadonlyMap<string, string>) => {
      const { after, fell, rose } = ailingOf(now, signs, at(seconds), 120_000)
      now = after
      told.push(...fell.map((id) => `${seconds} ${id} fell`), ...rose.map((id) => `${seconds} ${id} rose`))
    }
    look(0, bad)
    look(30, well) // Nothing was tried.
    look(60, bad)
    look(119, bad)
    expect(told).toEqual([])
    look(121, bad)
    look(180, bad)
    expect(told).toEqual(['121 slack fell'])
    look(200, well)
    look(180 + QUIET_MS / 1000, well)
    look(600, well)
    expect(told).toEqual(['121 slack fell', '270 slack rose'])
    expect(now).toEqual({})
  })

  test('that failed once, long ago, begins anew', () => {
    const { after } = ailingOf(ailingOf({}, bad, at(0), 120_000).after, well, at(91), 120_000)
    expect(after).toEqual({})
  })
})

describe('where a conversation is shown', () => {
  const all = ['slack', 'feishu', 'inbox']
  test.each([
    [['slack'], [], ['slack']],
    [['slack'], ['slack'], ['slack', 'feishu']],
    [['slack', 'feishu'], ['slack'], ['slack', 'feishu']],
    [
      ['slack', 'feishu'],
      ['slack', 'feishu'],
      ['slack', 'feishu', 'inbox'],
    ],
    [['slack'], ['slack', 'feishu', 'inbox'], ['slack']],
    [[], ['slack'], []],
  ])('%j with %j down: %j', (wanted, down, expected) => {
    expect(servingOf(wanted, all, new Set(down))).toEqual(expected)
  })
})
