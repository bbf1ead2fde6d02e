// WeChat from end to end: accounts with and without customer-service messages, and a Mini Program, each beside a strict fake.
import { sql } from 'drizzle-orm'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Converter } from '#core/convert.ts'
import type { ActionReply, ConversationDetail, ConversationSummary } from '#http/console/protocol.ts'
import type { App } from '#src/app.ts'
import { fitPicture, IMAGES_MADE } from '#src/node/pictures.ts'
import type { Database } from '#store/database.ts'
import { type FakeWechat, pushRequest, startFakeWechat } from '../fakes/wechat.ts'
import { signIn, testApp } from '../support/app.ts'
import { testDatabase } from '../support/database.ts'
import { until } from '../support/until.ts'

const SECRET = 'e2e-app-secret-0123456789abcdef'
const AES = 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG'
const HOUR = 3_600_000
const ANSWER = '付款后 24 小时内发货。'

const BOT = `
version: 1
greetings:
  - when: { source: poster_7 }
    say: 海报上的优惠还有三天。
    buttons: [多久发货, 人工客服]
  - say: 您好！
    buttons: [多久发货, 人工客服]
faq:
  - { id: shipping, ask: [多久发货], answer: ${ANSWER} }
  - { id: invoice, ask: [怎么开发票], answer: 在订单页申请发票。 }
`

/** Pictures by the real library; of voices only what is begun with. */
const converter: Converter = {
  makes: { image: IMAGES_MADE, audio: ['audio/mpeg'] },
  image: fitPicture,
  async audio({ bytes, name }) {
    if (bytes.length < 10) throw new Error('no sound in it')
    return { bytes: new TextEncoder().encode(`MP3 of ${bytes.length} bytes`), name: name.replace('.amr', '.mp3'), mime: 'audio/mpeg' }
  },
}

let database: Database
let app: App
let [wx, lone, mini]: FakeWechat[] = []
let ahead = 0
const clock = { now: () => new Date(Date.now() + ahead), random: Math.random }

beforeAll(async () => {
  database = await testDatabase()
  const post = async (request: Request) => app.fetch(request)
  const keys = { encodingAesKey: AES, secret: SECRET, now: clock.now, post }
  wx = await startFakeWechat({ ...keys, appId: 'wx1', token: 'wxToken', hook: 'http://desk.example/hooks/wx' })
  lone = await startFakeWechat({
    ...keys,
    appId: 'wx2',
    token: 'loneToken',
    hook: 'http://desk.example/hooks/lone',
    customerService: false,
  })
  mini = await startFakeWechat({
    ...keys,
    appId: 'wx3',
    token: 'miniToken',
    hook: 'http://desk.example/hooks/mini',
    kind: 'mini',
    format: 'json',
  })
  app = await testApp(
    database,
    `
brand: { name: 示例商城 }
publicUrl: https://desk.example
channels:
  - { id: wx, type: wechat, appId: wx1, appSecret: ${SECRET}, token: wxToken, encodingAesKey: ${AES}, apiRoot: "${wx.url}" }
  - { id: lone, type: wechat, appId: wx2, appSecret: ${SECRET}, token: loneToken, encodingAesKey: ${AES}, apiRoot: "${lone.url}", replies: passive }
  - { id: mini, type: wechat-mini, appId: wx3, appSecret: ${SECRET}, token: miniToken, encodingAesKey: ${AES}, apiRoot: "${mini.url}", sessionSecret: "sixteen letters at least" }
skills: [aftersales]
routing: { mode: claim }
agents:
  - { id: anna, name: 安娜, skills: [aftersales], capacity: 50 }
`,
    { clock, converter },
    BOT,
  )
})
afterAll(async () => {
  await app.stop()
  await Promise.all([wx, lone, mini].map((fake) => fake?.close()))
  await database.close()
})

const fakes = () => ({ wx: wx as FakeWechat, lone: lone as FakeWechat, mini: mini as FakeWechat })
const heard = (fake: FakeWechat, openid: string) =>
  fake.sent.filter((one) => one.openid === openid).map(({ content }) => String(content.content ?? content.head_content ?? content.media_id))
const hears = (fake: FakeWechat, openid: string, words: string) =>
  until(`"${words}"`, () => heard(fake, openid).some((text) => text.includes(words)), { state: () => fake.sent })
const rows = async () => (await database.db.execute<{ n: number }>(sql`select count(*)::int as n from events`)).rows[0]?.n

// ── An agent at the console ──────────────────────────────────────────────────────────────────────────────────────────

let cookie = ''
const JSON_TYPE = { 'content-type': 'application/json', 'x-frontdesk': '1' }
const get = async <T>(path: string) => (await (await app.http.request(`/console/api${path}`, { headers: { cookie } })).json()) as T

async function conversationOf(openid: string): Promise<ConversationSummary> {
  if (!cookie) cookie = await signIn(app, database, 'anna', clock)
  const { rows: found } = await database.db.execute<{ id: string }>(
    sql`select id from conversations where user_key = ${openid} order by opened_at desc limit 1`,
  )
  return get<ConversationSummary>(`/conversations/${found[0]?.id}`)
}
const detailOf = async (openid: string) => get<ConversationDetail>(`/conversations/${(await conversationOf(openid)).id}`)

async function act(openid: string, action: object): Promise<ActionReply> {
  const { id } = await conversationOf(openid)
  const body = JSON.stringify({ clientId: crypto.randomUUID(), ...action })
  const response = await app.http.request(`/console/api/conversations/${id}/actions`, {
    method: 'POST',
    headers: { ...JSON_TYPE, cookie },
    body,
  })
  return (await response.json()) as ActionReply
}

/** Sends a file. */
async function gives(openid: string, name: string, type: string, content: Uint8Array): Promise<void> {
  const headers = { cookie, 'x-frontdesk': '1', 'content-type': type }
  const body = new Uint8Array(content)
  const response = await app.http.request(`/console/api/files?name=${encodeURIComponent(name)}`, { method: 'POST', headers, body })
  await act(openid, { type: 'reply', files: [((await response.json()) as { id: string }).id] })
}

async function claimed(fake: FakeWechat, openid: string): Promise<void> {
  await fake.customer(openid).text('转人工')
  await until('the queue', async () => (await conversationOf(openid)).status === 'queued')
  await act(openid, { type: 'claim' })
}

/** What became of the last words of an agent. */
async function fateOf(openid: string, text: string): Promise<ConversationDetail['messages'][number]['delivery']> {
  const { messages } = await detailOf(openid)
  return messages.findLast((message) => message.author === 'agent' && JSON.stringify(message.parts).includes(text))?.delivery
}
const settles = (openid: string, text: string, state: string) =>
  until(`"${text}" ${state}`, async () => (await fateOf(openid, text))?.state === state && (await fateOf(openid, text)), {
    state: () => app.channels.get('wx')?.id,
  })

/** What tells a picture. */
const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]

describe('an Official Account', () => {
  test('answers a question once, also when WeChat asks three times', async () => {
    const { wx } = fakes()
    const before = await rows()
    expect(await (await wx.customer('oOnce').text('多久发货')).text()).toBe('success')
    await Promise.all([wx.repeat(), wx.repeat()])
    await hears(wx, 'oOnce', ANSWER)
    expect(heard(wx, 'oOnce')).toEqual([ANSWER])
    expect(await rows()).toBe((before ?? 0) + 1)
  })

  test('stores nothing of what is forged, stale, plain, or said again to another address', async () => {
    const { wx, lone } = fakes()
    const before = await rows()
    const fields = { ToUserName: 'gh_fake', FromUserName: 'oForged', CreateTime: 1, MsgType: 'text', Content: 'x', MsgId: '1' }
    const now = clock.now().getTime()
    const all = [
      pushRequest(wx.hook, { ...wx.push, token: 'other' }, fields, now),
      pushRequest(wx.hook, { ...wx.push, mode: 'plain' }, fields, now),
      pushRequest(wx.hook, wx.push, fields, now - 301_000),
      pushRequest(wx.hook, lone.push, fields, now),
      pushRequest(wx.hook, { ...wx.push, appId: 'wx2' }, fields, now),
    ]
    for (const request of all) expect((await app.fetch(request)).status).toBeGreaterThanOrEqual(401)
    expect(await rows()).toBe(before)
  })

  test('proves the address to WeChat by its echo, and to nobody else', async () => {
    const { wx } = fakes()
    const signed = new URL(pushRequest(wx.hook, wx.push, '<xml><A>1</A></xml>', clock.now().getTime()).url)
    signed.searchParams.set('echostr', '5927782489442352469')
    const echo = await app.fetch(new Request(signed))
    expect([echo.status, await echo.text(), echo.headers.get('content-type')]).toEqual([
      200,
      '5927782489442352469',
      'text/plain; charset=utf-8',
    ])
    signed.searchParams.set('signature', '0'.repeat(40))
    expect((await app.fetch(new Request(signed))).status).toBe(401)
  })

  test('offers a menu whose items can be pressed, and learns who the follower is elsewhere', async () => {
    const { wx } = fakes()
    const customer = wx.customer('oMenu')
    customer.person.unionid = 'oUNION1'
    await customer.follow('poster_7')
    const menu = await until('a menu', () => wx.sent.find(({ openid, msgtype }) => openid === 'oMenu' && msgtype === 'msgmenu'))
    expect(menu.content.head_content).toBe('海报上的优惠还有三天。')
    const item = (menu.content.list as { id: string; content: string }[]).find(({ id }) => id === 'faq:shipping')
    await customer.choose(item?.id ?? '', item?.content ?? '')
    await hears(wx, 'oMenu', ANSWER)
    const known = await until('the unionid', async () => {
      const { rows: found } = await database.db.execute<{ value: string; verified: boolean }>(sql`
        select i.value, i.verified from identities i where i.kind = 'unionid' and i.customer_id =
          (select customer_id from identities where kind = 'channel' and value = 'oMenu')`)
      return found[0]
    })
    expect(known).toEqual({ value: 'oUNION1', verified: true })
  })

  test('the agent sees how many messages are left; the sixth is refused, the agent is told, and it goes once the customer wrote again', async () => {
    const { wx } = fakes()
    await claimed(wx, 'oSix')
    await hears(wx, 'oSix', '当前排队')
    expect(heard(wx, 'oSix')).toHaveLength(1) // No word that an agent came: only so many are left.
    expect((await detailOf('oSix')).left?.messages).toBe(4)
    for (const n of [2, 3, 4, 5]) {
      await act('oSix', { type: 'reply', text: `第 ${n} 条` })
      await settles('oSix', `第 ${n} 条`, 'sent')
    }
    expect((await detailOf('oSix')).left?.messages).toBe(0)
    await act('oSix', { type: 'reply', text: '第 6 条' })
    const fate = await settles('oSix', '第 6 条', 'failed')
    expect(fate?.reason).toMatch(/需客户再次来信后才能发送（45047）$/)
    expect(heard(wx, 'oSix')).toHaveLength(5)
    await wx.customer('oSix').text('还在吗')
    const message = (await detailOf('oSix')).messages.findLast(({ author }) => author === 'agent')?.id
    await act('oSix', { type: 'resend', message })
    await hears(wx, 'oSix', '安娜: 第 6 条')
    expect((await detailOf('oSix')).left?.messages).toBe(4)
  })

  test('ten replies at once outlive a token that runs out in their midst: each arrives once, and one new token is fetched', async () => {
    const { wx } = fakes()
    const people = Array.from({ length: 10 }, (_, n) => `oTen${n}`)
    await wx.customer('oWarm').text('多久发货')
    await hears(wx, 'oWarm', ANSWER)
    const fetched = () => wx.calls.filter(({ path }) => path.endsWith('stable_token'))
    const before = fetched().length
    const half = () => wx.world.sent.filter(({ openid }) => openid.startsWith('oTen')).length
    const watch = setInterval(() => {
      if (half() < 3) return
      clearInterval(watch)
      wx.world.expireTokens()
    }, 1)
    await Promise.all(people.map((openid) => wx.customer(openid).text('多久发货')))
    for (const openid of people) await hears(wx, openid, ANSWER)
    clearInterval(watch)
    wx.world.expireTokens()
    await Promise.all(people.map((openid) => wx.customer(openid).text('怎么开发票')))
    for (const openid of people) await hears(wx, openid, '在订单页申请发票。')
    for (const openid of people) expect(heard(wx, openid)).toHaveLength(2)
    expect(fetched().length - before).toBeLessThanOrEqual(2)
    expect(fetched().every(({ body }) => body.force_refresh === false)).toBe(true)
  })

  test('a picture of ten megabytes goes both ways, byte for byte; a larger file becomes a link', async () => {
    const { wx } = fakes()
    const bytes = new Uint8Array(10 * 1024 * 1024).map((_, n) => PNG[n] ?? n * 7)
    await claimed(wx, 'oPicture')
    await wx.customer('oPicture').image(bytes)
    const { rows: stored } = await until(
      'the picture',
      async () => {
        const found = await database.db.execute<{ id: string; bytes: number }>(
          sql`select id, bytes from attachments where owner = 'oPicture' and state = 'stored'`,
        )
        return found.rows.length > 0 && found
      },
      { ms: 30_000 },
    )
    expect(stored[0]?.bytes).toBe(bytes.length)
    await gives('oPicture', '大图.png', 'image/png', bytes)
    const sent = await until('the picture there', () => wx.sent.find(({ openid, file }) => openid === 'oPicture' && file), { ms: 30_000 })
    expect([sent.msgtype, sent.file?.name, Buffer.compare(sent.file?.bytes ?? new Uint8Array(), bytes)]).toEqual(['image', '大图.png', 0])
    await gives('oPicture', '说明.pdf', 'application/pdf', new Uint8Array([1, 2, 3]))
    await hears(wx, 'oPicture', '说明.pdf（7 天内有效）: https://desk.example/chat/v1/files/att_')
  }, 60_000)

  test('a picture that WeChat finds too large after all leaves as a link', async () => {
    const { wx } = fakes()
    await claimed(wx, 'oLink')
    wx.fail({ errcode: 45001, errmsg: 'media size out of limit' }, { path: /media\/upload$/ })
    await gives('oLink', 'a.png', 'image/png', new Uint8Array(PNG))
    await hears(wx, 'oLink', 'a.png: https://desk.example/chat/v1/files/att_')
    expect(wx.calls.some(({ errcode }) => errcode === 45001)).toBe(true)
  })
})

describe('a file that WeChat does not take as it is', () => {
  const picture = () => sharp({ create: { width: 60, height: 30, channels: 3, background: '#c43' } })

  test.each(['wx', 'mini'] as const)('reaches the customers of %s as a JPEG: a WebP, and a TIFF that came as a file', async (which) => {
    const fake = fakes()[which]
    const openid = `oConvert_${which}`
    await claimed(fake, openid)
    await gives(openid, '新款.webp', 'image/webp', await picture().webp().toBuffer())
    await gives(openid, '扫描.tiff', 'image/tiff', await picture().tiff().toBuffer())
    const files = () => fake.sent.flatMap((one) => (one.openid === openid && one.file ? [one.file] : []))
    await until('both pictures', () => files().length === 2)
    expect(files().map(({ name, type }) => [name, type])).toEqual([
      ['新款.jpg', 'image'],
      ['扫描.jpg', 'image'],
    ])
    for (const { bytes } of files()) expect(await sharp(bytes).metadata()).toMatchObject({ format: 'jpeg', width: 60, height: 30 })
    // The history has what the agent sent.
    expect(JSON.stringify((await detailOf(openid)).messages)).toContain('新款.webp')
  })

  test('leaves as a link to the file itself when it cannot be converted', async () => {
    const { wx } = fakes()
    await claimed(wx, 'oBroken')
    await gives('oBroken', '坏的.webp', 'image/webp', Buffer.from('RIFF\x10\x00\x00\x00WEBPVP8 nothing of it'))
    await hears(wx, 'oBroken', '坏的.webp（7 天内有效）: https://desk.example/chat/v1/files/att_')
    expect(heard(wx, 'oBroken').join()).not.toContain('~')
  })

  test('a voice from a telephone is kept as everybody can play it, and as it came where it cannot be read', async () => {
    const { wx } = fakes()
    await wx.customer('oVoice').voice(new Uint8Array(400), '你们几点下班')
    await wx.customer('oMurmur').voice(new Uint8Array(5))
    const kept = async (owner: string) => {
      const { rows: found } = await database.db.execute<{ name: string; mime: string; bytes: number }>(
        sql`select name, mime, bytes from attachments where owner = ${owner} and state = 'stored'`,
      )
      return found[0]
    }
    expect(await until('the voice', () => kept('oVoice'), { ms: 30_000 })).toEqual({ name: 'voice.mp3', mime: 'audio/mpeg', bytes: 16 })
    expect(await until('the murmur', () => kept('oMurmur'), { ms: 30_000 })).toMatchObject({ mime: 'audio/amr', bytes: 5 })
  })
})

describe('an account without customer-service messages', () => {
  test('answers in the same call, and says the same when WeChat asks again because it did not hear', async () => {
    const { lone } = fakes()
    const before = await rows()
    const first = await lone.customer('oLone').text('多久发货')
    expect(heard(lone, 'oLone')).toEqual([ANSWER])
    const again = await lone.repeat()
    expect(await again.text()).toBe(await first.text())
    expect(await rows()).toBe((before ?? 0) + 1)
    expect(lone.calls.filter(({ path }) => path.includes('/message/'))).toEqual([])
  })

  test('words of an agent wait for the customer’s next ones, and go with the answer to them', async () => {
    const { lone } = fakes()
    await claimed(lone, 'oPatient')
    expect(heard(lone, 'oPatient').join()).toContain('当前排队')
    await act('oPatient', { type: 'reply', text: '您好，请问订单号是多少？' })
    await act('oPatient', { type: 'reply', text: '我马上帮您查。' })
    expect(await fateOf('oPatient', '我马上帮您查')).toMatchObject({ state: 'pending' })
    expect(heard(lone, 'oPatient')).toHaveLength(1)
    await lone.customer('oPatient').text('在吗')
    expect(heard(lone, 'oPatient').at(-1)).toBe('安娜: 您好，请问订单号是多少？\n安娜: 我马上帮您查。')
    await settles('oPatient', '我马上帮您查', 'sent')
  })
})

describe('a Mini Program', () => {
  test('keeps ids of 64 bits whole and knows who its own server says the user is', async () => {
    const { mini } = fakes()
    const customer = mini.customer('oMini')
    const encoded = Buffer.from(JSON.stringify({ user: 'u_42', exp: 2_000_000_000, name: '小明', source: 'cart' })).toString('base64url')
    const { createHmac } = await import('node:crypto')
    const signature = createHmac('sha256', 'sixteen letters at least').update(`v1.${encoded}`).digest('base64url')
    await customer.enter(`v1.${encoded}.${signature}`)
    await hears(mini, 'oMini', '1. ') // Buttons as a numbered list: there are no menus here.
    await customer.text('多久发货')
    await hears(mini, 'oMini', ANSWER)
    const { rows: known } = await database.db.execute(sql`
      select c.name, i.value, i.verified from customers c join identities i on i.customer_id = c.id and i.kind = 'external' where i.value = 'u_42'`)
    expect(known).toEqual([{ name: '小明', value: 'u_42', verified: true }])
    const { rows: ids } = await database.db.execute<{ external_id: string }>(
      sql`select external_id from events where source_id = 'mini' and payload->>'type' = 'message'`,
    )
    expect(ids.every(({ external_id }) => /^73000000000000\d{5}$/.test(external_id))).toBe(true)
  })
})

describe('49 hours later', () => {
  test('nothing can be sent: the agent is told why, and nothing is lost', async () => {
    const { wx } = fakes()
    await claimed(wx, 'oLate')
    ahead += 49 * HOUR
    cookie = await signIn(app, database, 'anna', clock)
    expect((await detailOf('oLate')).left?.messages).toBe(0)
    await act('oLate', { type: 'reply', text: '太晚了' })
    const fate = await settles('oLate', '太晚了', 'failed')
    expect(fate?.reason).toMatch(/48 小时.*（45015）$/)
    await wx.customer('oLate').text('你好')
    expect((await detailOf('oLate')).left?.messages).toBe(5)
    const message = (await detailOf('oLate')).messages.findLast(({ author }) => author === 'agent')?.id
    await act('oLate', { type: 'resend', message })
    await hears(wx, 'oLate', '太晚了')
  })
})
