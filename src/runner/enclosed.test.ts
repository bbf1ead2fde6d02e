// A file that its platform does not give out: the words around it reach the agents all the same, and the file when it can.
import { expect, test } from 'vitest'
import type { Connector } from '#core/connector.ts'
import { ConnectorError } from '#core/errors.ts'
import { createFiles } from '#src/files.ts'
import { memoryBlobs } from '../../test/support/blobs.ts'
import { stages } from '../../test/support/stages.ts'
import { until } from '../../test/support/until.ts'

const at = stages()

/** A customer with an agent; `media` is what their platform does when it is asked for a file. */
async function open(media: () => Promise<Response>): Promise<void> {
  await at.open()
  const [id = ''] = at.house.house.channels.keys()
  const connectors = new Map([[id, { media } as unknown as Connector]])
  at.house.parts.files = createFiles({
    db: at.database.db,
    blobs: memoryBlobs(),
    clock: at.house.house.clock,
    connectors,
    desks: new Map(),
  })
  await at.house.says('c1', '转人工')
  await until('a thread', () => at.house.shown.find((one) => one.op === 'open'))
  await at.house.settle()
}

async function sends(name: string, caption: string): Promise<void> {
  const media = { type: 'media', kind: 'file', media: { id: name, name }, caption }
  await at.house.customer('c1', { type: 'message', parts: [media], messageId: name } as never)
}

const posts = () =>
  at.house.shown.flatMap((one) =>
    one.op === 'post'
      ? one.entry.parts.map((part) => ('text' in part ? part.text : part.type === 'media' ? `<${part.media.name}>` : ''))
      : [],
  )
/** Time passes in steps, as far as it takes. */
const inTime = (what: string, look: () => boolean) =>
  until(what, () => {
    at.house.clock.ms += 200
    return look()
  })

test('words wait a quarter of a minute for their file, then go on with a line that says why; it follows when it comes', async () => {
  let isUp = false
  await open(async () => {
    if (!isUp) throw new ConnectorError('transient', 'the file server is down')
    return new Response('%PDF', { headers: { 'content-type': 'application/pdf' } })
  })
  const began = at.house.clock.ms
  await sends('bill.pdf', '这是账单')
  await at.house.says('c1', '收到了吗？')
  await inTime('the words behind it', () => posts().includes('收到了吗？'))
  expect(at.house.clock.ms - began).toBeLessThan(60_000)
  expect(posts().slice(-2)).toEqual(['[文件：bill.pdf] 暂时取不到（the file server is down），取到后会发到这里。\n这是账单', '收到了吗？'])
  isUp = true
  await inTime('the file', () => posts().includes('<bill.pdf>'))
  expect(posts().filter((text) => text.includes('bill.pdf'))).toHaveLength(2)
})

test('a file that is there in time is shown in its place, and nothing is said of it', async () => {
  let tries = 0
  await open(async () => {
    if (++tries === 1) throw new ConnectorError('transient', 'the file server is down')
    return new Response('%PDF')
  })
  await sends('bill.pdf', '这是账单')
  await at.house.says('c1', '收到了吗？')
  await inTime('the words behind it', () => posts().includes('收到了吗？'))
  expect(posts().slice(-2)).toEqual(['<bill.pdf>', '收到了吗？'])
})

test('a file that can never be had is named at once, with why', async () => {
  await open(async () => {
    throw new ConnectorError('rejected', 'file is too big')
  })
  const began = at.house.clock.ms
  await sends('film.mp4', '看这个')
  await at.house.says('c1', '收到了吗？')
  await until('the words behind it', () => posts().includes('收到了吗？'))
  expect(at.house.clock.ms).toBe(began)
  expect(posts().slice(-2)).toEqual(['[文件：film.mp4] 取不到：file is too big\n看这个', '收到了吗？'])
})

test('what the customer’s platform answers is not held against the desk', async () => {
  await open(async () => {
    throw new ConnectorError('unauthorized', 'the channel has a wrong token')
  })
  const [group = ''] = at.house.house.desks.keys()
  await sends('bill.pdf', '')
  await inTime('the line', () => posts().some((text) => text.includes('wrong token')))
  expect(at.house.parts.health.get(group)?.state).not.toBe('bad_credentials')
})
