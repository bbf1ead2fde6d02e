// Whom the transfer dialog finds for what is typed: pure.
import { describe, expect, test } from 'vitest'
import type { TargetAgent, TargetPage } from '#http/console/protocol.ts'
import { likeliest, matchTargets, targetsOf } from './src/conversations/targets.ts'
import { pinyinInitials } from './src/pinyin.ts'

const person = (id: string, name: string, more: Partial<TargetAgent> = {}): TargetAgent => ({
  id,
  name,
  publicName: name,
  skills: [],
  standing: 'ready',
  load: 0,
  capacity: 5,
  ...more,
})

const PAGE: TargetPage = {
  agents: [
    person('agt_wang', '王芳', { publicName: '小芳', skills: ['aftersales'] }),
    person('agt_amelia', 'Amelia Clarke', { skills: ['tech'], standing: 'busy', team: { id: 'overseas', name: 'Overseas' } }),
    person('agt_tech', '陈思', { standing: 'offline' }),
  ],
  skills: [
    { id: 'aftersales', name: '售后', ready: 1, people: 1 },
    { id: 'tech', name: '技术', ready: 0, people: 1 },
  ],
  teams: [{ id: 'overseas', name: 'Overseas', ready: 0, people: 1 }],
}
const NAMES: Record<string, string> = { aftersales: '售后', tech: '技术' }
const all = targetsOf(PAGE, (id) => NAMES[id] ?? id)
const find = (typed: string) => matchTargets(all, typed).map(({ key }) => key)
const entered = (typed: string) => likeliest(matchTargets(all, typed), typed)?.key

describe('what is found', () => {
  test('by names in both writings, ids, skills and teams, in any order of words and any width of letters', () => {
    expect(find('芳')).toEqual(['agent agt_wang'])
    expect(find('小芳')).toEqual(['agent agt_wang'])
    expect(find('售后')).toEqual(['skill aftersales', 'agent agt_wang'])
    expect(find('clarke AMELIA')).toEqual(['agent agt_amelia'])
    expect(find('ｏｖｅｒｓｅａｓ')).toEqual(['team overseas', 'agent agt_amelia'])
    expect(find('agt_wang')).toEqual(['agent agt_wang'])
    expect(find('nobody')).toEqual([])
    expect(find('  ')).toHaveLength(6)
  })

  test('by the first letters of how Chinese names are read', () => {
    expect(pinyinInitials('王芳 Li 张伟')).toBe('wfzw')
    expect([...'安白陈杜额冯高黄江康刘马倪欧潘钱任孙唐温徐杨赵'].map(pinyinInitials).join('')).toBe('abcdefghjklmnopqrstwxyz')
    expect(find('wf')).toEqual(['agent agt_wang'])
  })
})

test('Enter chooses whom the words name, however many they find; without words the colleague who can take it', () => {
  expect(entered('')).toBe('agent agt_wang')
  expect(entered('售后')).toBe('skill aftersales')
  expect(entered('tech')).toBe('skill tech')
  expect(entered('cs')).toBe('agent agt_tech')
  expect(entered('overseas a')).toBe('agent agt_amelia')
  expect(entered('nobody')).toBeUndefined()
})

test('a skill, a team and a colleague each name themselves to the server, and stand where they belong', () => {
  expect(all.map(({ to, section }) => [to, section])).toEqual([
    [{ skill: 'aftersales' }, 'groups'],
    [{ skill: 'tech' }, 'groups'],
    [{ team: 'overseas' }, 'groups'],
    [{ agent: 'agt_wang' }, 'ready'],
    [{ agent: 'agt_amelia' }, 'busy'],
    [{ agent: 'agt_tech' }, 'gone'],
  ])
})
