import { expect, test } from 'vitest'
import { xmppDesk } from './index.ts'

test('the config takes the addresses that people write', () => {
  const good = { service: 'xmpp://127.0.0.1:5222', user: 'Desk@Localhost', password: 'x', rooms: 'conference.localhost' }
  expect(xmppDesk.config.parse(good)).toMatchObject({ user: 'desk@localhost', lobby: 'frontdesk', tls: 'loopback-plain' })
  expect(xmppDesk.inbound(xmppDesk.config.parse(good))).toBe('connect')
  for (const service of ['xmpps://[::1]:5223', 'xmpp://chat.example.com'])
    expect(xmppDesk.config.safeParse({ ...good, service }).success).toBe(true)
  for (const bad of [{ service: 'https://x' }, { user: 'desk' }, { user: 'a@b@c' }, { rooms: 'a@b' }, { lobby: 'a b' }, { keepDays: 0 }])
    expect(xmppDesk.config.safeParse({ ...good, ...bad }).success, JSON.stringify(bad)).toBe(false)
})
