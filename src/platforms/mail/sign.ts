// Short signatures within addresses: some servers write every address in small letters, so they have no others.

/** Of the HMAC's 256 bits as many as so many letters hold. */
export async function sign(secret: string, text: string, length: number): Promise<string> {
  const bytes = new TextEncoder()
  const key = await crypto.subtle.importKey('raw', bytes.encode(secret), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
  const mac = await crypto.subtle.sign('HMAC', key, bytes.encode(text))
  return BigInt(`0x${Buffer.from(mac).toString('hex')}`)
    .toString(36)
    .padStart(50, '0')
    .slice(-length)
}
