// The file of a backup: gzip'd lines, a manifest first, and at the end the SHA-256 of every byte before it. `zcat` shows it all.
//
//   {"frontdesk":"backup","format":1,…}       the manifest
//   {"table":"customers","rows":2}            a heading, and below it so many rows, each the JSON that PostgreSQL makes of it
//   {"file":"att_…","chunks":1}               a stored file, and below it its bytes in base64
//   {"end":true}
//   {"sha256":"…"}                            a gzip member of its own, so that it can be written after the rest is known
import { createHash, randomBytes } from 'node:crypto'
import { createReadStream, rmSync } from 'node:fs'
import { access, type FileHandle, link, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { crc32, createGunzip, createGzip } from 'node:zlib'
import { z } from 'zod'

export const FORMAT = 1

const manifestSchema = z.object({
  frontdesk: z.literal('backup'),
  format: z.number(),
  /** The version of Frontdesk that wrote it. */
  product: z.string(),
  takenAt: z.string(),
  database: z.enum(['embedded', 'postgresql']),
  /** The migrations that made the schema of its rows. */
  migrations: z.array(z.string()),
  rows: z.record(z.string(), z.number()),
  files: z.number(),
})

export type Manifest = z.infer<typeof manifestSchema>

const heading = z.union([
  z.strictObject({ table: z.string(), rows: z.number() }),
  z.strictObject({ file: z.string(), chunks: z.number() }),
  z.strictObject({ end: z.literal(true) }),
])

export type Section = { table: string; rows: string[] } | { file: string; bytes: Uint8Array }

/** A multiple of three, so that the base64 of the pieces is the base64 of the whole. */
const CHUNK = 48 * 1024
/** No row and no chunk of ours is longer; a file that claims one is none of ours. */
const LINE_MAX = 256 * 1024 * 1024

export function tableLines(table: string, rows: string[]): string {
  return `${JSON.stringify({ table, rows: rows.length })}\n${rows.join('\n')}\n`
}

export function fileLines(file: string, bytes: Uint8Array): string {
  const lines: string[] = []
  for (let at = 0; at < bytes.length; at += CHUNK) lines.push(Buffer.from(bytes.subarray(at, at + CHUNK)).toString('base64'))
  return [JSON.stringify({ file, chunks: lines.length }), ...lines, ''].join('\n')
}

export const endLine = `${JSON.stringify({ end: true })}\n`

export interface Written {
  bytes: number
  sha256: string
}

/** Writes beside the name and moves: under the name there is a whole backup or nothing. Never overwrites. */
export async function writeBackup(file: string, lines: AsyncIterable<string>): Promise<Written> {
  await refuseExisting(file)
  const part = `${file}.${randomBytes(4).toString('hex')}.part`
  // Secrets of the house and customers' words: for its owner's eyes only.
  const handle = await open(part, 'wx', 0o600)
  const drop = () => rmSync(part, { force: true })
  process.on('exit', drop)
  try {
    const hash = createHash('sha256')
    let bytes = 0
    await pipeline(Readable.from(lines), createGzip({ level: 3, chunkSize: 256 * 1024 }), async (source: AsyncIterable<Buffer>) => {
      for await (const chunk of source) {
        hash.update(chunk)
        bytes += chunk.length
        await handle.writeFile(chunk)
      }
    })
    const sha256 = hash.digest('hex')
    await handle.writeFile(seal(sha256))
    await handle.sync()
    await publish(part, file)
    return { bytes: bytes + SEAL_BYTES, sha256 }
  } finally {
    await handle.close()
    process.off('exit', drop)
    await rm(part, { force: true })
  }
}

/** A link, since it fails where there is a file by now; moved where the file system has no links. */
async function publish(part: string, file: string): Promise<void> {
  try {
    await link(part, file)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'EOPNOTSUPP' && code !== 'ENOSYS')
      throw code === 'EEXIST' ? existing(file) : error
    await refuseExisting(file)
    await rename(part, file)
  }
  await syncFolder(dirname(file))
}

async function syncFolder(folder: string): Promise<void> {
  let handle: FileHandle | undefined
  try {
    handle = await open(folder, 'r')
    await handle.sync()
  } catch (error) {
    // Windows opens no folders: there the file itself is all that can be synced.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM' && (error as NodeJS.ErrnoException).code !== 'EISDIR') throw error
  } finally {
    await handle?.close()
  }
}

async function refuseExisting(file: string): Promise<void> {
  const there = await access(file).then(
    () => true,
    () => false,
  )
  if (there) throw existing(file)
}

function existing(file: string): Error {
  return new Error(
    `${file} exists already; a backup never overwrites anything. Name another file.\n${file} 已存在；备份从不覆盖文件。请换一个文件名。`,
  )
}

/** The last member of the file: the hash in a stored block, so that every bit of it is known beforehand. */
function seal(sha256: string): Buffer {
  const text = Buffer.from(`${JSON.stringify({ sha256 })}\n`)
  const size = Buffer.from([text.length & 0xff, text.length >> 8, ~text.length & 0xff, (~text.length >> 8) & 0xff])
  const tail = Buffer.alloc(8)
  tail.writeUInt32LE(crc32(text), 0)
  tail.writeUInt32LE(text.length, 4)
  return Buffer.concat([Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff, 1]), size, text, tail])
}

const SEAL_BYTES = seal('0'.repeat(64)).length

/** Reads every byte. Throws, in both languages, unless it is a whole backup that this version can read. */
export async function verifyBackup(file: string): Promise<Manifest> {
  const size = await sizeOf(file)
  const manifest = await readManifest(file)
  const hash = createHash('sha256')
  const body = size - SEAL_BYTES
  if (body <= 0) throw damaged(file)
  for await (const chunk of createReadStream(file, { end: body - 1, highWaterMark: 1024 * 1024 })) hash.update(chunk as Buffer)
  const end: Buffer[] = []
  for await (const chunk of createReadStream(file, { start: body })) end.push(chunk as Buffer)
  if (!Buffer.concat(end).equals(seal(hash.digest('hex')))) throw damaged(file)
  if (manifest.format !== FORMAT) {
    throw new Error(
      `${file} was written by Frontdesk ${manifest.product} in a format that this version cannot read. Use that version or a newer one.\n` +
        `${file} 由 Frontdesk ${manifest.product} 写成，本版本读不了它的格式。请使用那个版本或更新的版本。`,
    )
  }
  return manifest
}

async function readManifest(file: string): Promise<Manifest> {
  try {
    for await (const line of linesOf(file)) return manifestSchema.parse(JSON.parse(line))
  } catch (error) {
    // No gzip, no JSON, no manifest of ours: all the same to whoever named the wrong file. What cannot be read is told as it is.
    if ((error as NodeJS.ErrnoException).syscall) throw error
  }
  throw new Error(`${file} is no backup of Frontdesk, or its beginning is damaged.\n${file} 不是 Frontdesk 的备份，或开头已损坏。`)
}

function damaged(file: string): Error {
  return new Error(
    `${file} is damaged or incomplete: it is not what was written. Nothing was restored; use another copy.\n` +
      `${file} 已损坏或不完整，与写入时不一致。没有恢复任何内容；请使用另一份副本。`,
  )
}

/** The sections below the manifest, in order. Throws at a file that does not keep to the format. */
export async function* readSections(file: string): AsyncGenerator<Section> {
  const lines = linesOf(file, (await sizeOf(file)) - SEAL_BYTES)
  const next = async () => {
    const { value, done } = await lines.next()
    if (done) throw damaged(file)
    return value
  }
  try {
    await next() // The manifest, known already.
    for (;;) {
      const head = heading.parse(JSON.parse(await next()))
      if ('end' in head) break
      const length = 'table' in head ? head.rows : head.chunks
      const body: string[] = []
      while (body.length < length) body.push(await next())
      yield 'table' in head ? { table: head.table, rows: body } : { file: head.file, bytes: Buffer.from(body.join(''), 'base64') }
    }
  } finally {
    await lines.return(undefined)
  }
}

async function sizeOf(file: string): Promise<number> {
  const handle = await open(file, 'r')
  try {
    return (await handle.stat()).size
  } finally {
    await handle.close()
  }
}

/** Only a line feed ends a line: JSON escapes those within, and nothing else that some readers take for an end. */
async function* linesOf(file: string, bytes?: number): AsyncGenerator<string, undefined> {
  const source = createReadStream(file, bytes === undefined ? {} : { end: bytes - 1 })
  const unzipped = createGunzip({ chunkSize: 256 * 1024 })
  source.on('error', (error) => unzipped.destroy(error)).pipe(unzipped)
  let rest: Buffer[] = []
  let length = 0
  try {
    for await (const chunk of unzipped as AsyncIterable<Buffer>) {
      let from = 0
      for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, from)) {
        yield Buffer.concat([...rest, chunk.subarray(from, at)]).toString('utf8')
        rest = []
        length = 0
        from = at + 1
      }
      rest.push(chunk.subarray(from))
      length += chunk.length - from
      if (length > LINE_MAX) throw damaged(file)
    }
    return undefined
  } finally {
    source.destroy()
    unzipped.destroy()
  }
}
