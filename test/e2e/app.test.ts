// A company's own server at a channel of `type: app`: the examples of the page as they stand there, and the whole way both ways.
import { execFile, spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { sql } from 'drizzle-orm'
import { describe, expect, type TestContext, test } from 'vitest'
import { type FakeApp, startFakeApp } from '../fakes/app.ts'
import { GROUP, openHouse, type Premises, premises, startTelegram, type TestHouse } from '../support/house.ts'
import { listen } from '../support/listen.ts'
import { standWith } from '../support/people.ts'
import { until } from '../support/until.ts'

const SECRET = `whsec_${Buffer.alloc(32, 3).toString('base64')}`
const ANSWER = '付款后 24 小时内发货。'

/** A house with one channel, and its end. */
async function houseWith({ onTestFinished }: TestContext, callbackUrl: string): Promise<{ house: TestHouse; place: Premises }> {
  const yaml = `brand: { name: 示例商城 }
channels:
  - { id: app, type: app, callbackUrl: "${callbackUrl}", secret: "\${APP_SECRET}" }
`
  const place = await premises(yaml, { APP_SECRET: SECRET })
  const house = await openHouse(place)
  onTestFinished(async () => {
    await house.stop()
    place.remove()
  })
  return { house, place }
}

async function stand(context: TestContext): Promise<{ fake: FakeApp; house: TestHouse; place: Premises }> {
  const fake = await startFakeApp({ secrets: [SECRET] })
  context.onTestFinished(() => fake.close())
  const { house, place } = await houseWith(context, `${fake.url}/callback`)
  fake.hook = `${house.url}/hooks/app`
  return { fake, house, place }
}

const words = (fake: FakeApp) => fake.accepted('message').map(({ event }) => String(event.text))

describe('a customer in an app', () => {
  test('asks and is answered once, also when each event comes three times at once', async (context) => {
    const { fake, house } = await stand(context)
    const body = JSON.stringify({ type: 'message', user: { id: 'u_42', name: '王小明' }, message: { id: 'm_1', text: '多久发货' } })
    const answers = await Promise.all([1, 2, 3].map(() => fake.post(fake.signed(body, 'evt_same'))))
    expect(answers.map((one) => one.status)).toEqual([200, 200, 200])
    await until('the answer', () => words(fake).some((text) => text.includes(ANSWER)), { state: () => words(fake) })
    await house.quiet()
    expect(words(fake)).toEqual([`王小明，${ANSWER}`])
    expect(fake.calls.filter((call) => call.type === 'message').map((call) => call.before)).toEqual([0])
  })

  test('hears an answer whose first sending broke off once: it comes again under the same id', async (context) => {
    const { fake, house } = await stand(context)
    fake.fail({ kind: 'accept-then-reset' }, { type: 'message' })
    fake.fail({ status: 503 }, { type: 'message' })
    await fake.user({ id: 'u_42', name: '王小明' }).text('多久发货')
    await until('a second attempt', () => fake.calls.filter((call) => call.ok && call.type === 'message').length === 2)
    await house.quiet()
    expect(words(fake)).toEqual([`王小明，${ANSWER}`])
    const ids = fake.calls.filter((call) => call.type === 'message').map((call) => call.id)
    expect([ids.length, new Set(ids).size]).toEqual([3, 1])
  })

  test('sends a batch with a picture, a place, an odd profile and an unknown thing: all is kept, the picture copied', async (context) => {
    const { fake, house, place } = await stand(context)
    const bytes = new Uint8Array([137, 80, 78, 71, 13, 10, 26, 10, 0])
    let fetched = 0
    const cdn = await listen((_request, response) => {
      fetched++
      response.writeHead(200, { 'content-type': 'image/png' }).end(bytes)
    })
    context.onTestFinished(() => cdn.close())
    const url = `${cdn.url}/%E5%9B%BE.png`
    const user = { id: 'u_42\ud800', name: '王\u0000', email: 'none', phone: '12' }
    await fake.deliver([
      {
        id: 'b1',
        type: 'message',
        user,
        message: {
          id: 'm_1',
          text: 'a\u0000b',
          parts: [
            { type: 'image', url },
            { type: 'location', lat: 1, lng: 2 },
          ],
        },
      },
      { id: 'b2', type: 'hologram', user, size: 3 },
      { id: 'b3', type: 'delivery', user, target: 'nobody', state: 'read' },
    ])
    await house.quiet()
    await until('the picture is fetched', () => fetched > 0)
    await house.stop()
    const rows = await place.look<{ parts: { type: string; what?: string }[] }>(
      sql`select parts from messages where author = 'customer' order by seq`,
    )
    expect(rows.map(({ parts }) => parts.map((part) => part.what ?? part.type))).toEqual([['text', 'media', 'location'], ['hologram']])
    const files = await place.look(sql`select name, mime, state, bytes from attachments`)
    expect(files).toMatchObject([{ name: '图.png', mime: 'image/png', state: 'stored', bytes: bytes.length }])
  })

  test('is told by 4xx, never by 5xx, what is wrong with a call', async (context) => {
    const { fake } = await stand(context)
    const say = async (body: string) => {
      const response = await fake.post(fake.signed(body))
      return [response.status, ((await response.json()) as { error: { message: string } }).error.message]
    }
    expect(await say('{')).toEqual([400, expect.stringContaining('not JSON')])
    expect(await say('{"type":"message","user":{"id":"u"}}')).toEqual([400, expect.stringMatching(/^message: /)])
    const { headers, body } = fake.signed('{"type":"ping"}')
    expect((await fake.post({ headers, body })).status).toBe(200)
    expect((await fake.post({ headers, body: `${body} ` })).status).toBe(401)
  })
})

describe('an agent in a Telegram group', () => {
  test('answers a customer in an app: words with the name beside them, and a picture by a link that opens', async (context) => {
    const telegram = await startTelegram()
    const fake = await startFakeApp({ secrets: [SECRET] })
    const port = await freePort()
    const url = `http://127.0.0.1:${port}`
    const place = await premises(
      `publicUrl: ${url}
channels:
  - { id: app, type: app, callbackUrl: "${fake.url}/callback", secret: "\${APP_SECRET}" }
desks:
  - { id: group, type: telegram, token: "\${TG_DESK_TOKEN}", chat: ${GROUP}, apiRoot: "${telegram.url}" }
skills: [aftersales]
agents:
  - { id: anna, name: 安娜, skills: [aftersales], identities: { group: "501" } }
`,
      { APP_SECRET: SECRET, PORT: String(port) },
    )
    const house = await openHouse(place)
    context.onTestFinished(async () => {
      await house.stop()
      await Promise.all([fake.close(), telegram.close()])
      place.remove()
    })
    fake.hook = `${house.url}/hooks/app`
    const { anna, topic, shows } = standWith(telegram)
    await fake.user({ id: 'u_42', name: '王小明' }).text('转人工')
    const thread = await topic('王小明')
    await shows(thread, '排队中')
    anna.press('接入')
    await until('who took over is told', () => words(fake).some((text) => text.includes('安娜 为您服务')), {
      state: () => [words(fake), telegram.calls.slice(-4)],
    })
    anna.text(thread.id, '**是** 这张吗？')
    const bytes = new Uint8Array([0xff, 0xd8, 0xff, 0, 1, 2, 3])
    anna.photo(thread.id, { bytes, name: 'a.jpg', mime: 'image/jpeg' }, '看看')
    const { event } = await fake.waitFor((call) => call.type === 'message' && JSON.stringify(call.event.parts).includes('"image"'), 15_000)
    const said = fake.accepted('message').find((call) => call.event.text === '**是** 这张吗？')
    expect(said?.event.sender).toEqual({ name: '安娜' })
    const [picture] = event.parts as { type: string; url: string; caption: string }[]
    expect(picture).toMatchObject({ type: 'image', caption: '看看', url: expect.stringContaining(`${url}/chat/v1/files/att_`) })
    const file = await fetch(picture?.url ?? '')
    expect([file.status, new Uint8Array(await file.arrayBuffer())]).toEqual([200, bytes])
  })
})

describe('the examples of the page', () => {
  const root = fileURLToPath(new URL('../..', import.meta.url))
  const block = (page: string, kind: string) =>
    new RegExp(`\`\`\`${kind}\\n([\\s\\S]*?)\`\`\``).exec(readFileSync(join(root, page), 'utf8'))?.[1] ?? ''
  const cases = [
    ['docs/channels/app.md', 'how long does shipping take', 'Wang Xiaoming, orders ship within 24 hours.'],
    ['docs/channels/app.zh.md', '多久发货', `王小明，${ANSWER}`],
  ] as const

  test.for(cases)('the server of %s talks with the house as it stands there', async ([page, question, answer], context) => {
    const port = await freePort()
    const { house, place } = await houseWith(context, `http://127.0.0.1:${port}/`)
    const file = join(place.variables.FRONTDESK_CONFIG ?? '', 'server.mjs')
    writeFileSync(file, block(page, 'js'))
    const env = { PATH: process.env.PATH, APP_SECRET: SECRET, FRONTDESK_HOOK: `${house.url}/hooks/app`, PORT: String(port) }
    const child = spawn(process.execPath, [file], { env })
    const gone = new Promise((resolve) => child.once('exit', resolve))
    context.onTestFinished(async () => {
      child.kill()
      await gone
    })
    let said = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += chunk))
    await until('the server is ready', () => said.includes('ready'), { state: () => said })
    child.stdin.write(`${question}\n`)
    await until('the answer is printed', () => said.includes('\nto u_42: '), { state: () => said })
    await house.quiet()
    expect(said).toBe(`ready\nto u_42: ${answer}\n`)
  })

  test.for(cases)('the call by hand of %s is taken', async ([page, , answer], context) => {
    const { fake, house } = await stand(context)
    const env = { PATH: process.env.PATH, APP_SECRET: SECRET, FRONTDESK_HOOK: fake.hook }
    const { stdout } = await promisify(execFile)('sh', ['-euc', block(page, 'sh')], { env })
    expect(JSON.parse(stdout)).toEqual({ accepted: 1 })
    await until('the answer', () => words(fake).length > 0)
    await house.quiet()
    expect(words(fake)).toEqual([answer])
  })
})

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
