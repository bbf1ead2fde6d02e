import { expect, test } from 'vitest'
import { buildCard, type CardSource } from './card.ts'

const source: CardSource = {
  conversation: 'cnv_1',
  status: 'queued',
  customer: '梅',
  channel: '网页聊天',
  skill: 'aftersales',
  priority: 'normal',
  history: [],
  skills: ['aftersales', 'tech'],
}

test('a card calls skills by their names; its buttons still name their ids', () => {
  const card = buildCard({ ...source, skillName: (id) => (id === 'tech' ? '技术支持' : '售后') }, 'zh')
  expect(card.facts).toContainEqual(['技能', '售后'])
  expect(card.buttons).toContainEqual({ id: 'transfer tech', label: '转给 技术支持' })
})

test('where a skill has no name of its own, its id is what people see', () => {
  const card = buildCard(source, 'en')
  expect(card.facts).toContainEqual(['Skill', 'aftersales'])
  expect(card.buttons).toContainEqual({ id: 'transfer tech', label: 'To tech' })
})
