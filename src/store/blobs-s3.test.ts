import { createHash, createHmac } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { afterEach, describe, expect, test } from 'vitest'
import { type Listening, listen } from '../../test/support/listen.ts'
import { type S3Options, s3Blobs } from './blobs-s3.ts'
import { signed } from './sigv4.ts'

const EMPTY = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
const KEYS = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY', region: 'us-east-1' }
const ID = `att_${'0'.repeat(31)}1`

describe('signatures', () => {
  // The examples of Amazon's page on signing requests to S3 in headers.
  const NOW = new Date('2013-05-24T00:00:00Z')
  const signatureOf = async (...args: Parameters<typeof signed>) =>
    /Signature=(\w+)$/.exec((await signed(...args)).authorization ?? '')?.[1]

  test('agree with the documented example of reading a part of an object', async () => {
    const request = { method: 'GET', url: new URL('https://examplebucket.s3.amazonaws.com/test.txt'), headers: { range: 'bytes=0-9' } }
    expect(await signatureOf({ ...request, bodyHash: EMPTY }, KEYS, NOW)).toBe(
      'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
    )
  })

  test('agree with the documented example of writing an object', async () => {
    const headers = { date: 'Fri, 24 May 2013 00:00:00 GMT', 'x-amz-storage-class': 'REDUCED_REDUNDANCY' }
    const bodyHash = createHash('sha256').update('Welcome to Amazon S3.').digest('hex')
    const request = { method: 'PUT', url: new URL('https://examplebucket.s3.amazonaws.com/test%24file.text'), headers, bodyHash }
    expect(await signatureOf(request, KEYS, NOW)).toBe('98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd')
  })

  test('agree with the documented examples of a query', async () => {
    const lifecycle = { method: 'GET', url: new URL('https://examplebucket.s3.amazonaws.com/?lifecycle'), bodyHash: EMPTY }
    expect(await signatureOf(lifecycle, KEYS, NOW)).toBe('fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543')
    const list = { method: 'GET', url: new URL('https://examplebucket.s3.amazonaws.com/?max-keys=2&prefix=J'), bodyHash: EMPTY }
    expect(await signatureOf(list, KEYS, NOW)).toBe('34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7')
  })
})

/** A store that checks signatures with code of its own, and keeps what it is given. */
function store(objects: Map<string, Buffer>, faults: number[]) {
  return async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks)
    const end = (status: number, content: string | Buffer = '') => response.writeHead(status).end(content)
    const fault = faults.shift()
    if (fault === 0) return response.destroy()
    if (fault) return end(fault, '<Error><Code>SlowDown</Code></Error>')
    if (!isSigned(request, body)) return end(403, '<Error><Code>SignatureDoesNotMatch</Code></Error>')
    const [, bucket, ...key] = (request.url ?? '').split('/')
    if (bucket !== 'files') return end(404, '<Error><Code>NoSuchBucket</Code></Error>')
    const name = key.join('/')
    if (request.method === 'PUT') objects.set(name, body)
    else if (request.method === 'DELETE') objects.delete(name)
    const found = objects.get(name)
    if (request.method === 'GET' && !found) return end(404, '<Error><Code>NoSuchKey</Code></Error>')
    return end(request.method === 'DELETE' ? 204 : 200, request.method === 'GET' ? found : '')
  }
}

function isSigned({ method, url, headers }: IncomingMessage, body: Buffer): boolean {
  const given = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request,SignedHeaders=([^,]+),Signature=(\w+)$/.exec(
    headers.authorization ?? '',
  )
  if (!given || headers['x-amz-content-sha256'] !== createHash('sha256').update(body).digest('hex')) return false
  const [, id, day = '', region = '', names = '', signature] = given
  const lines = names.split(';').map((name) => `${name}:${headers[name]}\n`)
  const canonical = [method, url, '', lines.join(''), names, headers['x-amz-content-sha256']].join('\n')
  const text = `AWS4-HMAC-SHA256\n${headers['x-amz-date']}\n${day}/${region}/s3/aws4_request\n${createHash('sha256').update(canonical).digest('hex')}`
  const hmac = (key: string | Buffer, words: string) => createHmac('sha256', key).update(words).digest()
  const key = [region, 's3', 'aws4_request'].reduce<Buffer>(hmac, hmac(`AWS4${KEYS.secretAccessKey}`, day))
  return id === KEYS.accessKeyId && signature === createHmac('sha256', key).update(text).digest('hex')
}

describe('blobs in a bucket', () => {
  let server: Listening
  const objects = new Map<string, Buffer>()
  const faults: number[] = []
  afterEach(async () => {
    objects.clear()
    faults.length = 0
    await server.close()
  })
  const open = async (extra: Partial<S3Options> = {}) => {
    server = await listen(store(objects, faults))
    const options = { ...KEYS, endpoint: server.url, bucket: 'files', prefix: 'frontdesk/', pathStyle: true, ...extra }
    return s3Blobs(options, { fetch, now: () => new Date() })
  }

  test('come back byte for byte, lie under the prefix, and are gone when removed', async () => {
    const blobs = await open()
    const bytes = Uint8Array.from({ length: 100_000 }, (_, n) => n % 251)
    await blobs.put(ID, bytes)
    expect([...objects.keys()]).toEqual([`frontdesk/01/${ID}`])
    expect(await blobs.get(ID)).toEqual(bytes)
    await blobs.remove(ID)
    expect(await blobs.get(ID)).toBeUndefined()
    await blobs.remove(ID)
  })

  test('a broken connection or a busy store is asked once more, and no more than that', async () => {
    const blobs = await open()
    faults.push(0)
    await blobs.put(ID, new Uint8Array([1]))
    faults.push(503)
    expect(await blobs.get(ID)).toEqual(new Uint8Array([1]))
    faults.push(503, 503)
    await expect(blobs.get(ID)).rejects.toMatchObject({ kind: 'transient', message: expect.stringContaining('SlowDown') })
  })

  test('wrong keys and a missing bucket are told apart, without a word of the keys', async () => {
    const wrong = await open({ secretAccessKey: 'wrong' })
    const error = await wrong.put(ID, new Uint8Array([1])).catch((thrown: Error) => thrown)
    expect(error).toMatchObject({ kind: 'unauthorized', message: expect.stringContaining('SignatureDoesNotMatch') })
    expect(String(error)).not.toContain(KEYS.accessKeyId)
    await server.close()
    const nowhere = await open({ bucket: 'other' })
    await expect(nowhere.get(ID)).rejects.toMatchObject({ kind: 'rejected', message: expect.stringContaining('NoSuchBucket') })
  })

  test('nothing but an id becomes a key', async () => {
    const blobs = await open()
    await expect(blobs.get('../secrets')).rejects.toThrow('not an attachment id')
  })
})
