import { expect, test } from 'vitest'
import { connectorContract } from '../../../test/contract/connector.ts'
import { recorder } from '../../../test/contract/support.ts'
import { webConnector } from './index.ts'

connectorContract(webConnector, {
  secrets: [],
  required: [],
  start: async () => ({ config: { origins: ['https://shop.example.com'], color: '#1677ff' }, user: 'visitor-1', close: async () => {} }),
})

test('sending tells only this visitor on this channel that there is something new, and is named by its key', async () => {
  const heard = recorder(['visitor:ch1:v1', 'visitor:ch1:v2', 'console'])
  const connector = webConnector.create(webConnector.config.parse({}), heard.deps)
  const receipt = await connector.send(
    { key: 'dlv_7', to: { user: 'v1' }, parts: [{ type: 'text', text: '你好' }] },
    AbortSignal.timeout(1000),
  )
  await connector.typing?.({ user: 'v1' }, AbortSignal.timeout(1000))
  expect(receipt).toEqual({ externalIds: ['dlv_7'], at: heard.deps.now() })
  expect(heard.hints).toEqual([
    ['visitor:ch1:v1', { type: 'changed' }],
    ['visitor:ch1:v1', { type: 'typing' }],
  ])
})

test('origins are exact: a scheme and a host, nothing behind them', () => {
  const accepts = (origin: string) => webConnector.config.safeParse({ origins: [origin] }).success
  expect(['*', 'https://a.example', 'http://localhost:8080'].map(accepts)).toEqual([true, true, true])
  const wrong = ['https://a.example/', 'a.example', 'https://a.example/x', 'HTTPS://A.example', '', 'null', 'https://*.example']
  expect(wrong.filter(accepts)).toEqual([])
})
