// What is written down about a conversation is read by people: each deed has words.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { actions, trailLine } from '#http/console/trail.ts'
import type { AuditRow } from '#store/rows.ts'

const folder = new URL('../src/pipeline/', import.meta.url).pathname
const sources = readdirSync(folder).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
const deeds = sources.flatMap((name) =>
  [...readFileSync(join(folder, name), 'utf8').matchAll(/\baudit\([^)\n]*?'([a-z]+\.[a-z_]+)'/g)].map(([, deed = '']) => deed),
)

test('each deed that is written down has words in the trail', () => {
  expect(deeds.length).toBeGreaterThan(20)
  expect([...deeds, 'sla.warned', 'sla.met', 'sla.dropped'].filter((deed) => !(deed in actions))).toEqual([])
})

test.each([
  ['sla.met', { term: 'firstReply' }, '时限内完成 首次回复', 'Within its term: First reply'],
  ['sla.met', { term: 'firstReply', breached: true }, '超时后完成 首次回复', 'Done late: First reply'],
  ['queue.chose', { choice: 'message' }, '排队时选择 留言', 'Chose while waiting: to leave a message'],
  ['assignment.changed', { skill: 'tech' }, '分配给 技术支持', 'Assigned to 技术支持'],
])('%s %j', (action, data, zh, en) => {
  const event: AuditRow = { id: 'aud_1', conversationId: 'cnv_1', action, data, at: new Date(0), actorKind: 'system', actorId: null }
  const rules = { name: '技术支持', level: 1, wishes: [], overflow: [] }
  const house = { staffing: { skills: new Map([['tech', rules]]), people: new Map(), teams: new Map() } }
  const said = (locale: 'zh' | 'en') => trailLine(event, new Map(), '梅', house as never, locale).what
  expect([said('zh'), said('en')]).toEqual([zh, en])
})
