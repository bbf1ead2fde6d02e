// Public collections of mails, where they lie beside the project (or where FRONTDESK_SHARED says). They are no part of the project.
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

const SHARED = process.env.FRONTDESK_SHARED ?? join(import.meta.dirname, '../../../shared')
const CORPORA = join(SHARED, 'data/corpora')
const FOLDERS = ['mime-cpython', 'mime-mime4j', 'mime-postalmime', 'bounces']

export const hasMails = FOLDERS.every((name) => existsSync(join(CORPORA, name)))
export const LACKS_MAILS = `${FOLDERS.join(', ')} are not in ${CORPORA}: set FRONTDESK_SHARED to the folder that holds data/corpora`

export interface CorpusMail {
  path: string
  raw: Buffer
}

/** Each mail once: some lie there twice, with other line ends. */
export function mails(folders = FOLDERS): CorpusMail[] {
  const found = new Map<string, CorpusMail>()
  for (const path of folders.flatMap((name) => files(join(CORPORA, name)))) {
    if (!/\.(?:msg|eml|txt)$/.test(path) || /_decoded|decoded_|\.headers|README|LICEN/.test(path)) continue
    const raw = readFileSync(path)
    const key = createHash('sha256').update(raw.toString('latin1').replaceAll('\r\n', '\n')).digest('hex')
    if (!found.has(key)) found.set(key, { path: path.slice(CORPORA.length + 1), raw })
  }
  return [...found.values()]
}

export function corpusFile(path: string): string | undefined {
  const full = join(CORPORA, path)
  return existsSync(full) ? readFileSync(full, 'utf8') : undefined
}

export function corpusFiles(folder: string): string[] {
  return existsSync(join(CORPORA, folder)) ? readdirSync(join(CORPORA, folder)) : []
}

function files(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name)
    return statSync(path).isDirectory() ? files(path) : [path]
  })
}
