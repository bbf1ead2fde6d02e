// A real XMPP server: Debian's Prosody, as an ordinary process of the test with a folder and free loopback ports of its own.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from './listen.ts'
import { until } from './until.ts'

const BINARY = '/usr/bin/prosody'
export const hasProsody = existsSync(BINARY)
/** What a test says that goes without. */
export const NO_PROSODY = `${BINARY} is not here: apt-get install --no-install-recommends prosody`
if (!hasProsody && process.env.FRONTDESK_TEST_ALL === '1') throw new Error(NO_PROSODY)

export const DESK_PASSWORD = 'xmpp-secret-of-the-test'
export const PEOPLE = ['desk', 'anna', 'ben', 'admin']

export interface Prosody {
  port: number
  httpPort: number
  start(): Promise<void>
  stop(): Promise<void>
  /** Stops it, and takes everything away. */
  remove(): Promise<void>
  log(): string
}

export interface ProsodyOptions {
  /** Where agents' clients are told to fetch files, if not directly. */
  fileRoot?(httpPort: number): Promise<string> | string
  /** A certificate and its key: then nothing is said without TLS. */
  tls?: { cert: string; key: string }
  /** Without an archive of rooms, and so without ids of their messages. */
  bare?: true
  /** So many messages of a room are told to who comes in. */
  history?: number
  /** So many are on one page of an archive. */
  page?: number
}

export async function startProsody(options: ProsodyOptions = {}): Promise<Prosody> {
  const folder = mkdtempSync(join(tmpdir(), 'frontdesk-xmpp-'))
  chmodSync(folder, 0o755)
  const [port, httpPort] = [await freePort(), await freePort()]
  const log = join(folder, 'prosody.log')
  const config = join(folder, 'prosody.cfg.lua')
  mkdirSync(join(folder, 'data'))
  if (options.tls) {
    // It reads them as nobody.
    copyFileSync(options.tls.cert, join(folder, 'cert.pem'))
    copyFileSync(options.tls.key, join(folder, 'key.pem'))
  }
  writeFileSync(
    config,
    configOf(folder, log, port, httpPort, (await options.fileRoot?.(httpPort)) ?? `http://127.0.0.1:${httpPort}/`, options),
  )
  layOutPeople(join(folder, 'data', 'localhost', 'accounts'))
  // Prosody refuses to be root; as somebody else it needs its folder to be theirs.
  const isRoot = process.getuid?.() === 0
  if (isRoot) execFileSync('chown', ['-R', 'nobody', folder])
  const [uid, gid] = isRoot ? [65_534, 65_534] : [undefined, undefined]
  let child: ChildProcess | undefined

  async function start(): Promise<void> {
    child = spawn(BINARY, ['--config', config, '-F'], { stdio: 'ignore', uid, gid, cwd: folder })
    await until('prosody answers', () => answers(port), { state: () => (existsSync(log) ? readFileSync(log, 'utf8') : '') })
  }

  async function stop(): Promise<void> {
    const ending = child
    child = undefined
    if (!ending || ending.exitCode !== null || ending.signalCode !== null) return
    const gone = new Promise((resolve) => ending.once('exit', resolve))
    ending.kill('SIGTERM')
    const timer = setTimeout(() => ending.kill('SIGKILL'), 3000)
    await gone
    clearTimeout(timer)
  }

  await start()
  return {
    port,
    httpPort,
    start,
    stop,
    async remove() {
      await stop()
      rmSync(folder, { recursive: true, force: true })
    },
    log: () => (existsSync(log) ? readFileSync(log, 'utf8') : ''),
  }
}

/** As Prosody itself keeps accounts: quicker than a call of prosodyctl for each. */
function layOutPeople(folder: string): void {
  mkdirSync(folder, { recursive: true })
  for (const name of PEOPLE) writeFileSync(join(folder, `${name}.dat`), `return { ["password"] = "${DESK_PASSWORD}" };\n`)
}

function configOf(
  folder: string,
  log: string,
  port: number,
  httpPort: number,
  files: string,
  { tls, bare, history = 500, page = 50 }: ProsodyOptions,
): string {
  return `
pidfile = "${folder}/prosody.pid"
data_path = "${folder}/data"
log = { info = "${log}" }
interfaces = { "127.0.0.1" }
c2s_ports = { ${port} }
http_ports = { ${httpPort} }
http_interfaces = { "127.0.0.1" }
https_ports = {}
admins = { "admin@localhost" }
modules_enabled = { "roster", "saslauth", "disco", "ping", "presence", "message", "iq", "offline"${tls ? ', "tls"' : ''} }
modules_disabled = { "s2s"${tls ? '' : ', "tls"'} }
c2s_require_encryption = ${tls ? 'true' : 'false'}
allow_unencrypted_plain_auth = true
authentication = "internal_plain"
default_storage = "internal"
storage = { muc_log = "memory" }
http_default_host = "upload.localhost"
http_max_content_size = 67108864
VirtualHost "localhost"
${tls ? `ssl = { certificate = "${folder}/cert.pem", key = "${folder}/key.pem" }` : ''}
Component "conference.localhost" "muc"
  ${bare ? '' : 'modules_enabled = { "muc_mam" }'}
  max_history_messages = ${history}
  max_archive_query_results = ${page}
Component "upload.localhost" "http_file_share"
  http_file_share_size_limit = 67108864
  http_external_url = "${files}"
`
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
