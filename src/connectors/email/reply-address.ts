// The signed address that answers come back to: `help+r0jk3….k7f2…@example.com` names the delivery that it answers. It survives
// programs and relays that lose every other header, and nobody can make one without our secret.
import { sign } from '#platforms/mail/sign.ts'

const SIGNATURE_LENGTH = 10
/** RFC 5321, 4.5.3.1.1. */
const LOCAL_MAX = 64

/** `undefined`: the address is too long for it, or the key is none of ours. */
export async function replyAddress(address: string, key: string, secret: string): Promise<string | undefined> {
  const [local = '', domain = ''] = address.split('@')
  const [, hex] = /^dlv_([0-9a-f]{32})$/.exec(key) ?? []
  if (!hex) return undefined
  // Some servers write every address in small letters, so it has no others.
  const token = BigInt(`0x${hex}`).toString(36)
  const signed = `${local}+r${token}.${await sign(`mail:${secret}`, token, SIGNATURE_LENGTH)}`
  return signed.length <= LOCAL_MAX ? `${signed}@${domain}` : undefined
}

/** The delivery that one of these addresses names, if we signed it. */
export async function answeredBy(addresses: string[], own: string, secret: string): Promise<string | undefined> {
  const [local = '', domain = ''] = own.split('@')
  for (const address of addresses) {
    const lower = address.toLowerCase()
    if (!lower.startsWith(`${local}+r`) || !lower.endsWith(`@${domain}`)) continue
    const [, token = '', signature] = /^([0-9a-z]{1,25})\.([0-9a-z]+)$/.exec(lower.slice(local.length + 2, -domain.length - 1)) ?? []
    if (token && signature === (await sign(`mail:${secret}`, token, SIGNATURE_LENGTH))) return `dlv_${hexOf(token)}`
  }
  return undefined
}

function hexOf(token: string): string {
  let value = 0n
  for (const letter of token) value = value * 36n + BigInt(Number.parseInt(letter, 36))
  return value.toString(16).padStart(32, '0')
}
