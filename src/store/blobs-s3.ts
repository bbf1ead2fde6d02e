// Blobs in a bucket of anything that speaks S3: AWS, MinIO, Ceph, Aliyun OSS, Tencent COS, R2 from outside of Cloudflare.
import { readBounded } from '#core/bytes.ts'
import { ConnectorError, reason } from '#core/errors.ts'
import type { Blobs } from './blobs.ts'
import { type Credentials, sha256, signed } from './sigv4.ts'

export interface S3Options extends Credentials {
  /** `https://s3.eu-central-1.amazonaws.com`, `https://oss-cn-hangzhou.aliyuncs.com`, `http://127.0.0.1:9000`. */
  endpoint: string
  bucket: string
  /** Before every key, such as `frontdesk/`. */
  prefix: string
  /** The bucket stands in the path, and not before the host: MinIO and most that one runs oneself. */
  pathStyle: boolean
}

export interface S3Parts {
  fetch: typeof fetch
  now(): Date
}

const DEADLINE_MS = 30_000
/** Any file of ours, whatever the limit for new ones is by now. */
const MOST = 1024 * 1024 * 1024

export function s3Blobs(options: S3Options, parts: S3Parts): Blobs {
  const call = (method: string, id: string, bytes?: Uint8Array) => twice(() => ask(options, parts, method, keyOf(options, id), bytes))
  return {
    async put(id, bytes) {
      await call('PUT', id, bytes)
    },
    async get(id) {
      const response = await call('GET', id)
      if (response.status === 404) return undefined
      const { bytes } = await readBounded(response, MOST)
      return bytes
    },
    async remove(id) {
      await call('DELETE', id)
    },
  }
}

function keyOf({ prefix }: S3Options, id: string): string {
  if (!/^att_[0-9a-f]{32}$/.test(id)) throw new Error('not an attachment id')
  return `${prefix}${id.slice(-2)}/${id}`
}

/** Each of the three does the same the second time: a broken connection or a busy store is asked once more. */
async function twice<T>(task: () => Promise<T>): Promise<T> {
  try {
    return await task()
  } catch (error) {
    if (!(error instanceof ConnectorError) || error.kind !== 'transient') throw error
    return task()
  }
}

async function ask(
  options: S3Options,
  { fetch: request, now }: S3Parts,
  method: string,
  key: string,
  bytes?: Uint8Array,
): Promise<Response> {
  const body = bytes && new Uint8Array(bytes)
  const url = urlOf(options, key)
  const headers = await signed({ method, url, bodyHash: await sha256(body ?? new Uint8Array(0)) }, options, now())
  let response: Response
  try {
    response = await request(url, { method, headers, body, redirect: 'manual', signal: AbortSignal.timeout(DEADLINE_MS) })
  } catch (error) {
    throw new ConnectorError('transient', `文件存储无法访问 / the file store cannot be reached (${whyOf(error)})`, { cause: error })
  }
  if (response.ok) return response
  const code = /<Code>([A-Za-z]{1,60})<\/Code>/.exec(await response.text())?.[1]
  if (response.status === 404 && method !== 'PUT' && code !== 'NoSuchBucket') return response
  throw refusal(method, response.status, code)
}

function urlOf({ endpoint, bucket, pathStyle }: S3Options, key: string): URL {
  const base = new URL(endpoint)
  const path = base.pathname.replace(/\/+$/, '')
  if (!pathStyle) base.host = `${bucket}.${base.host}`
  base.pathname = `${path}/${[...(pathStyle ? [bucket] : []), ...key.split('/')].map(encodeURIComponent).join('/')}`
  return base
}

function whyOf(error: unknown): string {
  const { cause } = error as { cause?: { code?: unknown } }
  return typeof cause?.code === 'string' ? cause.code : reason(error)
}

/** In the store's own word, without the rest of what it says: that may hold our key. */
function refusal(method: string, status: number, code: string | undefined): ConnectorError {
  const said = `文件存储拒绝了请求 / the file store refused: ${method} ${status}${code ? ` ${code}` : ''}`
  if (status >= 500 || status === 429 || code === 'SlowDown') return new ConnectorError('transient', said)
  const isKey = status === 401 || status === 403
  return new ConnectorError(isKey ? 'unauthorized' : 'rejected', said)
}
