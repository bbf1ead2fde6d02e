// A word that is written down, and that nobody reads who has the database alone: AES-GCM under a secret of the config.

const NONCE_BYTES = 12

async function keyOf(secret: string): Promise<CryptoKey> {
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(`mail vault\n${secret}`))
  return crypto.subtle.importKey('raw', hash, 'AES-GCM', false, ['encrypt', 'decrypt'])
}

export async function seal(text: string, secret: string): Promise<string> {
  const iv = crypto.getRandomValues(new Uint8Array(NONCE_BYTES))
  const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, await keyOf(secret), new TextEncoder().encode(text))
  return Buffer.concat([iv, new Uint8Array(sealed)]).toString('base64')
}

/** Undefined: another secret sealed it, or it was changed. */
export async function open(sealed: string, secret: string): Promise<string | undefined> {
  const bytes = Uint8Array.from(Buffer.from(sealed, 'base64'))
  const iv = bytes.subarray(0, NONCE_BYTES)
  try {
    const text = await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, await keyOf(secret), bytes.subarray(NONCE_BYTES))
    return new TextDecoder().decode(text)
  } catch {
    return undefined // Says nothing but that it is not ours.
  }
}
