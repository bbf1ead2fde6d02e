// The line itself, against a real Prosody: encryption, characters that arrive in pieces, garbage; and a server that keeps no archive.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import tls from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DeskEvent } from '#core/event.ts'
import type { Xml } from '#core/xmpp.ts'
import { el, find, textOf } from '#platforms/xmpp/stanza.ts'
import { xmpp } from '#src/node/xmpp.ts'
import { CARD, signal } from '../../../test/contract/desk.ts'
import { recorder } from '../../../test/contract/support.ts'
import { DESK_PASSWORD, hasProsody, NO_PROSODY, type Prosody, startProsody } from '../../../test/support/prosody.ts'
import { until } from '../../../test/support/until.ts'
import { openPerson } from '../../../test/support/xmpp-person.ts'
import { xmppDesk } from './index.ts'

const at = (port: number, plain: boolean) => ({
  service: `xmpp://127.0.0.1:${port}`,
  user: 'desk@localhost',
  password: DESK_PASSWORD,
  plain,
})
const deaf = { heard: () => undefined, asked: async () => undefined }

/** Bytes of the server one by one, or something else instead. */
async function between(port: number, pass: (data: Buffer) => Buffer[]) {
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1')
    client.setNoDelay(true)
    client.pipe(upstream)
    upstream.on('data', (data) => {
      for (const piece of pass(data)) client.write(piece)
    })
    for (const one of [client, upstream]) one.on('error', () => one.destroy()).on('close', () => client.destroy())
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  return { port: (server.address() as AddressInfo).port, close: () => server.close() }
}

describe.skipIf(!hasProsody)(`a line to an XMPP server${hasProsody ? '' : `: ${NO_PROSODY}`}`, () => {
  let prosody: Prosody
  beforeAll(async () => {
    prosody = await startProsody({ bare: true })
  })
  afterAll(() => prosody?.remove())

  test('says nothing to a server whose certificate nobody knows, and speaks under one that it knows', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'frontdesk-tls-'))
    const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
    const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
    execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...names, '-keyout', key, '-out', cert], {
      stdio: 'ignore',
    })
    const server = await startProsody({ tls: { cert, key } })
    const heard = recorder()
    const known = tls.getCACertificates('default')
    try {
      const refused = await heard.failure(() => xmpp.open(at(server.port, false), deaf, signal()))
      expect(refused).toMatchObject({ kind: 'transient', certain: true })
      expect(refused.message).toMatch(/SELF_SIGNED|self-signed/i)
      expect(heard.said.join()).not.toContain(DESK_PASSWORD)
      tls.setDefaultCACertificates([...known, readFileSync(cert, 'utf8')])
      const line = await xmpp.open(at(server.port, false), deaf, signal())
      expect(line.address).toMatch(/^desk@localhost\/frontdesk-/)
      line.close()
    } finally {
      tls.setDefaultCACertificates(known)
      await server.remove()
      rmSync(folder, { recursive: true, force: true })
    }
  })

  test('gives no password to a server that offers no encryption', async () => {
    const refused = await recorder().failure(() => xmpp.open(at(prosody.port, false), deaf, signal()))
    expect(refused).toMatchObject({ kind: 'unauthorized', message: expect.stringContaining('TLS') })
  })

  test('reads characters whole however they are cut on the way', async () => {
    const slow = await between(prosody.port, (data) => Array.from(data, (byte) => Buffer.from([byte])))
    const heard: Xml[] = []
    const line = await xmpp.open(
      at(slow.port, true),
      { heard: (stanza) => void heard.push(stanza), asked: async () => undefined },
      signal(),
    )
    await line.send(el('presence'))
    await line.send(el('message', { to: line.address, id: 'm1' }, el('body', {}, '您好,𠮷野家 👨‍👩‍👧‍👦')))
    const message = await until('the message', () => heard.find(({ attrs }) => attrs.id === 'm1'))
    expect(textOf(find(message, 'body'))).toBe('您好,𠮷野家 👨‍👩‍👧‍👦')
    line.close()
    slow.close()
  })

  test('ends when it hears what is no XML, and takes nobody with it', async () => {
    let broken = false
    const liar = await between(prosody.port, (data) =>
      broken ? [Buffer.from('</a></b><<<&&&\u0000 <html><hr></body></html></stream:stream>')] : [data],
    )
    const line = await xmpp.open(at(liar.port, true), deaf, signal())
    broken = true
    await line.send(el('presence'))
    expect(await line.ended).toBeTruthy()
    await recorder().failure(() => line.send(el('presence')))
    liar.close()
  })

  test('a server that hangs, or is not there, is given up in time', async () => {
    const silent = createServer(() => undefined).listen(0, '127.0.0.1')
    await new Promise((resolve) => silent.once('listening', resolve))
    const { port } = silent.address() as AddressInfo
    const before = performance.now()
    expect(await recorder().failure(() => xmpp.open(at(port, true), deaf, AbortSignal.timeout(200)))).toMatchObject({ kind: 'transient' })
    // Long before the line's own limit.
    expect(performance.now() - before).toBeLessThan(8_000)
    silent.close()
    expect(await recorder().failure(() => xmpp.open(at(2, true), deaf, signal()))).toMatchObject({ kind: 'transient', certain: true })
  })

  test('where rooms keep no archive, words are heard with their writer', async () => {
    const { deps } = recorder()
    const { plain: _plain, ...server } = at(prosody.port, true)
    const settings = xmppDesk.config.parse({ ...server, rooms: 'conference.localhost' })
    const people = ['anna', 'ben'].map((name) => ({ id: `${name}@localhost`, name }))
    const desk = xmppDesk.create(settings, { ...deps, now: () => new Date(), locale: 'zh', people: async () => people })
    const [anna, ben] = await Promise.all([openPerson(prosody.port, 'anna'), openPerson(prosody.port, 'ben')])
    const { thread } = await desk.open(CARD, 'dlv_bare', signal())
    const listen = async (act: () => Promise<unknown>, count: number) => {
      const events: DeskEvent[] = []
      const stop = new AbortController()
      const opened = Promise.withResolvers<void>()
      const take = async (batch: DeskEvent[]) => void events.push(...batch.filter(({ type }) => type === 'message'))
      const ended = desk.connect?.(take, stop.signal, opened.resolve)
      await Promise.race([opened.promise, ended])
      await act()
      await until('events', () => events.length >= count, { state: () => events })
      stop.abort()
      await ended
      return events.map(({ by }) => by)
    }
    await anna.join(thread)
    expect(await listen(() => anna.say(thread, '在'), 1)).toMatchObject([{ id: 'anna@localhost' }])
    anna.close()
    ben.close()
  })
})
