// The main job over a real XMPP server: a customer on the website asks, the bot answers, an agent takes over in a room of their own
// client and never leaves it. Nothing between is a fake.
import { sql } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import { all, el, find, NS } from '#platforms/xmpp/stanza.ts'
import { onPostgres } from '../support/database.ts'
import { openHouse, premises } from '../support/house.ts'
import { DESK_PASSWORD, hasProsody, NO_PROSODY, startProsody } from '../support/prosody.ts'
import { until } from '../support/until.ts'
import { openPerson } from '../support/xmpp-person.ts'

const yaml = (port: number) => `brand: { name: 示例商城 }
locale: zh
channels:
  - { id: web, type: web, origins: ["*"] }
desks:
  - { id: console, type: console }
  - { id: xmpp, type: xmpp, service: "xmpp://127.0.0.1:${port}", user: desk@localhost, password: "\${XMPP_PW}", rooms: conference.localhost }
skills: [aftersales, tech]
agents:
  - { id: anna, name: 安娜, skills: [aftersales, tech], capacity: 5, identities: { xmpp: anna@localhost } }
  - { id: ben, name: 小本, skills: [aftersales, tech], capacity: 5, identities: { xmpp: ben@localhost } }
`
const LOBBY = 'frontdesk@conference.localhost'

describe.skipIf(!hasProsody)(`agents on XMPP${hasProsody ? '' : `: ${NO_PROSODY}`}`, () => {
  test('customer → bot → queue → agent in a room claims, answers, edits, notes, resolves → customer', async ({ onTestFinished }) => {
    const prosody = await startProsody()
    const place = await premises(yaml(prosody.port), { XMPP_PW: DESK_PASSWORD })
    const house = await openHouse(place)
    const [anna, ben] = await Promise.all([openPerson(prosody.port, 'anna'), openPerson(prosody.port, 'ben')])
    onTestFinished(async () => {
      anna.close()
      ben.close()
      await house.stop()
      await prosody.remove()
      place.remove()
    })

    const chat = `${house.url}/chat/v1/web`
    const post = (path: string, body: object, token = '') =>
      fetch(`${chat}/${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
        body: JSON.stringify(body),
      })
    const { token } = (await (await post('session', {})).json()) as { token: string }
    const says = (text: string) => post('messages', { clientId: crypto.randomUUID(), text }, token)
    let last: object = {}
    const page = async () => {
      const answer = await fetch(`${chat}/messages`, { headers: { authorization: `Bearer ${token}` } })
      last = (await answer.json()) as object
      return last as { messages: object[] }
    }
    const hears = (text: string) =>
      until(`the customer hears "${text}"`, async () => JSON.stringify(await page()).includes(text), {
        state: () => [last, anna.texts('')],
      })

    // The bot answers; then a person is asked for, and the lobby shows where.
    await until('the invitation into the lobby', () => anna.heard.some((one) => find(one, 'x', NS.conference)?.attrs.jid === LOBBY))
    await Promise.all([anna.join(LOBBY), ben.join(LOBBY)])
    await says('多久发货')
    await hears('付款后 24 小时内发货。')
    await says('转人工')
    const link = await until('the conversation in the lobby', () => /xmpp:(\S+)\?join/.exec(anna.texts(LOBBY).join('\n'))?.[1], {
      state: () => anna.texts(LOBBY),
    })
    await Promise.all([anna.join(link), ben.join(link)])
    await until('the card with its history', () => anna.texts(link).some((text) => text.includes('多久发货') && text.includes('!claim')), {
      state: () => anna.texts(link),
    })

    // Anna takes it, in the menu of her client; her words go out once, a colleague's are held, a note stays inside.
    expect(find(await anna.run(`${link}/Frontdesk`, 'claim'), 'command')?.attrs.status).toBe('completed')
    await hears('安娜')
    const first = await anna.say(link, '您好，请问订单号是多少？')
    await hears('您好，请问订单号是多少？')
    await anna.say(link, '!note 这位客户很急')
    await ben.say(link, '这个我来处理')
    await until('the question to Ben alone', () => ben.texts(`${link}/Frontdesk`).some((text) => text.includes('这个我来处理')), {
      state: () => ben.texts(link),
    })
    await says('订单号是 10086')
    await until('the customer in the room', () => anna.texts(link).some((text) => /^\S.*: 订单号是 10086$/.test(text)), {
      state: () => anna.texts(link),
    })
    await anna.say(link, '您好，请问订单号和姓名是什么？', el('replace', { xmlns: NS.correct, id: first }))
    await anna.say(link, '已为您催发。')
    await hears('已为您催发。')
    await anna.say(link, '!resolve')
    await until(
      'the end in the lobby',
      () =>
        anna.heard.some(
          (one) => one.attrs.from === `${LOBBY}/Frontdesk` && find(one, 'replace', NS.correct) && JSON.stringify(one).includes('已'),
        ),
      { state: () => anna.texts(LOBBY) },
    )
    await house.quiet()

    const { messages } = await page()
    const said = JSON.stringify(messages)
    for (const inside of ['这位客户很急', '这个我来处理', '!resolve', '!claim']) expect(said).not.toContain(inside)
    expect(said.match(/已为您催发。/g)).toHaveLength(1)
    expect(
      all(
        anna.heard.findLast((one) => one.attrs.id === first && one.name === 'message'),
        'stanza-id',
      ),
    ).toHaveLength(1)
    await house.stop()
    expect(await place.look(sql`select author, name from messages where text = '这位客户很急'`)).toEqual([{ author: 'note', name: '安娜' }])
    expect(await place.look(sql`select status from conversations`)).toEqual([{ status: 'resolved' }])
  })

  test('what an agent wrote while nothing ran reaches the customer when it runs again, once and in order', async ({ onTestFinished }) => {
    // Rooms tell nothing to who comes in: only their archive knows.
    const prosody = await startProsody({ history: 0, page: 2 })
    const place = await premises(yaml(prosody.port), { XMPP_PW: DESK_PASSWORD })
    let house = await openHouse(place)
    const anna = await openPerson(prosody.port, 'anna')
    onTestFinished(async () => {
      anna.close()
      await house.stop()
      await prosody.remove()
      place.remove()
    })
    const json = { 'content-type': 'application/json' }
    const session = await fetch(`${house.url}/chat/v1/web/session`, { method: 'POST', headers: json, body: '{}' })
    const { token } = (await session.json()) as { token: string }
    const headers = { ...json, authorization: `Bearer ${token}` }
    const body = JSON.stringify({ clientId: crypto.randomUUID(), text: '转人工' })
    await fetch(`${house.url}/chat/v1/web/messages`, { method: 'POST', headers, body })
    const page = async () => (await fetch(`${house.url}/chat/v1/web/messages`, { headers })).text()
    const hears = (text: string) => until(`the customer hears "${text}"`, async () => (await page()).includes(text), { state: page })
    await until('the invitation into the lobby', () => anna.heard.some((one) => find(one, 'x', NS.conference)?.attrs.jid === LOBBY))
    await anna.join(LOBBY)
    const link = await until('the conversation in the lobby', () => /xmpp:(\S+)\?join/.exec(anna.texts(LOBBY).join('\n'))?.[1])
    await anna.join(link)
    await anna.say(link, '!claim')
    await anna.say(link, '您好，我是安娜')
    await hears('您好，我是安娜')
    // How far all is read is on record from the first look on.
    // The embedded database is the house's alone while it runs.
    if (onPostgres)
      await until('the first look', async () => (await place.look(sql`select 1 from settings where key = 'missed:xmpp'`)).length > 0)
    await house.quiet()
    await house.stop()

    const first = await anna.say(link, '订单已找到')
    await anna.say(link, '今天下午发货')
    await anna.say(link, '明天上午发货', el('replace', { xmlns: NS.correct, id: first }))
    await anna.say(link, '!note 客户很急')
    await anna.say(link, '请放心')
    house = await openHouse(place)
    await hears('请放心')
    await house.quiet()
    const said = await page()
    const places = ['您好，我是安娜', '明天上午发货', '今天下午发货', '请放心'].map((text) => said.indexOf(text))
    expect(places).toEqual([...places].sort((a, b) => a - b))
    for (const text of ['您好，我是安娜', '今天下午发货', '请放心']) expect(said.split(text)).toHaveLength(2)
    expect(said).not.toContain('客户很急')
    await house.stop()
    const events = sql`select count(*)::int as n from events where source_id = 'xmpp' and payload->>'type' in ('message', 'edit')`
    expect(await place.look(events)).toEqual([{ n: 7 }])
  })
})
