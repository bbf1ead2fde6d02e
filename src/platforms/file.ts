// A file of somebody's, fetched from the address that they or their server named.
import { ConnectorError } from '#core/errors.ts'
import { isLoopback, isPrivate } from './address.ts'
import { brokenBy } from './wire.ts'

export interface FileSource {
  fetch: typeof fetch
  /** The company's server is this machine: a trial or a test, where files lie here too. */
  local: boolean
  /** A place that the config vouches for: files are fetched from there wherever it is. */
  trusts?(url: URL): boolean
  /** How long the first byte may take. A large file over a slow line may then take its time. */
  deadlineMs?: number
}

const DEADLINE_MS = 15_000
const HOPS = 3

export async function loadFile(address: string, source: FileSource, signal: AbortSignal): Promise<Response> {
  const slow = new AbortController()
  const timer = setTimeout(() => slow.abort(), source.deadlineMs ?? DEADLINE_MS)
  try {
    return await follow(new URL(address), source, AbortSignal.any([signal, slow.signal]))
  } catch (error) {
    if (error instanceof ConnectorError) throw error
    throw new ConnectorError(
      'transient',
      `the file could not be fetched (${slow.signal.aborted ? 'no answer in time' : brokenBy(error).detail})`,
    )
  } finally {
    clearTimeout(timer)
  }
}

async function follow(from: URL, source: FileSource, signal: AbortSignal): Promise<Response> {
  const { fetch: request } = source // Workers refuse a `fetch` that is called as somebody's method.
  let url = from
  for (let hop = 0; hop <= HOPS; hop++) {
    if (!source.trusts?.(url)) refuseUnsafe(url, source.local)
    const response = await request(url, { redirect: 'manual', signal })
    if (response.status < 300 || response.status >= 400) return bare(response)
    await response.body?.cancel()
    const next = URL.parse(response.headers.get('location') ?? '', url)
    if (next?.host !== from.host) throw new ConnectorError('rejected', 'the address of the file redirects to another host')
    url = next
  }
  throw new ConnectorError('rejected', 'the address of the file redirects without end')
}

function refuseUnsafe(url: URL, local: boolean): void {
  const here = local && isLoopback(url)
  if (url.protocol !== 'https:' && !here) throw new ConnectorError('rejected', 'files are fetched by https only / 只通过 https 获取文件')
  if (isPrivate(url) && !local) throw new ConnectorError('rejected', 'the address of the file is not public / 文件地址不在公网')
}

/** Without the address, which may hold a token of the company's. */
async function bare(response: Response): Promise<Response> {
  if (!response.ok) {
    await response.body?.cancel()
    const again = response.status >= 500 || response.status === 429
    throw new ConnectorError(again ? 'transient' : 'rejected', `the address of the file answered ${response.status}`)
  }
  const headers = new Headers()
  const mime = response.headers.get('content-type')
  if (mime) headers.set('content-type', mime)
  return new Response(response.body, { headers })
}
