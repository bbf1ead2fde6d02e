// An agent in each tool, who takes one conversation and writes in it; and what the tool shows of its customer. All of it is what the
// doubles and the server have seen: nothing is asked of the house.
import { expect } from 'vitest'
import { el, find, legal, NS, textOf as textIn } from '#platforms/xmpp/stanza.ts'
import { aliveIn, keysOf, textOf } from '../fakes/feishu/content.ts'
import { alive, seen } from '../fakes/slack/blocks.ts'
import type { Message as SlackMessage } from '../fakes/slack/world.ts'
import { answering, type Got, gotBy, pressing, QUOTES } from '../support/inbox.ts'
import { until } from '../support/until.ts'
import { kept } from './corpora.ts'
import { fromApp } from './fields.ts'
import type { Hall } from './hall.ts'
import { ANNAS, SLACK_CHANNEL, type Tools } from './tools.ts'

export interface ToolAgent {
  /** The skill whose conversations are there, and the desk. */
  id: string
  /** Takes the conversation in whose card these words stand. */
  claims(mark: string): Promise<void>
  /** In the thread. Everything is told to the house in this order. */
  says(text: string): Promise<void>
  /** All of it was told, and taken. */
  settled(): Promise<void>
  /** As the tool's client gives typed words on. */
  typed(text: string): string
  /** As the tool can show somebody's words. */
  showable(text: string): string
  /** The customer's words, one message after the other, each whole again; `said`: to know where a name ends. */
  shown(said: readonly string[]): string[]
  /** What the agent alone was told. */
  told(): string[]
  /** What the tool would do or draw of itself at words of ours: a ring, a link with other words over it, markup. */
  alive(): string[]
  /** Calls that were not answered well, of either side. */
  faults(): string[]
}

const same = (text: string) => text

// ── Slack ────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Of rich text nothing else than its words, to the letter. */
function exactly({ blocks }: SlackMessage): string {
  const pieces = blocks.flatMap(({ elements = [] }) => elements.flatMap(({ elements: inner = [] }) => inner))
  return pieces.map(({ text, url }) => (typeof text === 'string' ? text : url)).join('')
}

export function inSlack({ slack }: Tools): ToolAgent {
  const anna = slack.person('U501', SLACK_CHANNEL)
  let root = ''
  const thread = () => slack.world.thread(SLACK_CHANNEL, root)
  const [told, calls] = [slack.told.length, slack.calls.length]
  return {
    id: 'slack',
    async claims(mark) {
      const all = () => [...slack.world.channel(SLACK_CHANNEL).messages.values()]
      root = (await until('a card in Slack', () => all().find((one) => !one.thread_ts && seen(one).includes(mark)))).ts
      anna.press('接入', root)
    },
    says: async (text) => void anna.write(root, text),
    settled: async () => void (await until('Slack has told it', () => slack.pending() === 0, { ms: 300_000 })),
    // Its clients make a ring of this before anybody is told.
    typed: (text) => text.replaceAll('<!here>', '@here'),
    showable: same,
    shown() {
      const said = thread().filter(({ username = '' }) => /(^| · )客户$/.test(username))
      const whole: string[] = []
      for (const message of said) {
        const { key } = (message.metadata as { event_payload: { key: string } }).event_payload
        if (key.endsWith(':0')) whole.push(exactly(message))
        else whole.push(`${whole.pop() ?? ''}${exactly(message)}`)
      }
      return whole
    },
    told: () => thread().flatMap((one) => (one.only === 'U501' ? [seen(one)] : [])),
    alive: () => thread().flatMap((one) => (one.user === 'UDESK' ? [...alive(one), ...(one.username?.match(/[\r\n]/g) ?? [])] : [])),
    faults: () => [
      ...slack.told
        .slice(told)
        .filter(({ status }) => status !== 200)
        .map(({ told, status, body }) => `${told.kind} ${status} ${body.slice(0, 200)}`),
      ...slack.calls
        .slice(calls)
        .filter(({ ok, error }) => !ok && error !== 'already_reacted')
        .map((call) => JSON.stringify(call).slice(0, 500)),
    ],
  }
}

// ── Feishu ───────────────────────────────────────────────────────────────────────────────────────────────────────────

interface Post {
  zh_cn: { content: { text: string; style?: string[] }[][] }
}

export function inFeishu({ feishu }: Tools): ToolAgent {
  const anna = feishu.agent('ou_anna')
  let root = ''
  const [pushes, calls] = [feishu.pushed.length, feishu.calls.length]
  const ours = () => feishu.world.inTopic(root).filter(({ from, gone }) => from === undefined && !gone)
  return {
    id: 'feishu',
    async claims(mark) {
      const fits = (one: ReturnType<typeof feishu.topics>[number]) =>
        textOf(one).includes(mark) && keysOf(one).some(({ label }) => label === '接入')
      root = (await until('a card in Feishu', () => feishu.topics().find(fits))).id
      await anna.press('接入', root)
    },
    says: async (text) => void anna.text(root, text),
    settled: () => feishu.settled(),
    typed: same,
    showable: same,
    shown() {
      const whole: { named?: string; words: string }[] = []
      for (const { kind, content } of ours()) {
        if (kind !== 'post') continue
        const [head = [], ...lines] = (JSON.parse(content) as Post).zh_cn.content
        const named = head[0]?.style?.includes('bold') ? head[0].text : undefined
        const words = [named === undefined ? head : head.slice(1), ...lines].map((line) => line.map(({ text }) => text).join('')).join('\n')
        const last = whole.at(-1)
        if (named !== undefined) whole.push({ named, words: words.slice(': '.length) })
        else if (last) last.words += words
      }
      return whole.flatMap(({ named, words }) => (named?.startsWith('客户') ? [words] : []))
    },
    told: () => feishu.privately('ou_anna').map(textOf),
    alive: () => [...ours(), ...feishu.privately('ou_anna')].flatMap(aliveIn),
    faults: () => [
      ...feishu.pushed
        .slice(pushes)
        .filter((status) => status !== 200)
        .map((status) => `a push: ${status}`),
      ...feishu.calls
        .slice(calls)
        .filter(({ ok }) => !ok)
        .map((call) => JSON.stringify(call).slice(0, 500)),
    ],
  }
}

// ── XMPP ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

const LOBBY = 'frontdesk@conference.localhost'

export async function inXmpp({ anna }: Tools): Promise<ToolAgent[]> {
  if (!anna) return []
  await until('the invitation into the lobby', () => anna.heard.some((one) => find(one, 'x', NS.conference)?.attrs.jid === LOBBY))
  if (anna.texts(LOBBY).length === 0) await anna.join(LOBBY)
  let room = ''
  let last = ''
  let count = 0
  const bodies = (from: string) =>
    anna.heard
      .filter(({ name, attrs }) => name === 'message' && attrs.from === from && attrs.type !== 'error')
      .filter((one) => find(one, 'body'))
  const say = async (text: string) => {
    last = `hostile-${++count}`
    await anna.send(el('message', { to: room, type: 'groupchat', id: last }, el('body', {}, text)))
  }
  const isBack = () => anna.heard.some(({ attrs }) => attrs.id === last && attrs.from === `${room}/anna`)
  const agent: ToolAgent = {
    id: 'xmpp',
    async claims(mark) {
      const line = () => anna.texts(LOBBY).find((text) => text.includes(mark) && text.includes('?join'))
      room = await until('the conversation in the lobby', () => /xmpp:(\S+)\?join/.exec(line() ?? '')?.[1], {
        state: () => anna.texts(LOBBY),
      })
      await anna.join(room)
      await say('!claim')
    },
    says: say,
    settled: async () => void (await until('the room has shown it', isBack, { ms: 300_000 })),
    typed: legal,
    showable: legal,
    shown(said) {
      const whole: string[] = []
      for (const one of bodies(`${room}/Frontdesk`)) {
        const text = textIn(find(one, 'body'))
        if (one.attrs.type !== 'groupchat' || find(one, 'replace', NS.correct)) continue
        if (one.attrs.id?.endsWith('.0')) whole.push(text)
        else if (/\.\d+$/.test(one.attrs.id ?? '')) whole.push(`${whole.pop() ?? ''}${text}`)
      }
      const customers = whole.filter((text) => text.startsWith('客户'))
      return customers.map((text, n) => (text.endsWith(`: ${said[n]}`) ? (said[n] ?? '') : text))
    },
    told: () => bodies(`${room}/Frontdesk`).flatMap((one) => (one.attrs.type === 'chat' ? [textIn(find(one, 'body'))] : [])),
    // Clients read markup in any body that does not say that it has none.
    alive: () =>
      bodies(`${room}/Frontdesk`)
        .filter((one) => one.attrs.type === 'groupchat' && !find(one, 'unstyled', NS.styling))
        .map((one) => textIn(find(one, 'body'))),
    faults: () => anna.heard.filter(({ attrs }) => attrs.type === 'error').map((one) => JSON.stringify(one)),
  }
  return [agent]
}

// ── Mail ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** What a program sends on: no blanks around it, and one kind of line end. */
const unified = (text: string) => text.replaceAll(/\r\n?/g, '\n')

/** Of what stands in a mail, what an agent wrote now: neither lines with the mark of a quote, nor rules that stand above one. */
function ownWords(text: string): string {
  const lines = unified(text)
    .trim()
    .split('\n')
    .filter((line) => !/^ {0,3}>/.test(line))
  while (/^[\s*=_-]*$/.test(lines.at(-1) ?? 'x')) lines.pop()
  return lines
    .join('\n')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim()
}

/** The words of the page, by whom: as a browser shows them, with the blanks and lines that were meant to be kept. */
function speeches(page: string): [who: string, words: string][] {
  const letters = { '&lt;': '<', '&gt;': '>', '&quot;': '"', '&amp;': '&' } as Record<string, string>
  const shown = (html = '') =>
    html
      .replaceAll('<br>', '\n')
      .replaceAll('&nbsp;&nbsp;&nbsp;&nbsp;', '\t')
      .replaceAll('&nbsp;', ' ')
      .replaceAll(/&(?:lt|gt|quot|amp);/g, (one) => letters[one] ?? '')
  const found = page.matchAll(/<div style="font-size:12px[^>]*>([^<]*)<\/div>\s*<div style="font-size:15px[^>]*>((?:[^<]|<br>)*)<\/div>/g)
  return [...found].map(([, who, words]) => [shown(who), shown(words)])
}

const FIELDS =
  /^(?:From|To|Reply-To|Subject|Date|Message-ID|In-Reply-To|References|Auto-Submitted|X-Auto-Response-Suppress|X-Loop|MIME-Version|Content-Type|Content-Transfer-Encoding):|^[ \t]/
const TAGS =
  /^<(?:!doctype html|\/?(?:html|head|meta|body|p|table|tr|td|div|a|br)(?: (?:lang|charset|name|content|role|width|cellpadding|cellspacing|style|href)="[^"<>]*")*)>$/

export function inMail({ mail }: Tools): ToolAgent[] {
  if (!mail) return []
  const { box, relay } = mail
  let thread = ''
  let written = 0
  const inbox = () => gotBy(relay.taken, ANNAS).filter((one) => one.thread === thread)
  const lines = ({ said }: Got) => said.split(/\n\n(?=(?:客户|客服|机器人|系统)[^\n]{0,99}: )/)
  const answer = (text: string) => {
    const styles = Object.keys(QUOTES) as (keyof typeof QUOTES)[]
    box.deliver(answering(inbox()[0] as Got, text, { quote: styles[written++ % styles.length] }))
  }
  const agent: ToolAgent = {
    id: 'inbox',
    async claims(mark) {
      const card = await until('a card in her mailbox', () => gotBy(relay.taken, ANNAS).find(({ text }) => text.includes(mark)))
      thread = card.thread
      box.deliver(pressing(card, 'claim'))
    },
    says: async (text) => answer(text),
    async settled() {
      answer('!help snooze')
      await until('the last mail is answered', () => agent.told().some((text) => text.includes('/snooze <when>')), { ms: 300_000 })
    },
    typed: ownWords,
    showable: unified,
    shown(said) {
      const customers = inbox()
        .flatMap(lines)
        .filter((text) => text.startsWith('客户'))
      return customers.map((text, n) => (text.endsWith(`: ${said[n]}`) ? (said[n] ?? '') : text))
    },
    told: () => inbox().map(({ said }) => said),
    // Nothing of anybody's words is a field of the mail, or drawn in its page.
    alive: () =>
      inbox().flatMap(({ raw, html }) => [
        ...(raw.split('\r\n\r\n')[0]?.split('\r\n') ?? []).filter((line) => !FIELDS.test(line)),
        ...(html.match(/<[^>]*>/g) ?? []).filter((tag) => !TAGS.test(tag)),
        ...(html.match(/href="(?!mailto:desk%2B)[^"]*/g) ?? []),
      ]),
    // The page says what the plain words say.
    faults: () =>
      inbox().flatMap((one) => {
        const plain = lines(one).filter((text) => text.startsWith('客户'))
        const page = speeches(one.html).map(([who, words]) => `${who}: ${unified(words)}`)
        return plain.filter((text) => !page.includes(text))
      }),
  }
  return [agent]
}

// ── A conversation ───────────────────────────────────────────────────────────────────────────────────────────────────

/** Is it said to the customer? The rest is for the house, and answered to whoever wrote it. */
const isWords = (text: string) => !/^[\s\p{Cf}]*(?:[/!／！]|note\s*:)/iu.test(text)

/** The customer is in the company's app, under another of these names with each word. */
export async function converse(hall: Hall, agent: ToolAgent, user: number, strings: readonly string[]): Promise<void> {
  const [id, mark] = [`tool-${user}`, `tool${user}x`]
  const say = (n: number, text: string, name = mark) =>
    fromApp(hall, { type: 'message', user: { id, name }, message: { id: `m-${n}`, text } })
  const toApp = () => hall.app.accepted('message').flatMap(({ user: to, event }) => (to === id ? [event as unknown as AppEvent] : []))
  const wordsIn = ({ parts }: AppEvent) => parts.map(({ text = '' }) => text).join('')
  for (const [n, text] of [mark, '转人工'].entries()) await say(n, text)
  await hall.admin.pass(mark, agent.id)
  await agent.claims(mark)
  await until('she has it', () => toApp().some((event) => wordsIn(event).includes('安娜 为您服务')))
  const said: string[] = []
  const customer = async () => {
    for (const [n, text] of strings.entries()) {
      const name = strings.at(n - 1) ?? ''
      // A blank name changes none, and words under one name may be shown as one.
      const { status } = await say(100 + n, text, name.trim() === '' ? mark : name)
      if (status === 200 && text.trim() !== '') said.push(agent.showable(kept(text)))
    }
  }
  const anna = async () => {
    for (const text of strings) if (text.trim() !== '') await agent.says(text)
    await agent.settled()
  }
  await Promise.all([customer(), anna()])
  await hall.house.quiet(300_000)
  const typed = strings
    .filter((text) => text.trim() !== '')
    .map(agent.typed)
    .filter((text) => text !== '')
  const heard = toApp().flatMap((event) => (event.sender ? [wordsIn(event)] : []))
  expect(heard, `from ${agent.id}`).toEqual(typed.filter(isWords).map(kept))
  expect(agent.shown(said), `in ${agent.id}`).toEqual(said)
  // An answer names a command by its slash, whichever sign it was given by.
  for (const text of typed.filter((text) => !isWords(text)))
    expect(agent.told(), `the answer to ${text}`).toContainEqual(expect.stringContaining(text.trim().split(/\s/)[0]?.slice(1) ?? ''))
  expect([agent.alive(), agent.faults()], agent.id).toEqual([[], []])
}

interface AppEvent {
  sender?: object
  parts: { text?: string }[]
}
