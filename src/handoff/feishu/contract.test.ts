// The desk contract on the strict fake: what waits there is brought through the desk's webhook, as if Feishu had called.
import { expect } from 'vitest'
import type { Desk } from '#core/desk.ts'
import type { DeskEvent } from '#core/event.ts'
import { deskContract } from '../../../test/contract/desk.ts'
import { type FaultName, NOW } from '../../../test/contract/support.ts'
import { aliveIn, fileOf, keysOf, textOf } from '../../../test/fakes/feishu/content.ts'
import { fixtures } from '../../../test/fakes/feishu/fixtures.ts'
import { pushRequest, signed } from '../../../test/fakes/feishu/push.ts'
import { type FakeFeishu, startFakeFeishu } from '../../../test/fakes/feishu.ts'
import { feishuDesk } from './index.ts'

const APP = { appId: 'cli_a1', appSecret: 'app-secret-0123456789abcdef', chat: 'oc_1' }
const KEYS = { encryptKey: 'encrypt-key-of-the-app', verificationToken: 'verification-token-1' }
const ANNA = { id: 'ou_anna', name: '安娜', email: 'anna@example.test' }

const FAULTS: Record<FaultName, Parameters<FakeFeishu['fail']>[0]> = {
  rate_limited: { status: 429, reset: 7 },
  unauthorized: { code: 99991662, words: 'app not in use' },
  server_error: { status: 502 },
  recipient_gone: { code: 230013 },
  accept_then_reset: { kind: 'accept-then-reset' },
  reset: { kind: 'reset' },
  hang: { kind: 'hang' },
  html: { kind: 'html' },
}

/** What waits in the fake, through the desk's webhook, as if Feishu had called. */
async function taken(fake: FakeFeishu, desk: Desk): Promise<DeskEvent[]> {
  const events: DeskEvent[] = []
  for (const body of fake.waiting.splice(0)) events.push(...((await desk.webhook?.(fake.request(body)))?.events ?? []))
  return events
}

deskContract(feishuDesk, {
  secrets: [APP.appSecret, KEYS.encryptKey, KEYS.verificationToken, 't-cli_a1-'],
  required: ['appId', 'appSecret', 'chat'],
  fixtures,
  webhook: {
    config: {},
    request: (body) => pushRequest('https://desk.example/hooks/feishu', body, KEYS, NOW.getTime()),
    forgeries: {
      'no signature': (body) => new Request('https://desk.example/hooks/feishu', { method: 'POST', body }),
      'the signature of another key': (body) =>
        new Request('https://desk.example/hooks/feishu', { method: 'POST', body, headers: signed(body, 'another-key', NOW.getTime()) }),
      'a signature of six minutes ago': (body) =>
        new Request('https://desk.example/hooks/feishu', {
          method: 'POST',
          body,
          headers: signed(body, KEYS.encryptKey, NOW.getTime() - 360_000),
        }),
      'a signature of other bytes': (body) =>
        new Request('https://desk.example/hooks/feishu', {
          method: 'POST',
          body: `${body} `,
          headers: signed(body, KEYS.encryptKey, NOW.getTime()),
        }),
    },
  },
  async start() {
    const fake = await startFakeFeishu({ ...APP, ...KEYS, now: () => NOW })
    fake.world.perSecond = Number.POSITIVE_INFINITY
    const agent = fake.agent(ANNA)
    fake.agent({ id: 'ou_far', name: '外人', unreachable: true })
    // What the bot says in the topic, and what it tells one agent in private about it.
    const inTopic = (thread: string) => {
      const all = [...fake.world.messages.values()].filter(({ from }) => from === undefined)
      return all.filter(
        (one) =>
          one.id === thread ||
          one.root === thread ||
          (one.to && one.content.includes(`\\"t\\":\\"${thread}\\"`) === true) ||
          (one.to && one.content.includes(`"t":"${thread}"`) && !one.content.includes('accept')),
      )
    }
    const shownOf = (message: ReturnType<typeof inTopic>[number]) => {
      const file = fileOf(fake.world, message)
      const keys = keysOf(message).filter(({ url }) => url === undefined)
      return { text: textOf(message), ...(file && { file }), ...(keys.length > 0 && { buttons: keys.map(({ command }) => command) }) }
    }
    return {
      config: { ...APP, ...KEYS, apiRoot: fake.url },
      unreachable: { apiRoot: 'http://127.0.0.1:2' },
      threads: () => fake.topics().map((topic) => topic.id),
      shown: (thread) =>
        inTopic(thread)
          .filter(({ gone }) => !gone)
          .map(shownOf),
      // One call opens a topic: where it breaks in the middle, the topic is there and nobody heard of it.
      fault: (name, after = 0) =>
        name === 'server_error' && after > 0 ? fake.fail({ kind: 'accept-then-500' }) : fake.fail(FAULTS[name], { after }),
      remove: (thread) => Object.assign(fake.world.message(thread), { gone: true }),
      write: (thread, text) => void agent.text(thread, text),
      async press(thread, button) {
        await fake.settled()
        await agent.press(button, thread)
      },
      async events(desk, act, count) {
        fake.waiting.length = 0
        await act()
        await fake.settled()
        const events = await taken(fake, desk)
        expect(events).toHaveLength(count)
        return events
      },
      erase: (_thread, target) => agent.recall(target),
      tick: (_thread, target) =>
        fake.world
          .message(target)
          .reactions.map(({ emoji }) => emoji)
          .join(' '),
      offers: { user: ANNA.id, shown: () => fake.privately(ANNA.id).map(shownOf), unknown: 'ou_far' },
      person: ANNA,
      alive: (thread) => inTopic(thread).flatMap(aliveIn),
      view: (thread) => fake.view(thread),
      close: () => fake.close(),
    }
  },
})
