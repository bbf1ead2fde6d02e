// The object between two of its lives: what it remembers, whom it tells, when it lets go. The sockets themselves are tested in the
// Workers runtime (test/workers).
import { afterAll, beforeEach, expect, test, vi } from 'vitest'
import type { Question } from './frames.ts'
import { LiveRoom } from './room.ts'
import type { HeldSocket, ObjectState } from './runtime.ts'

vi.stubGlobal('WebSocketRequestResponsePair', class {})
afterAll(() => void vi.unstubAllGlobals())

class FakeSocket implements HeldSocket {
  readyState = 1
  said: unknown[] = []
  closed: number | undefined
  #memory: string
  constructor(memory: object) {
    this.#memory = JSON.stringify(memory)
  }
  send(text: string) {
    this.said.push(JSON.parse(text))
  }
  close(code?: number) {
    this.closed ??= code
    this.readyState = 3
  }
  serializeAttachment(value: unknown) {
    this.#memory = JSON.stringify(value)
  }
  deserializeAttachment() {
    return JSON.parse(this.#memory)
  }
}

const visitor = { channel: 'web', user: 'vis_1' }
const line = { channel: 'web', visitor, cursor: 7, shown: '' }
const chat = (extra: object = {}) => new FakeSocket({ kind: 'chat', line: { ...line, ...extra } })
const agent = (session: string) => new FakeSocket({ kind: 'console', session })

let sockets: FakeSocket[]
let stored: Map<string, unknown>
let alarms: number[]
let asked: Question[]
let answers: (question: Question) => Promise<Response>
/** Calls to other objects: `<name or id> <path>`, and what they answer. */
let calls: string[]
let status: number

function wake(): LiveRoom {
  const state: ObjectState = {
    id: { toString: () => 'room-1' },
    storage: {
      put: async (key, value) => void stored.set(key, value),
      delete: async (key) => stored.delete(key),
      list: async () => new Map(stored),
      getAlarm: async () => null,
      setAlarm: async (at) => void alarms.push(at),
    },
    exports: {
      frames: {
        fetch: async (_url, init) => {
          const question = JSON.parse(String(init?.body)) as Question
          asked.push(question)
          return answers(question)
        },
      },
    },
    acceptWebSocket: () => undefined,
    getWebSockets: () => sockets,
    setWebSocketAutoResponse: () => undefined,
  }
  const get = (id: unknown) => ({
    fetch: async (url: Request | string) => {
      calls.push(`${id} ${new URL(String(url)).pathname}`)
      return new Response(null, { status })
    },
  })
  return new LiveRoom(state, { LIVE: { idFromName: (name) => name, idFromString: (id) => id, newUniqueId: () => 'new', get } })
}

beforeEach(() => {
  ;[sockets, stored, alarms, asked, calls, status] = [[], new Map(), [], [], [], 200]
  answers = async (question) => {
    if (question.op === 'stay') return Response.json({ gone: ['over'] })
    return Response.json({ line: { ...question.line, cursor: question.line.cursor + 1 }, frames: [{ type: 'pong' }], greeted: false })
  }
})

const post = (path: string, body: string) => new Request(`https://room${path}`, { method: 'POST', body })

test('an object that slept goes on where it was: the cursor lies with the socket', async () => {
  const socket = chat()
  await wake().webSocketMessage(socket, 'one')
  await wake().webSocketMessage(socket, 'two')
  expect(asked.map((question) => 'line' in question && question.line.cursor)).toEqual([7, 8])
  expect(socket.deserializeAttachment()).toMatchObject({ line: { cursor: 9 } })
  expect(socket.said).toEqual([{ type: 'pong' }, { type: 'pong' }])
})

test('frames of one socket are worked on one after the other; too many at once end it', async () => {
  const socket = chat()
  const room = wake()
  const work = Array.from({ length: 201 }, (_, n) => room.webSocketMessage(socket, `${n}`))
  expect(socket.closed).toBe(1008)
  socket.readyState = 1
  await Promise.all(work)
  expect(asked.map((question) => question.op === 'receive' && question.data)).toEqual(Array.from({ length: 200 }, (_, n) => `${n}`))
  expect(asked.map((question) => 'line' in question && question.line.cursor)).toEqual(Array.from({ length: 200 }, (_, n) => 7 + n))
})

test('after hello it follows the visitor first and reads then: nothing falls between', async () => {
  const socket = chat()
  answers = async (question) => {
    calls.push(question.op)
    return Response.json({ line, frames: [], greeted: question.op === 'receive' })
  }
  await wake().webSocketMessage(socket, 'hello')
  expect(calls).toEqual(['receive', 'visitor:web:vis_1 /follow', 'read'])
  await wake().webSocketClose(socket)
  expect(calls.at(-1)).toBe('visitor:web:vis_1 /leave')
})

test('a burst of hints makes one read more, not many; typing needs none', async () => {
  const socket = chat()
  sockets = [socket]
  const room = wake()
  for (let n = 0; n < 10; n++) await room.fetch(post('/hint', '{"type":"changed"}'))
  await room.fetch(post('/hint', '{"type":"typing","name":"安娜"}'))
  await vi.waitFor(() => expect(socket.deserializeAttachment()).toMatchObject({ line: { cursor: 7 + asked.length } }))
  expect(asked.length).toBeLessThan(10)
  expect(socket.said).toContainEqual({ type: 'typing', name: '安娜' })
})

test('what changed after it was shown is read again: a hint that says so is not lost among others, and whoever comes back reads it', async () => {
  const socket = chat()
  sockets = [socket]
  const room = wake()
  for (const hint of ['{"type":"changed"}', '{"type":"changed","again":true}', '{"type":"changed"}']) await room.fetch(post('/hint', hint))
  const agains = () => asked.map((question) => question.op === 'read' && question.again)
  await vi.waitFor(() => expect(agains()).toContain(true))
  await vi.waitFor(() => expect(socket.said).toHaveLength(asked.length))
  const before = asked.length
  await room.fetch(post('/hint', '{"type":"changed"}'))
  await vi.waitFor(() => expect(socket.said).toHaveLength(before + 1))
  expect(agains().at(-1)).toBe(false)
  answers = async (question) => Response.json({ line, frames: [], greeted: question.op === 'receive' })
  await room.webSocketMessage(socket, 'hello')
  expect(agains().at(-1)).toBe(true)
})

test('when the house does not answer the browser is told to come back', async () => {
  const socket = chat()
  answers = async () => new Response(null, { status: 503 })
  await wake().webSocketMessage(socket, 'one')
  expect(socket.closed).toBe(1013)
})

test("a visitor's object passes hints on, and forgets rooms that are empty", async () => {
  const room = wake()
  await room.fetch(post('/follow', 'room-a'))
  await room.fetch(post('/publish', '{"type":"changed"}'))
  expect(calls).toEqual(['room-a /hint'])
  status = 410
  await room.fetch(post('/publish', '{"type":"changed"}'))
  await room.fetch(post('/publish', '{"type":"changed"}'))
  expect(calls).toHaveLength(2)
  expect((await room.fetch(post('/hint', '{"type":"changed"}'))).status).toBe(410)
})

test('agents hear of every change; whoever signed out hears nothing more', async () => {
  const [here, gone] = [agent('good'), agent('over')]
  sockets = [here, gone]
  const room = wake()
  await room.fetch(post('/hint', '{"type":"changed","conversation":"cnv_1"}'))
  expect(here.said).toEqual([{ type: 'changed', conversation: 'cnv_1' }])
  await room.alarm()
  expect([here.closed, gone.closed]).toEqual([undefined, 1008])
  expect(alarms).toHaveLength(1)
  await room.webSocketMessage(here, 'anything')
  expect(asked.map(({ op }) => op)).toEqual(['stay'])
  sockets = []
  await room.alarm()
  expect(alarms).toHaveLength(1)
})
