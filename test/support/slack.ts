// A Slack with two channels and an agent, and the desk before it: set up anew for each test of the file that calls this.
import { afterEach, beforeEach, expect } from 'vitest'
import type { Card, Desk } from '#core/desk.ts'
import type { DeskEvent } from '#core/event.ts'
import { slackDesk } from '#handoff/slack/index.ts'
import { CARD } from '../contract/desk.ts'
import { NOW, type Recorder, recorder } from '../contract/support.ts'
import { type FakeSlack, type Message, type Person, startFakeSlack } from '../fakes/slack.ts'

export const [TOKEN, SECRET, APP] = ['xoxb-1', 'signing', 'xapp-1']
export const tsOf = (key: string): string => key.split(':')[1] ?? ''

export interface SlackStand {
  fake: FakeSlack
  heard: Recorder
  desk: Desk
  anna: Person
  /** Another process, or another config. */
  create(extra?: object, from?: FakeSlack): Desk
  /** What Slack tells of it, through the webhook. */
  told(act: () => unknown, to?: Desk): Promise<DeskEvent[]>
  opened(key?: string, card?: Card): Promise<string>
  shown(thread: string): Message[]
}

export function slackStand(): SlackStand {
  const stand = {
    create: (extra = {}, from = stand.fake) =>
      slackDesk.create(slackDesk.config.parse({ botToken: TOKEN, signingSecret: SECRET, channel: 'C100', apiRoot: from.url, ...extra }), {
        ...stand.heard.deps,
        locale: 'zh',
      }),
    told: (act, to = stand.desk) => told(stand.fake, act, to),
    opened: async (key = 'dlv_1', card = CARD) => (await stand.desk.open(card, key, AbortSignal.timeout(10_000))).thread,
    shown: (thread) => stand.fake.world.thread(thread.split(':')[0] ?? '', tsOf(thread)),
  } as SlackStand
  beforeEach(async () => {
    stand.fake = await startFakeSlack({ token: TOKEN, secret: SECRET, appToken: APP })
    stand.fake.world.addUser('U501', '安娜', { email: 'anna@example.test' })
    stand.fake.world.addChannel('C100', 'support', ['UDESK', 'U501'])
    stand.fake.world.addChannel('C200', 'tech', ['UDESK', 'U501'])
    stand.anna = stand.fake.person('U501', 'C100')
    stand.heard = recorder()
    stand.desk = stand.create()
  })
  afterEach(() => stand.fake.close())
  return stand
}

async function told(fake: FakeSlack, act: () => unknown, to: Desk): Promise<DeskEvent[]> {
  fake.world.waiting.length = 0
  await act()
  const events: DeskEvent[] = []
  for (const one of fake.world.waiting.splice(0)) {
    const { headers, body } = fake.signed(one, SECRET, NOW)
    const result = await to.webhook?.(new Request('https://desk.example/hooks/slack', { method: 'POST', headers, body }))
    expect(result?.response.status).toBe(200)
    events.push(...(result?.events ?? []))
  }
  return events
}
