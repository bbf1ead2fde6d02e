// AWS Signature Version 4 for S3: what a request says of itself, signed with a key that is made for the day, the region and the service.
// WebCrypto only, so that it runs on Workers too.

export interface Credentials {
  accessKeyId: string
  secretAccessKey: string
  region: string
}

export interface Signing {
  method: string
  url: URL
  /** Sent and signed beside `host` and the two that are made here. */
  headers?: Record<string, string>
  /** SHA-256 of the body in hex. */
  bodyHash: string
}

const SERVICE = 's3'

/** The headers with which to send the request. */
export async function signed(
  { method, url, headers = {}, bodyHash }: Signing,
  keys: Credentials,
  now: Date,
): Promise<Record<string, string>> {
  const time = now.toISOString().replace(/[-:]|\.\d{3}/g, '')
  const day = time.slice(0, 8)
  const all: Record<string, string> = { ...headers, host: url.host, 'x-amz-content-sha256': bodyHash, 'x-amz-date': time }
  const names = Object.keys(all).sort()
  const canonical = [
    method,
    url.pathname
      .split('/')
      .map((part) => encode(decodeURIComponent(part)))
      .join('/'),
    [...url.searchParams]
      .map(([name, value]) => `${encode(name)}=${encode(value)}`)
      .sort()
      .join('&'),
    ...names.map((name) => `${name}:${all[name]?.trim()}`),
    '',
    names.join(';'),
    bodyHash,
  ].join('\n')
  const scope = `${day}/${keys.region}/${SERVICE}/aws4_request`
  const text = ['AWS4-HMAC-SHA256', time, scope, await sha256(new TextEncoder().encode(canonical))].join('\n')
  let key = new TextEncoder().encode(`AWS4${keys.secretAccessKey}`)
  for (const word of [day, keys.region, SERVICE, 'aws4_request']) key = await hmac(key, word)
  const signature = hex(await hmac(key, text))
  const { host: _ours, ...sent } = all // `fetch` writes it by itself, and takes it from nobody.
  const authorization = `AWS4-HMAC-SHA256 Credential=${keys.accessKeyId}/${scope},SignedHeaders=${names.join(';')},Signature=${signature}`
  return { ...sent, authorization }
}

export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return hex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)))
}

async function hmac(key: Uint8Array<ArrayBuffer>, text: string): Promise<Uint8Array<ArrayBuffer>> {
  const made = await crypto.subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
  return new Uint8Array(await crypto.subtle.sign('HMAC', made, new TextEncoder().encode(text)))
}

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** AWS writes more letters as %XX than URLs need. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`)
}
