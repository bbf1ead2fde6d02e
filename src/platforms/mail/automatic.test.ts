import { expect, test } from 'vitest'
import { isAutomatic, type Signs } from './automatic.ts'

const address = 'help@shop.example'
const person: Signs = { envelope: {}, fields: [], sender: 'mei@example.test', address, isMeant: true, subject: '怎么退货' }
const headed = (name: string, value: string): Partial<Signs> => ({ fields: [{ name, value }] })

test.each<[string, Partial<Signs>]>([
  ['an empty envelope', { envelope: { from: '' } }],
  ['an empty return path', headed('return-path', '<>')],
  ['Auto-Submitted', headed('auto-submitted', 'auto-replied (vacation)')],
  ['Precedence', headed('precedence', 'bulk')],
  ['a report', headed('content-type', 'multipart/report; report-type=delivery-status')],
  ['X-Auto-Response-Suppress', headed('x-auto-response-suppress', 'OOF, AutoReply')],
  ['a mailing list', headed('list-id', '<news.example.test>')],
  ['what went through us already', headed('x-loop', 'Help@Shop.example')],
  ['the address of a robot', { sender: 'no-reply@example.test' }],
  ['ourselves', { sender: address }],
  ['the subject of an absence', { subject: '自动回复：我在休假' }],
  ['not meant for us', { isMeant: false }],
])('%s alone makes a mail a machine’s', (_what, sign) => {
  expect(isAutomatic({ ...person, ...sign })).toBe(true)
})

test.each<[string, Partial<Signs>]>([
  ['plain', {}],
  ['sent by hand', headed('auto-submitted', 'no')],
  ['asking for nothing to be suppressed', headed('x-auto-response-suppress', 'None')],
  ['with a return path', headed('return-path', '<mei@example.test>')],
  ['that went through another loop', headed('x-loop', 'list@elsewhere.example')],
  ['about an automatic reply', { subject: '你们的自动回复看不懂' }],
])('a person’s mail, %s, is answered', (_what, sign) => {
  expect(isAutomatic({ ...person, ...sign })).toBe(false)
})
