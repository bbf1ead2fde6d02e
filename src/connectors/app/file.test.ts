import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { isLoopback, isPrivate } from '#platforms/address.ts'
import { loadFile } from '#platforms/file.ts'
import { recorder } from '../../../test/contract/support.ts'
import { listen } from '../../../test/support/listen.ts'
import { appConnector } from './index.ts'

const heard = recorder()
const signal = () => AbortSignal.timeout(10_000)

describe('the files of customers', () => {
  const bytes = new Uint8Array(randomBytes(2000))
  const media = (url: string) => loadFile(url, { fetch, local: true }, signal())

  test('are streamed, also over a redirect on the same host, and come without their address', async () => {
    const server = await listen((request, response) => {
      if (request.url === '/a') response.writeHead(302, { location: '/b' }).end()
      else response.writeHead(200, { 'content-type': 'image/png', 'x-token': 'secret' }).end(bytes)
    })
    const response = await media(`${server.url}/a`)
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(bytes)
    expect([response.url, ...response.headers.keys()]).toEqual(['', 'content-type'])
    await server.close()
  })

  test('are not fetched from another host that a redirect names, nor in circles', async () => {
    let reached = 0
    const other = await listen((_request, response) => void response.end(String(++reached)))
    const server = await listen(
      (request, response) => void response.writeHead(302, { location: request.url === '/x' ? other.url : '/y' }).end(),
    )
    for (const path of ['/x', '/y']) {
      const error = await heard.failure(() => media(server.url + path))
      expect(error).toMatchObject({ kind: 'rejected', message: expect.stringContaining('redirects') })
    }
    expect(reached).toBe(0)
    await Promise.all([server.close(), other.close()])
  })

  test('that are not there are refused for good, those that may come later are not', async () => {
    const server = await listen((request, response) => void response.writeHead(Number(request.url?.slice(1))).end())
    expect(await heard.failure(() => media(`${server.url}/404`))).toMatchObject({ kind: 'rejected' })
    expect(await heard.failure(() => media(`${server.url}/503`))).toMatchObject({ kind: 'transient' })
    await server.close()
    expect(await heard.failure(() => media(`${server.url}/200`))).toMatchObject({ kind: 'transient' })
  })

  test('an address that never answers is given up', async () => {
    const server = await listen(() => undefined)
    const slow = loadFile(server.url, { fetch, local: true, deadlineMs: 50 }, signal())
    expect(await heard.failure(() => slow)).toMatchObject({ kind: 'transient', message: expect.stringContaining('no answer in time') })
    await server.close()
  })

  test.each([
    'https://127.0.0.1/x',
    'https://0x7f.1/x',
    'https://2130706433/x',
    'https://localhost/x',
    'https://printer/x',
    'https://db.internal/x',
    'https://169.254.169.254/latest/meta-data',
    'https://10.0.0.1/x',
    'https://172.16.0.1/x',
    'https://192.168.1.1/x',
    'https://100.64.0.1/x',
    'https://[::1]/x',
    'https://[::ffff:10.0.0.1]/x',
    'https://[fd00::1]/x',
    'https://[fe80::1]/x',
    'https://[2002:a00:1::]/x',
    'https://[64:ff9b::a00:1]/x',
    'http://cdn.shop.example/x',
  ])('%s is not fetched for an app out in the world', async (url) => {
    const never = () => Promise.reject(new Error('fetched'))
    const error = await heard.failure(() => loadFile(url, { fetch: never, local: false }, signal()))
    expect(error.kind).toBe('rejected')
  })

  test('public addresses are', () => {
    for (const url of [
      'https://cdn.shop.example/x',
      'https://8.8.8.8/',
      'https://172.32.0.1/',
      'https://[2606:4700::1111]/',
      'https://[2001:db8::1]/',
    ])
      expect(isPrivate(new URL(url)), url).toBe(false)
    for (const url of ['http://127.0.0.1:8080', 'http://localhost', 'http://[::1]:1', 'http://127.8.9.1'])
      expect(isLoopback(new URL(url))).toBe(true)
    for (const url of ['http://10.0.0.1', 'http://127.0.0.1.example.com', 'http://localhost.example'])
      expect(isLoopback(new URL(url))).toBe(false)
  })

  test('are fetched from this machine only while the app is on it', async () => {
    const secret = `whsec_${Buffer.alloc(32, 1).toString('base64')}`
    const server = await listen((_request, response) => response.end('x'))
    const from = (callbackUrl: string) => {
      const connector = appConnector.create({ callbackUrl, secret }, heard.deps)
      return connector.media?.({ id: server.url }, signal()) ?? Promise.reject(new Error('no media'))
    }
    expect(await (await from('http://127.0.0.1:8080/')).text()).toBe('x')
    expect(await heard.failure(() => from('https://api.shop.example/'))).toMatchObject({ kind: 'rejected' })
    await server.close()
  })
})
