// Difficult words, all ways that they can take: in as XML and JSON, out as a message and in the answer to a call.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { adapt } from '#core/adapt.ts'
import type { Connector, ConnectorDefinition, Outbound } from '#core/connector.ts'
import { NOW, naughtyStrings, recorder, WORDS } from '../../../test/contract/support.ts'
import { KEYS, push, SECRET } from '../../../test/contract/wechat.ts'
import { readReply, written } from '../../../test/fakes/wechat/people.ts'
import { type FakeWechat, startFakeWechat } from '../../../test/fakes/wechat.ts'
import { wechatMiniConnector } from '../wechat-mini/index.ts'
import { wechatConnector } from './index.ts'

/** With the corpus beside the project every eighth of its strings, with FRONTDESK_CHAOS=full all; without it the suite's own few. */
const isFull = process.env.FRONTDESK_CHAOS === 'full'
const all = [...Object.values(WORDS), ...(naughtyStrings ?? []).filter((_, n) => isFull || n % 8 === 0)].filter(
  (text) => text.trim() !== '',
)
/** What a document of XML cannot hold becomes U+FFFD, as the page says. */
const ofXml = (text: string) => text.toWellFormed().replace(/(?![\t\n\r\u007f-\u009f])\p{Cc}|[\uFFFE\uFFFF]/gu, '\uFFFD')

let fake: FakeWechat
beforeAll(async () => {
  fake = await startFakeWechat({ ...KEYS, secret: SECRET, quotas: false, now: () => NOW })
  fake.customer('oOPENID')
})
afterAll(() => fake.close())

function connector(kind: 'account' | 'mini', more: Record<string, unknown> = {}): Connector {
  const { appId, token, encodingAesKey } = KEYS
  const definition: ConnectorDefinition = kind === 'mini' ? wechatMiniConnector : wechatConnector
  const settings = { appId, token, encodingAesKey, appSecret: SECRET, apiRoot: fake.url, ...more }
  return definition.create(definition.config.parse(settings), recorder().deps)
}

const pushed = (Content: string, format: 'xml' | 'json') =>
  push(written({ ToUserName: 'gh_fake', FromUserName: 'oOPENID', CreateTime: 1348831860, MsgType: 'text', Content, MsgId: '1' }, format), {
    format,
  })

/** Each as the core would send it; what is longer than a message in its pieces. */
function pieces(text: string): Outbound[] {
  const fitted = adapt([{ type: 'text', text }], wechatConnector.capabilities, { locale: 'zh' })
  return fitted.map((parts, n) => ({ key: `dlv_${n}`, to: { user: 'oOPENID' }, parts }))
}

describe('every word survives', () => {
  test.each(['account', 'mini'] as const)('on its way in, to an %s', async (kind) => {
    const { webhook } = connector(kind)
    for (const text of all) {
      for (const format of ['xml', 'json'] as const) {
        const result = await webhook?.(pushed(text, format))
        expect(result?.events[0]).toMatchObject({ type: 'message', parts: [{ type: 'text', text }] })
      }
    }
  })

  test.each(['account', 'mini'] as const)('on its way out, from an %s', async (kind) => {
    const { send } = connector(kind)
    for (const text of all) {
      const before = fake.sent.length
      for (const message of pieces(text)) await send(message, AbortSignal.timeout(10_000))
      expect(
        fake.sent
          .slice(before)
          .map(({ content }) => content.content)
          .join(''),
      ).toBe(text)
    }
  })

  test('in the answer to a call', async () => {
    const { webhook } = connector('account', { replies: 'passive' })
    const result = await webhook?.(pushed('你好', 'xml'))
    for (const text of all) {
      const rendered = await result?.inline?.render(pieces(text))
      const reply = readReply(KEYS, 'oOPENID', (await rendered?.response.text()) ?? '')
      const taken = pieces(text).slice(0, rendered?.taken)
      const words = taken.flatMap(({ parts }) => parts.map((part) => (part.type === 'text' ? part.text : '')))
      expect(reply).toEqual({ msgtype: 'text', content: { content: ofXml(words.join('\n')) } })
    }
  })
})
