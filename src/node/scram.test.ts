import { expect, test } from 'vitest'
import { HASHES, scram } from './scram.ts'

// The examples of RFC 5802 (5.) and RFC 7677 (3.).
test.each([
  {
    hash: 'sha1',
    nonce: 'fyko+d2lbbFgONRv9qkxdawL',
    challenge: 'r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096',
    answer: 'c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=',
    success: 'v=rmF9pqV8S7suAoZWja4dJRkFsKQ=',
  },
  {
    hash: 'sha256',
    nonce: 'rOprNGfwEbeRWgbNEkqO',
    challenge: 'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096',
    answer: 'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
    success: 'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=',
  },
])('signs in with $hash as the RFC does, and believes only a server that knows the password', async ({ hash, nonce, ...said }) => {
  const it = scram(hash, 'user', 'pencil', nonce)
  expect(it.first()).toBe(`n,,n=user,r=${nonce}`)
  expect(await it.answer(said.challenge)).toBe(said.answer)
  expect(it.verify(said.success)).toBe(true)
  expect(it.verify('v=AAAA')).toBe(false)
})

test('refuses a challenge that is not an answer to ours, or asks for work without end', async () => {
  const it = scram('sha1', 'a=b,c', 'x', 'n')
  expect(it.first()).toBe('n,,n=a=3Db=2Cc,r=n')
  for (const bad of ['r=other,s=QQ==,i=4096', 'r=n,s=QQ==,i=4096', 'r=nx,s=,i=4096', 'r=nx,s=QQ==,i=0', 'r=nx,s=QQ==,i=99999999999', ''])
    await expect(it.answer(bad)).rejects.toThrow('challenge')
  expect(it.verify('v=')).toBe(false)
  expect(Object.keys(HASHES)[0]).toBe('SCRAM-SHA-512')
})
