import { describe, expect, test } from 'vitest'
import type { ActionReply, ActionRequest, ConsoleMessage } from '#http/console/protocol.ts'
import { ApiError } from './src/api.ts'
import { createOutgoing, type Outgoing, unshown } from './src/outgoing.ts'

const item = (clientId: string, more: Partial<Outgoing> = {}): Outgoing => ({
  clientId,
  conversation: 'cnv_1',
  mode: 'reply',
  text: `words of ${clientId}`,
  files: [],
  at: '2026-01-01T00:00:00Z',
  afterSeq: 3,
  state: 'sending',
  ...more,
})

function office(answers: (ActionReply | Error)[], version = 7) {
  const requests: ActionRequest[] = []
  const refused: string[] = []
  const waits: number[] = []
  const box = createOutgoing({
    act: async (_, request) => {
      requests.push(request)
      const answer = answers.shift() ?? { ok: true, message: `msg_${requests.length}` }
      if (answer instanceof Error) throw answer
      return answer
    },
    read: async () => ({ version }),
    wait: async (ms) => void waits.push(ms),
    refused: (_, reason) => refused.push(reason),
  })
  return { box, requests, refused, waits }
}

const broken = () => new ApiError(0, 'offline', 'nobody answers')

describe('sending', () => {
  test('a broken line sends the same request again under the same clientId', async () => {
    const { box, requests, waits } = office([broken(), new ApiError(503, 'busy', 'busy')])
    await box.send(item('a'), 4)
    expect(requests.map((request) => request.clientId)).toEqual(['a', 'a', 'a'])
    expect(waits).toHaveLength(2)
    expect(box.items.get()).toMatchObject([{ clientId: 'a', state: 'accepted', message: 'msg_3' }])
  })

  test('a line that stays broken is told, and the words are kept', async () => {
    const { box, refused } = office(Array.from({ length: 6 }, broken))
    await box.send(item('a'), 4)
    expect(refused).toEqual(['nobody answers'])
    expect(box.items.get()).toMatchObject([{ state: 'refused', reason: 'nobody answers', text: 'words of a' }])
  })

  test('a conflict is not tried again by itself', async () => {
    const { box, requests, refused } = office([new ApiError(409, 'conflict', 'Wang was faster')])
    await box.send(item('a'), 4)
    expect(requests).toHaveLength(1)
    expect(refused).toEqual(['Wang was faster'])
  })

  test('a refusal in the answer counts as a refusal', async () => {
    const { box, refused } = office([{ ok: false, code: 'resolved', message: 'It is resolved' }])
    await box.send(item('a'), 4)
    expect(refused).toEqual(['It is resolved'])
  })

  test('replies keep their order, and the second names the version that the first one made', async () => {
    const { box, requests } = office([], 5)
    await Promise.all([box.send(item('a'), 4), box.send(item('b'), 4)])
    expect(requests.map((request) => [request.clientId, request.version])).toEqual([
      ['a', 4],
      ['b', 5],
    ])
  })

  test('after a refusal the next one still names what was on screen', async () => {
    const { box, requests } = office([new ApiError(409, 'conflict', 'no')], 9)
    await Promise.all([box.send(item('a'), 4), box.send(item('b'), 4)])
    expect(requests[1]?.version).toBe(4)
  })

  test('trying a refused one again is a new request', async () => {
    const { box, requests } = office([new ApiError(409, 'conflict', 'no')])
    await box.send(item('a'), 4)
    const [refused] = box.items.get()
    if (!refused) throw new Error('nothing kept')
    await box.again(refused, { clientId: 'a2', at: '2026-01-01T00:01:00Z', afterSeq: 8 }, 9)
    expect(requests.map((request) => [request.clientId, request.version])).toEqual([
      ['a', 4],
      ['a2', 9],
    ])
    // What was said meanwhile is not taken for it.
    expect(box.items.get()).toMatchObject([{ clientId: 'a2', afterSeq: 8, text: 'words of a' }])
  })
})

describe('what is not shown yet', () => {
  const shown = (id: string, seq: number, text: string, author: ConsoleMessage['author'] = 'agent'): ConsoleMessage => ({
    id,
    seq,
    author,
    name: 'Lin',
    parts: [{ type: 'text', text }],
    at: '2026-01-01T00:00:01Z',
  })

  test('a message that came over the socket first hides its own pending copy', () => {
    expect(unshown([item('a', { text: 'hello' })], [shown('m4', 4, 'hello')])).toEqual([])
  })

  test('an older message with the same words does not', () => {
    expect(unshown([item('a', { text: 'hello' })], [shown('m3', 3, 'hello')])).toHaveLength(1)
  })

  test('the same words twice need two messages', () => {
    const twice = [item('a', { text: 'hello' }), item('b', { text: 'hello' })]
    expect(unshown(twice, [shown('m4', 4, 'hello')]).map((one) => one.clientId)).toEqual(['b'])
  })

  test('a note is matched by a note only', () => {
    expect(unshown([item('a', { text: 'x', mode: 'note' })], [shown('m4', 4, 'x')])).toHaveLength(1)
    expect(unshown([item('a', { text: 'x', mode: 'note' })], [shown('m4', 4, 'x', 'note')])).toEqual([])
  })

  test('what was refused stays on screen', () => {
    expect(unshown([item('a', { text: 'hello', state: 'refused' })], [shown('m4', 4, 'hello')])).toHaveLength(1)
  })
})
