import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Desk } from '#core/desk.ts'
import type { DeskEvent } from '#core/event.ts'
import { CARD } from '../../../test/contract/desk.ts'
import { type Recorder, recorder } from '../../../test/contract/support.ts'
import { type FakeFeishu, startFakeFeishu } from '../../../test/fakes/feishu.ts'
import { until } from '../../../test/support/until.ts'
import { feishuDesk } from './index.ts'

const APP = { appId: 'cli_a1', appSecret: 'app-secret-0123456789abcdef', chat: 'oc_1' }
const ANNA = { id: 'ou_anna', name: '安娜' }
const signal = () => AbortSignal.timeout(10_000)

describe('over the long connection', () => {
  let fake: FakeFeishu
  let heard: Recorder
  let desk: Desk
  const create = (extra: object = {}) =>
    feishuDesk.create(feishuDesk.config.parse({ ...APP, apiRoot: fake.url, ...extra }), { ...heard.deps, locale: 'zh' })
  const failed = (work: () => unknown) => heard.failure(async () => work())

  beforeEach(async () => {
    fake = await startFakeFeishu(APP)
    heard = recorder()
    desk = create()
  })
  afterEach(() => fake.close())

  const hold = (sink: (events: DeskEvent[]) => Promise<void>) => {
    const stop = new AbortController()
    const held = desk.connect?.(sink, stop.signal) ?? Promise.resolve()
    return { stop, held, open: () => until('the line is open', () => fake.line.isOpen && fake.line.pings > 0) }
  }

  test('events come whole though in parts, and are answered only after they are kept', async () => {
    const { thread } = await desk.open(CARD, 'dlv_1', signal())
    const kept: DeskEvent[] = []
    const { promise: commit, resolve: committed } = Promise.withResolvers<void>()
    const { stop, held, open } = hold(async (events) => {
      await commit
      kept.push(...events)
    })
    await open()
    fake.agent(ANNA).text(thread, `您好${'长'.repeat(1000)}`)
    expect(fake.line.answered).toEqual([])
    committed()
    await fake.settled()
    expect(kept).toMatchObject([{ type: 'message', thread, by: { id: ANNA.id } }])
    expect(fake.line.answered).toEqual([200])
    const toast = fake.agent(ANNA).press('claim', thread)
    const press = await until('the press', () => kept.find((event) => event.type === 'button'))
    await desk.whisper?.(thread, ANNA, { key: 'w', text: '已接入', callback: press.type === 'button' ? press.callback : '' }, signal())
    expect(await toast).toBe('已接入')
    stop.abort()
    await held
  })

  test('what cannot be kept is answered so that it comes again, and garbage ends nothing', async () => {
    const { thread } = await desk.open(CARD, 'dlv_1', signal())
    const { stop, held, open } = hold(async () => {
      throw new Error('no database')
    })
    await open()
    fake.line.raw(new Uint8Array([255, 255, 255]))
    fake.line.raw(new TextEncoder().encode('hello'))
    fake.agent(ANNA).text(thread, '您好')
    await fake.settled()
    expect(fake.line.answered).toEqual([500])
    stop.abort()
    await held
  })

  test('whoever is stopped just ends, and hears when the line stands', async () => {
    await desk.connect?.(async () => undefined, AbortSignal.abort())
    const stop = new AbortController()
    const { promise: stands, resolve: onOpened } = Promise.withResolvers<void>()
    const connect = desk.connect as (...given: [unknown, AbortSignal, () => void]) => Promise<void>
    const held = connect(async () => undefined, stop.signal, onOpened)
    await stands
    stop.abort()
    await held
  })

  test('what was written while the line was down comes over it no more, and is read once it stands again', async () => {
    const { thread } = await desk.open(CARD, 'dlv_1', signal())
    const kept: DeskEvent[] = []
    const sink = async (events: DeskEvent[]) => void kept.push(...events)
    const first = hold(sink)
    await first.open()
    fake.line.drop()
    expect(await failed(() => first.held)).toMatchObject({ kind: 'transient' })
    fake.agent(ANNA).text(thread, '您好')
    await fake.settled()
    const second = hold(sink)
    await second.open()
    expect(kept).toEqual([])
    for await (const events of desk.missed?.([thread], new Date(Date.now() - 60_000), signal()) ?? []) kept.push(...events)
    expect(kept).toMatchObject([{ type: 'message', thread, by: { id: ANNA.id }, parts: [{ text: '您好' }] }])
    second.stop.abort()
    await second.held
  })

  test('a line that is lost throws, and wrong keys are told as such', async () => {
    const { held, open } = hold(async () => undefined)
    await open()
    fake.line.drop()
    expect(await failed(() => held)).toMatchObject({ kind: 'transient', certain: true })
    const wrong = create({ appSecret: 'wrong' })
    expect(await failed(() => wrong.connect?.(async () => undefined, signal()))).toMatchObject({ kind: 'unauthorized' })
  })
})
