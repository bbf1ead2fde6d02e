// People in front of the fake Bot API: what a customer hears in their chat, what a topic shows to the agents. Only what is visible.
import { expect, type TestContext } from 'vitest'
import type { FakeMessage, Topic, Update } from '../fakes/telegram/world.ts'
import type { Agent, Customer, FakeTelegram, LoggedCall } from '../fakes/telegram.ts'
import {
  AGENTS,
  CUSTOMERS,
  frontdeskYaml,
  GROUP,
  openHouse,
  type Premises,
  premises,
  registerHooks,
  startTelegram,
  type TestHouse,
} from './house.ts'
import { until } from './until.ts'

export interface Visitor extends Customer {
  /** The texts and captions that the shop's bot sent, oldest first. */
  heard(): string[]
  /** Waits until the last thing heard is this. */
  hears(text: string | RegExp): Promise<string>
}

export interface Stand {
  fake: FakeTelegram
  house: TestHouse
  place: Premises
  visitor(id: number, name: string): Visitor
  anna: Agent
  ben: Agent
  agent(id: number, name: string): Agent
  /** The newest topic of that customer that is not deleted; waits for it. */
  topic(name: string): Promise<Topic>
  /** Waits until the topic shows it. */
  shows(topic: Topic, text: string | RegExp): Promise<FakeMessage>
  /** Everything that our bot says in the topic now. */
  shown(topic: Topic): FakeMessage[]
  /** Waits for a pop-up over a pressed button. */
  popUp(text: string | RegExp): Promise<LoggedCall>
}

/** A house that is open, with its Telegram; ended when the test ends. `hooks: false`: the test posts the updates itself. */
export async function openStand(
  { onTestFinished }: Pick<TestContext, 'onTestFinished'>,
  options: { polling?: boolean; hooks?: false; more?: string } = {},
): Promise<Stand> {
  const fake = await startTelegram()
  const place = await premises(frontdeskYaml(fake.url, options))
  const house = await openHouse(place)
  onTestFinished(async () => {
    await house.stop()
    await fake.close()
    place.remove()
  })
  if (!options.polling && options.hooks !== false) registerHooks(fake, house.url)
  return { ...standWith(fake), fake, house, place }
}

export function standWith(fake: FakeTelegram): Omit<Stand, 'house' | 'place' | 'fake'> {
  const agent = (id: number, name: string) => fake.agent({ id, first_name: name }, GROUP)
  const shown = (topic: Topic) => fake.inTopic(GROUP, topic.id).filter(isOurs)
  return {
    visitor: (id, name) => visitor(fake, id, name),
    agent,
    anna: agent(501, '安娜'),
    ben: agent(502, '小本'),
    topic: (name) =>
      until(`a topic for ${name}`, () => fake.topics(GROUP).findLast((one) => one.state !== 'deleted' && one.name.includes(name)), {
        state: () => fake.topics(GROUP),
      }),
    shown,
    shows: (topic, text) =>
      until(`topic ${topic.id} shows ${text}`, () => shown(topic).findLast((message) => matches(wordsOf(message), text)), {
        state: () => shown(topic).map(wordsOf),
      }),
    popUp: (text) => fake.waitFor((call) => call.method === 'answerCallbackQuery' && matches(String(call.params.text ?? ''), text), 10_000),
  }
}

function visitor(fake: FakeTelegram, id: number, name: string): Visitor {
  const chat = () => fake.world.privateChat(fake.world.bot(CUSTOMERS.token), id)
  const heard = () => [...chat().messages.values()].filter((message) => message.from?.is_bot === true).map(wordsOf)
  return {
    ...fake.customer({ id, first_name: name }, CUSTOMERS.token),
    heard,
    hears: (text) => until(`${name} hears ${text}`, () => heard().findLast((words) => matches(words, text)), { state: heard }),
  }
}

function isOurs(message: FakeMessage): boolean {
  return message.from?.username === AGENTS.username && message.forum_topic_created === undefined
}

export function wordsOf(message: FakeMessage): string {
  return message.text ?? message.caption ?? ''
}

export function buttonsOf(message: FakeMessage): string[] {
  return message.reply_markup?.inline_keyboard?.flat().map((button) => button.text) ?? []
}

function matches(words: string, wanted: string | RegExp): boolean {
  return typeof wanted === 'string' ? words.includes(wanted) : wanted.test(words)
}

/** The customer asks for a person; resolves with the topic that appeared. */
export async function queued(stand: Stand, customer: Visitor, name: string): Promise<Topic> {
  customer.text('转人工')
  await customer.hears(/当前排队/)
  const topic = await stand.topic(name)
  await stand.shows(topic, '排队中')
  return topic
}

/** As `queued`, and Anna takes it. */
export async function claimed(stand: Stand, customer: Visitor, name: string): Promise<Topic> {
  const topic = await queued(stand, customer, name)
  stand.anna.press('接入')
  await customer.hears('安娜 为您服务。')
  return topic
}

/** Nothing more comes: everything is worked on, and this is all that the customer heard. */
export async function hearsNothingMore(stand: Stand, customer: Visitor, act: () => unknown): Promise<void> {
  const before = customer.heard()
  await act()
  await delivered(stand)
  await stand.house.quiet()
  expect(customer.heard()).toEqual(before)
}

/** Until the house has taken every update that waits for it. */
export async function delivered({ fake }: Pick<Stand, 'fake'>): Promise<void> {
  await until('every update is taken', () => [...fake.world.bots.values()].every((bot) => bot.waiting.length === 0), {
    state: () => [...fake.world.bots.values()].map((bot) => ({ bot: bot.username, waiting: bot.waiting, error: bot.webhook?.lastError })),
  })
}

/** What a person just did, taken out of the bot's queue: for tests that post the updates themselves. */
export function updateOf({ fake }: Pick<Stand, 'fake'>, bot: { token: string }, act: { update_id: number }): Update {
  const { waiting } = fake.world.bot(bot.token)
  const at = waiting.findIndex((update) => update.update_id === act.update_id)
  const [update] = at < 0 ? [] : waiting.splice(at, 1)
  if (!update) throw new Error(`no update ${act.update_id} waits`)
  return update
}
