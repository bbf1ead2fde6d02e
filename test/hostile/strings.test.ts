// Every hostile string in every text field: never a 5xx, never a process that ends, and the text comes back to the letter or is
// refused with a reason.
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connectors } from '#connectors/index.ts'
import { desks } from '#handoff/index.ts'
import type { ChatMessage, MessagePage } from '#http/chat/protocol.ts'
import type { ActionReply } from '#http/console/protocol.ts'
import { full } from '../chaos/seed.ts'
import { hasDovecot } from '../support/dovecot.ts'
import { GROUP } from '../support/house.ts'
import { hasProsody } from '../support/prosody.ts'
import { until } from '../support/until.ts'
import { converse, inFeishu, inMail, inSlack, inXmpp } from './agents.ts'
import { hasCorpora, kept, LACKS, naughtyStrings, OWN_STRINGS } from './corpora.ts'
import { type Field, fromApp, fromMail, fromTelegram, hookFields, inWechat, person, type Turn, telegramMessage } from './fields.ts'
import { type Hall, hostileYaml, inParallel, MAILBOX, openHall, TG_HEADERS, UNHARMED, unharmed, visitor } from './hall.ts'
import { quietFields } from './quiet.ts'
import { ofXml } from './wechat.ts'

let hall: Hall
beforeAll(async () => {
  hall = await openHall({ xmpp: hasProsody, mail: hasDovecot || process.env.FRONTDESK_TEST_ALL === '1' })
})
afterAll(() => hall.close())

const all = full ? 'the list of naughty strings' : 'every 48th of the naughty strings (FRONTDESK_CHAOS=full for all of them)'
const corpus = hasCorpora ? all : `the list of naughty strings (skipped: ${LACKS})`
const lists: [name: string, has: boolean, strings: () => string[]][] = [
  ['our own list', true, () => OWN_STRINGS],
  [corpus, hasCorpora, () => naughtyStrings().filter((_text, n) => full || n % 48 === 0)],
]

/** So many things one customer says: few enough for one page of their history. */
const CHUNK = 40
let users = 0

test('the house of these tests has a channel of every connector, and a desk of every tool', () => {
  const tools = { slack: '', feishu: '', xmpp: '', mail: { imap: 1, smtp: 2 } }
  const yaml = hostileYaml({ telegram: '', app: '', mail: '', kf: '', wechat: { wx: '', lone: '', mini: '' }, tools })
  const [ids, types] = [/\{ id: ([\w-]+), type/g, /, type: ([\w-]+)/g].map((form) => [...yaml.matchAll(form)].map(([, word]) => word))
  expect(types).toEqual(expect.arrayContaining([...Object.keys(connectors), ...Object.keys(desks)]))
  const spokenTo = new Set(hookFields.map(({ name }) => name.split(' ')[0]))
  // These have no hook, or tests of their own.
  expect(ids?.filter((id) => !['web', 'console', 'kf', 'lone', 'xmpp', 'inbox'].includes(id ?? '') && !spokenTo.has(id))).toEqual([])
})

for (const [name, has, strings] of lists) {
  test.skipIf(!has)(`${name} in every field of every hook`, { timeout: 400_000 }, async () => {
    const all = strings()
    const jobs = hookFields.flatMap((field) =>
      chunks(all.filter((_text, n) => field.takes?.(n) ?? true)).map((chunk) => ({ field, chunk, user: ++users })),
    )
    const read: (() => Promise<void>)[] = []
    // The more at once, the more goes with one commit.
    await inParallel(jobs, 40, async ({ field, chunk, user }) => read.push(await sayAll(field, chunk, user)))
    await hall.house.quiet(60_000)
    await inParallel(read, 4, (one) => one())
    expect(await unharmed(hall)).toEqual(UNHARMED)
  })

  test.skipIf(!has)(`${name} in the words of customers whom WeCom tells of`, { timeout: 200_000 }, async () => {
    for (const all of chunks(strings().filter((text) => text.trim() !== ''))) {
      const mark = `kf${++users}x`
      const person = hall.kf.customer(`wm${users}`)
      for (const text of [mark, ...all]) person.text(text)
      expect(await hall.kf.ring()).toBe(200)
      const { id } = await hall.admin.find(mark)
      const said = async () => (await hall.admin.read(id)).messages.filter(({ author }) => author === 'customer').map(wordsOf)
      await until('all of it is on record', async () => (await said()).length > all.length || undefined, { ms: 60_000 })
      expect(await said()).toEqual([mark, ...all.map(kept)])
    }
    expect(await unharmed(hall)).toEqual(UNHARMED)
  })

  test.skipIf(!has)(`${name} in the words of WeChat's customers and in the answers to their calls`, { timeout: 200_000 }, async () => {
    await Promise.all(chunks(strings().filter((text) => text.trim() !== '')).map(answersInCalls))
    expect(await unharmed(hall)).toEqual(UNHARMED)
  })

  test.skipIf(!has)(`${name} in a visitor's words`, { timeout: 200_000 }, async () => {
    await inParallel(chunks(strings()), 8, async (chunk) => {
      const headers = await visitor(hall)
      const wanted: string[] = []
      for (const text of chunk) {
        const answer = await hall.call('/chat/v1/web/messages', { headers, body: JSON.stringify({ clientId: randomUUID(), text }) })
        if (answer.status === 200) wanted.push(kept(text))
        else expect([answer.status, text.length === 0 || text.length > 8_000]).toEqual([400, true])
      }
      await until('all is in the history', async () => (await customerSaid(headers)).length === wanted.length)
      expect(await customerSaid(headers)).toEqual(wanted)
    })
    expect(await unharmed(hall)).toEqual(UNHARMED)
  })

  test.skipIf(!has)(`${name} in the words of agents, to every channel and from the group`, { timeout: 400_000 }, async () => {
    await agentsSay(strings())
    expect(await unharmed(hall)).toEqual(UNHARMED)
  })

  test.skipIf(!has)(`${name} in the words of agents and customers in every other tool`, { timeout: 900_000 }, async () => {
    const agents = [inSlack(hall.tools), inFeishu(hall.tools), ...(await inXmpp(hall.tools)), ...inMail(hall.tools)]
    await Promise.all(agents.map((agent) => converse(hall, agent, ++users, strings())))
    expect(await unharmed(hall)).toEqual(UNHARMED)
  })

  test.skipIf(!has)(`${name} in every other field of the chat and the console`, { timeout: 900_000 }, async () => {
    const headers = await visitor(hall)
    const mark = `quiet${++users}x`
    for (const text of [mark, '转人工'])
      await hall.call('/chat/v1/web/messages', { headers, body: JSON.stringify({ clientId: randomUUID(), text }) })
    const { id } = await hall.admin.find(mark)
    await inParallel(strings(), 8, async (text) => {
      const me = await visitor(hall)
      for (const call of quietFields(hall, text, me, id)) await call()
    })
    expect(await unharmed(hall)).toEqual(UNHARMED)
  })
}

function chunks<T>(all: T[]): T[][] {
  return Array.from({ length: Math.ceil(all.length / CHUNK) }, (_, n) => all.slice(n * CHUNK, (n + 1) * CHUNK))
}

async function customerSaid(headers: Record<string, string>): Promise<string[]> {
  const { messages } = (await hall.call('/chat/v1/web/messages', { method: 'GET', headers })).json<MessagePage>()
  return messages.filter(({ author }) => author === 'customer').map(wordsOf)
}

function wordsOf({ parts }: Pick<ChatMessage, 'parts'>): string {
  return parts.map((part) => ('text' in part ? part.text : '')).join('')
}

// ── Hooks ────────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Says a word by which the conversation is found, then everything; gives what looks at the history. */
async function sayAll(field: Field, strings: string[], user: number): Promise<() => Promise<void>> {
  const mark = `mark${user}x`
  const first = [mark, ...(field.shownIn ? ['转人工'] : [])]
  if (field.seen) for (const [n, text] of first.entries()) await introduce(field, { user, n: -n }, text)
  if (field.shownIn) await hall.admin.pass(mark, field.shownIn)
  const wanted: (string | undefined)[] = []
  for (const [n, text] of strings.entries()) {
    const { status } = await field.say(hall, { user, n: n + 1 }, text)
    if (status === 200) wanted.push(field.expected ? field.expected(text) : kept(text))
  }
  return async () => {
    if (!field.seen) return
    const detail = await hall.admin.find(mark)
    const said = detail.messages.filter((message) => message.author === 'customer').slice(first.length)
    const seen = said.map((message) => field.seen?.(message, detail) ?? '')
    // Where a text says nothing, such as a name of blanks, whatever was there before is as good.
    expect(
      seen.map((one, n) => (n < wanted.length && wanted[n] === undefined ? undefined : one)),
      field.name,
    ).toEqual(wanted)
  }
}

async function introduce(field: Field, turn: Turn, mark: string): Promise<void> {
  if (field.name.startsWith('tg')) await fromTelegram(hall, { message: telegramMessage(turn, { text: mark }) })
  else if (field.name.startsWith('app'))
    await fromApp(hall, { type: 'message', user: { id: `app-${turn.user}` }, message: { id: `m-${turn.n}`, text: mark } })
  else if (field.name.startsWith('wx')) await inWechat(hall, 'wx', turn).text(mark)
  else if (field.name.startsWith('mini')) await inWechat(hall, 'mini', turn).text(mark)
  else await hookFields.find(({ name }) => name === 'mail text')?.say(hall, turn, mark)
}

// ── WeChat, where only calls are answered ────────────────────────────────────────────────────────────────────────────────

/** An agent says each, and the customer says it back: that call carries what the agent said, or as much as it holds. */
async function answersInCalls(strings: string[]): Promise<void> {
  const user = ++users
  const mark = `lone${user}x`
  const person = inWechat(hall, 'lone', { user })
  for (const text of [mark, '转人工']) await person.text(text)
  const id = await hall.admin.claim(mark)
  const heard = () => hall.wechat.lone.sent.filter(({ openid }) => openid === `o${user}`).map(({ content }) => String(content.content))
  const wanted: string[] = []
  const said: string[] = []
  for (const text of strings) {
    const { reply } = (await consoleSays(id, [asWords(text)]))[0] ?? {}
    if (!reply) continue // Too long.
    expect(reply.ok).toBe(true)
    wanted.push(ofXml(`Chief: ${asWords(kept(text))}`))
    for (let all = -1; all !== heard().length && whole(heard(), 'Chief: ').at(-1) !== wanted.at(-1); ) {
      all = heard().length
      said.push(kept(text))
      expect((await person.text(text)).status).toBe(200)
    }
  }
  expect(whole(heard(), 'Chief: ')).toEqual(wanted)
  const { messages } = await hall.admin.read(id)
  expect(messages.filter(({ author }) => author === 'customer').map(wordsOf)).toEqual([mark, '转人工', ...said])
}

// ── Agents ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

async function agentsSay(strings: string[]): Promise<void> {
  const user = ++users
  const mark = `agent${user}x`
  const headers = await visitor(hall)
  const web = (text: string) => hall.call('/chat/v1/web/messages', { headers, body: JSON.stringify({ clientId: randomUUID(), text }) })
  const app = (id: string, text: string) => fromApp(hall, { type: 'message', user: { id: `agent-${user}` }, message: { id, text } })
  const mail = (n: number, text: string) =>
    fromMail(
      hall,
      [`From: agent${user}@b.example`, `To: ${MAILBOX}`, `Message-ID: <agent${user}.${n}@x>`, `References: <agent${user}@x>`, 'Subject: x'],
      text,
    )
  const telegram = (n: number, text: string) => fromTelegram(hall, { message: telegramMessage({ user, n }, { text }) })
  hall.telegram.world.privateChat(hall.telegram.world.bot('7000000001:customers'), 10_000 + user).state = 'open'
  const ways: Record<string, (text: string) => Promise<unknown>> = {
    web,
    app: (text) => app(`m${text.length}`, text),
    mail: (text) => mail(text.length, text),
    wx: inWechat(hall, 'wx', { user }).text,
    mini: inWechat(hall, 'mini', { user }).text,
    tg: (text) => telegram(text.length, text),
  }
  for (const [way, say] of Object.entries(ways)) {
    await say(`${mark} ${way}`)
    await say('转人工')
  }
  const ids: string[] = []
  for (const way of Object.keys(ways).filter((way) => way !== 'tg')) ids.push(await hall.admin.claim(`${mark} ${way}`))
  await hall.admin.pass(`${mark} tg`, 'group')
  const topic = await takenByAnna(user)
  const said = await Promise.all(ids.map((id) => consoleSays(id, strings)))
  const [byAnna] = await Promise.all([annaSays(topic, strings), customerTells(user, strings)])
  await hall.house.quiet(60_000)
  for (const [n, id] of ids.entries()) await inConsole(id, said[n] as Outcome[])
  await arrived({ user, topic, headers, said, byAnna, strings })
}

interface Outcome {
  text: string
  clientId: string
  reply: ActionReply
}

async function consoleSays(id: string, strings: string[]): Promise<Outcome[]> {
  const done: Outcome[] = []
  for (const text of strings) {
    const clientId = randomUUID()
    const answer = await hall.admin.act(id, { type: 'reply', clientId, text })
    if (answer.status !== 200) {
      expect([answer.status, text.trim() === '' || text.length > 8_000]).toEqual([400, true])
      continue
    }
    done.push({ text, clientId, reply: answer.json<ActionReply>() })
  }
  return done
}

/** What was taken is in the agent's screen to the letter; what was not taken was refused in words. */
async function inConsole(id: string, said: Outcome[]): Promise<void> {
  const { messages } = await hall.admin.read(id)
  for (const { text, clientId, reply } of said) {
    if (!reply.ok) {
      expect([reply.code, reply.message.length > 3]).toEqual([expect.stringMatching(/^(unknown_command|usage)$/), true])
      continue
    }
    const message = messages.find((one) => one.clientId === clientId)
    if (!message) continue // Further back than a screen shows.
    const note = message.author === 'note'
    expect(wordsOf(message)).toBe(note ? kept(text.replace(/^\s*[/／]{2}|^\s*note\s*:/i, '').trim()) : kept(text))
  }
}

async function takenByAnna(user: number): Promise<number> {
  const { telegram } = hall
  const topic = await until('a topic', () => telegram.topics(GROUP).find((one) => one.name.includes(`客户${user}`)))
  await until('its card', () => telegram.inTopic(GROUP, topic.id).some((one) => one.reply_markup))
  const message = telegram.inTopic(GROUP, topic.id).find((one) => one.reply_markup)
  const claim = message?.reply_markup?.inline_keyboard?.flat().find((one) => one.text === '接入')
  const callback_query = {
    id: telegram.world.newCallback(telegram.world.bot('7000000002:agents')),
    from: { id: 501, first_name: '安娜' },
    message,
    data: claim?.callback_data,
  }
  await hall.call('/hooks/group', { headers: TG_HEADERS, body: JSON.stringify({ update_id: Date.now(), callback_query }) })
  await until('she has it', () => heard(10_000 + user).some((text) => text.includes('安娜 为您服务')), {
    state: () => heard(10_000 + user),
  })
  return topic.id
}

/** Never a command: what stands before it sees to that. */
const asWords = (text: string) => `» ${text}`

async function annaSays(topic: number, strings: string[]): Promise<string[]> {
  const wanted: string[] = []
  for (const [n, text] of strings.entries()) {
    const chat = { id: GROUP, type: 'supergroup' }
    const message = {
      message_id: 1_000_000 + n,
      date: Math.floor(Date.now() / 1000),
      chat,
      message_thread_id: topic,
      is_topic_message: true,
    }
    const update = { update_id: Date.now() + n, message: { ...message, from: { id: 501, first_name: '安娜' }, text: asWords(text) } }
    const { status } = await hall.call('/hooks/group', { headers: TG_HEADERS, body: JSON.stringify(update) })
    expect(status).toBe(200)
    wanted.push(`安娜: ${kept(asWords(text))}`)
  }
  return wanted
}

async function customerTells(user: number, strings: string[]): Promise<void> {
  for (const [n, text] of strings.entries())
    await fromTelegram(hall, { message: telegramMessage({ user, n: 100 + n }, { text }, person({ user, n })) })
}

function heard(chat: number, thread?: number): string[] {
  return hall.telegram
    .accepted('sendMessage')
    .filter(
      ({ params }) => String(params.chat_id) === String(chat) && (thread === undefined || Number(params.message_thread_id) === thread),
    )
    .map(({ params }) => String(params.text))
}

/** Pieces of one message, put together again. */
function whole(pieces: string[], head: string): string[] {
  const all: string[] = []
  for (const piece of pieces) {
    if (piece.startsWith(head)) all.push(piece)
    else if (all.length > 0) all.push(`${all.pop()}${piece}`)
  }
  return all
}

interface Arriving {
  user: number
  topic: number
  headers: Record<string, string>
  said: Outcome[][]
  byAnna: string[]
  strings: string[]
}

async function arrived({ user, topic, headers, said, byAnna, strings }: Arriving): Promise<void> {
  const sent = said.map((list) =>
    list.filter(({ reply, text }) => reply.ok && !/^\s*(?:[/／]{2}|note\s*:)/i.test(text)).map(({ text }) => kept(text)),
  )
  expect(whole(heard(10_000 + user), '安娜: '), 'to Telegram').toEqual(byAnna)
  const name = `客户 客户${user}: `
  const told = whole(heard(GROUP, topic), name).map((text) => text.slice(name.length))
  // What waited a little is shown as one.
  expect(told.join('\n'), 'to the group').toEqual(
    strings
      .filter((text) => kept(text).trim() !== '')
      .map(kept)
      .join('\n'),
  )
  const toApp = hall.app.accepted('message').filter(({ user: to, event }) => to === `agent-${user}` && event.sender)
  expect(
    toApp.map(({ event }) => (event.parts as { text: string }[]).map(({ text }) => text).join('')),
    'to the app',
  ).toEqual(sent[1])
  expect(
    hall.mail
      .to(`agent${user}@b.example`)
      .filter(({ from }) => from.includes('Chief'))
      .map(({ text }) => text),
    'by mail',
  ).toEqual(sent[2])
  for (const [n, id] of (['wx', 'mini'] as const).entries()) {
    const heard = hall.wechat[id].sent.filter(({ openid }) => openid === `o${user}`).map(({ content }) => String(content.content))
    expect(whole(heard, 'Chief: '), `to ${id}`).toEqual(sent[3 + n]?.map((text) => `Chief: ${text}`))
  }
  expect(await agentSaid(headers, sent[0]?.length ?? 0), 'on the web').toEqual(sent[0])
}

async function agentSaid(headers: Record<string, string>, count: number): Promise<string[]> {
  const all: ChatMessage[] = []
  for (let after = 0, more = true; more; ) {
    const page = (await hall.call(`/chat/v1/web/messages?after=${after}`, { method: 'GET', headers })).json<MessagePage>()
    all.push(...page.messages)
    after = page.cursor
    more = page.more && all.length < 10 * count + 100
  }
  return all.filter(({ author }) => author === 'agent').map(wordsOf)
}
