// What customers say of how it was: the score, and the words after a low one. The clock is moved by hand; the house does what is due.
import { describe, expect, test } from 'vitest'
import { byHand, HOUR, MINUTE } from '../../test/support/byhand.ts'
import type { StageOptions } from '../../test/support/stage.ts'

const at = byHand()
const { audited, command, heard, pass, row, says } = at
const open = (service: StageOptions['service'], more: StageOptions = {}) => at.open({ service, ...more })

test('a low score asks what was wrong, and keeps the words with agent and skill', async () => {
  await open({})
  await says('转人工')
  await command('/claim')
  await command('/resolve')
  await says('1')
  expect(heard().at(-1)).toContain('哪里做得不好')
  await says('等了太久')
  expect(heard().at(-1)).toContain('谢谢您告诉我们')
  expect(await row()).toMatchObject({ status: 'resolved', csatScore: 1, csatComment: '等了太久' })
  expect(await audited('csat.commented')).toMatchObject([{ by: 'customer', score: 1, agent: 'anna', skill: 'aftersales' }])
  await says('再问一下发货')
  expect((await row()).status).toBe('bot')
})

describe('the words after a low score', () => {
  const rated = async () => {
    await open({})
    await says('转人工')
    await command('/claim')
    await command('/resolve')
  }

  test.each(['客服态度很差', '客服说话不耐烦', 'the agent was rude'])('may be about people: %s', async (words) => {
    await rated()
    await says('2')
    await says(words)
    expect(await row()).toMatchObject({ status: 'resolved', csatComment: words })
  })

  test.each(['转人工', '找客服', 'agent please', '为什么还没发货？'])('are none where they ask for something: %s', async (words) => {
    await rated()
    await says('2')
    await says(words)
    expect(await row()).toMatchObject({ csatComment: null })
    expect((await row()).status).not.toBe('resolved')
  })

  test('are heard soon after the score, however late that comes', async () => {
    await rated()
    await pass(3 * HOUR)
    await says('1')
    await pass(20 * MINUTE)
    await says('等了太久')
    expect(await row()).toMatchObject({ status: 'resolved', csatComment: '等了太久' })
    await rated()
    await says('1')
    await pass(31 * MINUTE)
    await says('等了太久')
    expect((await row()).csatComment).toBeNull()
  })
})
