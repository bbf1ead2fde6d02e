// pgbench, PostgreSQL's own load generator: the best that a server does with one transaction per message.
import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** On the PATH, or where Debian puts it. */
export function findPgbench(): string | undefined {
  const debian = '/usr/lib/postgresql'
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : []
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...versions.map((version) => join(debian, version, 'bin'))]
  return folders.map((folder) => join(folder, 'pgbench')).find((file) => existsSync(file))
}

/** Transactions a second. */
export async function pgbench(url: string, script: string, clients: number, seconds: number): Promise<number> {
  const file = findPgbench()
  if (!file) throw new Error('pgbench is not installed')
  const folder = mkdtempSync(join(tmpdir(), 'frontdesk-pgbench-'))
  try {
    writeFileSync(join(folder, 'script.sql'), script)
    const args = ['-n', '-M', 'prepared', '-c', String(clients), '-j', '1', '-T', String(seconds), '-f', join(folder, 'script.sql'), url]
    const { stdout } = await run(file, args, { maxBuffer: 1 << 24 })
    const failed = /number of failed transactions: (\d+)/.exec(stdout)?.[1] ?? '0'
    if (failed !== '0') throw new Error(`pgbench: ${failed} transactions failed`)
    return Number(/^tps = ([\d.]+)/m.exec(stdout)?.[1])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
