// A real IMAP server: Debian's Dovecot, as an ordinary process of the test with a folder of its own. Mails are put into its maildir as
// a mail server would, and its log is kept for whoever wants to know what was asked.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { freePort } from './listen.ts'
import { until } from './until.ts'

const BINARY = '/usr/sbin/dovecot'
export const hasDovecot = existsSync(BINARY)
/** What a test says that goes without. */
export const NO_DOVECOT = `${BINARY} is not here: apt-get install --no-install-recommends dovecot-imapd`

export const USER = 'help'
export const PASSWORD = 'imap-secret-of-the-test'

export interface Dovecot {
  port: number
  /** Puts a mail into a folder, at once visible to every session. */
  deliver(raw: string | Uint8Array, folder?: string): void
  /** Gives all mails of the inbox new UIDs. */
  renumber(): Promise<void>
  start(): Promise<void>
  stop(): Promise<void>
  /** Stops it, and takes everything away. */
  remove(): Promise<void>
}

export interface DovecotOptions {
  /** Files with a certificate and its key, for TLS from the first byte, or after STARTTLS. */
  tls?: { cert: string; key: string; start?: boolean }
  /** Instead of the password, tokens (XOAUTH2, OAUTHBEARER): each is asked about there (RFC 7662). */
  introspect?: string
}

export async function startDovecot(options: DovecotOptions = {}): Promise<Dovecot> {
  const folder = mkdtempSync(join(tmpdir(), 'frontdesk-imap-'))
  chmodSync(folder, 0o755)
  const port = await freePort()
  const place = layOut(folder, port, options)
  let child: ChildProcess | undefined
  let counter = 0

  async function start(): Promise<void> {
    child = spawn(BINARY, ['-F', '-c', join(folder, 'dovecot.conf')], { stdio: 'ignore', detached: true })
    await until('dovecot answers', () => answers(port), { state: () => (existsSync(place.log) ? readFileSync(place.log, 'utf8') : '') })
  }

  async function stop(): Promise<void> {
    const ending = child
    child = undefined
    if (!ending || ending.exitCode !== null || ending.signalCode !== null) return
    const gone = new Promise((resolve) => ending.once('exit', resolve))
    // With every process that serves a connection: they would go on without their master.
    if (ending.pid) process.kill(-ending.pid, 'SIGKILL')
    await gone
  }

  await start()
  return {
    port,
    deliver(raw, name) {
      const maildir = name ? join(place.mail, `.${name}`) : place.mail
      for (const part of ['tmp', 'new', 'cur']) place.make(join(maildir, part))
      counter += 1
      const file = `${Math.floor(Date.now() / 1000)}.M${String(counter).padStart(8, '0')}P${process.pid}.test`
      const written = join(maildir, 'tmp', file)
      writeFileSync(written, raw)
      place.own(written)
      renameSync(written, join(maildir, 'new', file))
    },
    async renumber() {
      await stop()
      for (const name of ['dovecot-uidlist', 'dovecot-uidvalidity', 'dovecot.index', 'dovecot.index.log', 'dovecot.index.cache'])
        rmSync(join(place.mail, name), { force: true })
      // A validity is the second at which it is made: another one is written down, not waited for.
      writeFileSync(join(place.mail, 'dovecot-uidlist'), `3 V${Math.floor(Date.now() / 1000) + 1000} N1\n`)
      place.own(join(place.mail, 'dovecot-uidlist'))
      await start()
    },
    start,
    stop,
    async remove() {
      await stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Dovecot reads no mail as root, and as somebody else it is not given other users. */
function layOut(folder: string, port: number, { tls, introspect }: DovecotOptions) {
  const { username, uid, gid } = userInfo()
  const isRoot = uid === 0
  const [nobody, nogroup] = isRoot ? idsOf('nobody') : [uid, gid]
  const mail = join(folder, 'mail', USER)
  const log = join(folder, 'dovecot.log')
  const own = (path: string) => chownSync(path, nobody, nogroup)
  const make = (path: string) => {
    if (existsSync(path)) return
    mkdirSync(path, { recursive: true })
    if (isRoot) execFileSync('chown', ['-R', `${nobody}:${nogroup}`, join(folder, 'mail')])
  }
  make(mail)
  const isWrapped = tls !== undefined && !tls.start
  const listener = (name: string, at: number) =>
    `inet_listener ${name} {\n    port = ${at}\n    ${name === 'imaps' ? 'ssl = yes' : ''}\n  }`
  const internal = isRoot
    ? ''
    : `default_internal_user = ${username}
default_internal_group = ${execFileSync('id', ['-gn'], { encoding: 'utf8' }).trim()}
default_login_user = ${username}
service anvil {
  chroot =
}`
  writeFileSync(join(folder, 'users'), `${USER}:{PLAIN}${PASSWORD}::::::\n`)
  if (introspect)
    writeFileSync(
      join(folder, 'oauth.conf'),
      `introspection_mode = post
introspection_url = ${introspect}
force_introspection = yes
username_attribute = username
active_attribute = active
active_value = true
`,
    )
  writeFileSync(
    join(folder, 'dovecot.conf'),
    `base_dir = ${folder}/run
state_dir = ${folder}/state
log_path = ${log}
protocols = imap
listen = 127.0.0.1
disable_plaintext_auth = no
first_valid_uid = 1
mail_location = maildir:${folder}/mail/%u
mail_max_userip_connections = 50
auth_failure_delay = 0
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
${tls ? `ssl = yes\nssl_cert = <${tls.cert}\nssl_key = <${tls.key}` : 'ssl = no'}
${internal}
service imap-login {
  ${isRoot ? '' : 'chroot ='}
  ${listener('imap', isWrapped ? 0 : port)}
  ${listener('imaps', isWrapped ? port : 0)}
}
${introspect ? byToken(folder) : ''}
${introspect ? '' : byPassword(folder)}
userdb {
  driver = static
  args = uid=${nobody} gid=${nogroup} home=${folder}/mail/%u
}
namespace inbox {
  inbox = yes
  mailbox Sent {
    special_use = \\Sent
    auto = subscribe
  }
}
`,
  )
  return { mail, log, own, make }
}

function byPassword(folder: string): string {
  return `passdb {
  driver = passwd-file
  args = scheme=PLAIN username_format=%u ${folder}/users
}`
}

function byToken(folder: string): string {
  return `auth_mechanisms = xoauth2 oauthbearer
passdb {
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = ${folder}/oauth.conf
}`
}

function idsOf(user: string): [number, number] {
  const [, uid = '65534', gid = '65534'] = new RegExp(`^${user}:[^:]*:(\\d+):(\\d+):`, 'm').exec(readFileSync('/etc/passwd', 'utf8')) ?? []
  return [Number(uid), Number(gid)]
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    const end = (found: boolean) => {
      socket.destroy()
      resolve(found)
    }
    socket.once('data', (greeting) => end(String(greeting).startsWith('* OK')))
    socket.once('connect', () => socket.unref())
    socket.once('error', () => end(false))
    // With TLS nobody speaks first.
    setTimeout(() => end(!socket.connecting && socket.bytesRead === 0 && !socket.destroyed), 500).unref()
  })
}
