// Who is signed in. Own sessions, see docs/decisions/0002: a random cookie, kept only as its hash.
import { createHash, randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import type { Context } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'
import type { Clock } from '#core/clock.ts'
import { CODE_MS, hashCode, makeCode } from '#core/code.ts'
import { RequestError } from '#core/errors.ts'
import { newId } from '#core/ids.ts'
import { findAgent, hasAdmin, insertAgent, isMailTaken, setPassword } from '#store/agents.ts'
import type { Db, Reader } from '#store/database.ts'
import type { AgentRow } from '#store/rows.ts'
import {
  deleteExpired,
  deleteSession,
  deleteSessionsOf,
  dropCodes,
  findInvite,
  findSession,
  insertInvite,
  insertSession,
  touchSession,
  useInvite,
} from '#store/sessions.ts'
import type { House } from '../../pipeline/house.ts'
import type { HttpParts } from '../parts.ts'
import { passwordProblem } from './password.ts'
import type { LoginRequest, SetupInfo, SetupRequest } from './protocol.ts'

const COOKIE = 'frontdesk_session'
/** Signed out after half a day without a request, and after a month in any case. */
const IDLE_MS = 12 * 3_600_000
const TOUCH_MS = 5 * 60_000
const INVITE_MS = 72 * 3_600_000

export function hash(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}

function derive(password: string, salt: Buffer): Promise<Buffer> {
  // N = 2^15, r = 8: 32 MB and about 100 ms, as OWASP asks for scrypt.
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFKC'), salt, 32, { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 1024 * 1024 }, (error, key) =>
      error ? reject(error) : resolve(key),
    )
  })
}

export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16)
  return `scrypt.15.8.${salt.toString('base64url')}.${(await derive(password, salt)).toString('base64url')}`
}

async function isPassword(password: string, stored: string | null): Promise<boolean> {
  const [, , , salt = '', key = ''] = (stored ?? nobody()).split('.')
  const given = await derive(password, Buffer.from(salt, 'base64url'))
  const wanted = Buffer.from(key, 'base64url')
  return wanted.length === given.length && timingSafeEqual(given, wanted)
}

/** Compared against when there is no such agent, so that the answer takes as long. Made when asked: Workers start without chance. */
function nobody(): string {
  return `scrypt.15.8.${Buffer.alloc(16).toString('base64url')}.${randomBytes(32).toString('base64url')}`
}

export async function signIn(parts: HttpParts, context: Context, { email, password }: LoginRequest): Promise<AgentRow> {
  const agent = await findAgent(parts.database.db, { email: mailKey(email) })
  if (!(await isPassword(password, agent?.passwordHash ?? null)) || !agent) {
    throw new RequestError(401, 'wrong', 'E-mail or password is wrong. / 邮箱或密码不正确。')
  }
  await begin(parts, context, agent)
  return agent
}

/** Normalised before anything is compared: the same address in another writing is no other person. */
export function mailKey(email: string): string {
  return email.normalize('NFKC').trim().toLowerCase()
}

async function begin(parts: HttpParts, context: Context, agent: AgentRow): Promise<void> {
  const token = randomBytes(32).toString('base64url')
  const now = parts.clock.now()
  await deleteExpired(parts.database.db, now)
  await insertSession(parts.database.db, {
    id: hash(token),
    agentId: agent.id,
    createdAt: now,
    lastSeenAt: now,
    expiresAt: new Date(now.getTime() + IDLE_MS),
  })
  const secure = parts.publicUrl?.protocol === 'https:'
  setCookie(context, COOKIE, token, {
    httpOnly: true,
    sameSite: 'Lax',
    path: '/',
    secure,
    maxAge: 30 * 86_400,
    ...(secure && { prefix: 'host' as const }),
  })
}

/** The signed-in agent; 401 for everybody else. */
export async function whoIs(parts: HttpParts, context: Context): Promise<AgentRow> {
  return agentOf(parts, sessionId(context))
}

/** As `whoIs`, for what knows only the id of a session. */
export async function agentOf(parts: HttpParts, session: string | undefined): Promise<AgentRow> {
  const now = parts.clock.now()
  const found = session ? await findSession(parts.database.db, session, now) : undefined
  if (!found || !session) throw new RequestError(401, 'signed_out', 'Please sign in. / 请先登录。')
  if (now.getTime() - found.lastSeenAt.getTime() > TOUCH_MS) {
    await touchSession(parts.database.db, session, now, new Date(now.getTime() + IDLE_MS))
  }
  return found.agent
}

/** Which session this is: the hash of its cookie, which opens nothing by itself. */
export function sessionId(context: Context): string | undefined {
  const token = sessionToken(context)
  return token && hash(token)
}

function sessionToken(context: Context): string | undefined {
  return getCookie(context, COOKIE, 'host') ?? getCookie(context, COOKIE)
}

export async function signOut(parts: HttpParts, context: Context): Promise<void> {
  const token = sessionToken(context)
  if (token) await deleteSession(parts.database.db, hash(token))
  setCookie(context, COOKIE, '', { path: '/', maxAge: 0 })
}

/** A one-time link's token. Kept as a hash: the link exists only where it was shown. */
export async function makeInvite(
  db: Db,
  clock: Clock,
  kind: 'admin' | 'invite',
  agentId: string | null,
): Promise<{ token: string; expiresAt: Date }> {
  const token = randomBytes(24).toString('base64url')
  const expiresAt = new Date(clock.now().getTime() + INVITE_MS)
  await insertInvite(db, { id: hash(token), kind, agentId, expiresAt })
  return { token, expiresAt }
}

/** A code with which an agent says in a tool who they are. Each new one ends those before. */
export async function makeLinkCode(db: Db, clock: Clock, agentId: string): Promise<{ code: string; expiresAt: Date }> {
  const code = makeCode()
  const expiresAt = new Date(clock.now().getTime() + CODE_MS)
  await dropCodes(db, agentId)
  await insertInvite(db, { id: await hashCode(code), kind: 'link', agentId, expiresAt })
  return { code, expiresAt }
}

export async function inviteInfo(parts: HttpParts, token: string): Promise<SetupInfo> {
  const invite = await findInvite(parts.database.db, hash(token), parts.clock.now())
  if (!invite || (invite.kind === 'admin' && (await hasAdmin(parts.database.db)))) throw used()
  const agent = invite.agentId ? await findAgent(parts.database.db, { id: invite.agentId }) : undefined
  const { brand } = parts.house()
  return {
    kind: invite.kind === 'admin' ? 'admin' : 'invite',
    brand,
    ...(agent && { name: agent.name, ...(agent.email && { email: agent.email }) }),
  }
}

function used(): RequestError {
  return new RequestError(403, 'link_used', 'This link was used or has expired. Ask for a new one. / 链接已使用或已过期，请重新获取。')
}

/** Uses a one-time link: makes the first admin, or sets the password of somebody known. */
export async function setUp(parts: HttpParts, context: Context, request: SetupRequest): Promise<AgentRow> {
  const weak = passwordProblem(request.password, [request.name, request.email?.split('@')[0]])
  if (weak) throw new RequestError(400, 'weak', `${weak.en} / ${weak.zh}`)
  const passwordHash = await hashPassword(request.password)
  const agent = await parts.database.db.transaction(async (tx) => {
    const invite = await useInvite(tx, hash(request.token), parts.clock.now())
    if (!invite || (invite.kind === 'admin' && (await hasAdmin(tx)))) throw used()
    if (invite.agentId) {
      const known = await findAgent(tx, { id: invite.agentId })
      if (!known) throw used()
      const email = known.email ?? (await freeMail(tx, request))
      await setPassword(tx, known.id, passwordHash, email)
      await deleteSessionsOf(tx, known.id)
      return { ...known, email }
    }
    const row = newAgent(parts, { name: request.name?.trim() || 'Admin', email: requiredMail(request), role: 'admin' }, passwordHash)
    if (!(await insertAgent(tx, row))) throw taken()
    return row
  })
  await begin(parts, context, agent)
  return agent
}

/** Two people cannot sign in with one address. */
async function freeMail(tx: Reader, request: SetupRequest): Promise<string> {
  const email = requiredMail(request)
  if (await isMailTaken(tx, email)) throw taken()
  return email
}

function taken(): RequestError {
  return new RequestError(409, 'email_taken', 'This e-mail is in use. / 该邮箱已被使用。')
}

function requiredMail({ email }: SetupRequest): string {
  if (!email) throw new RequestError(400, 'invalid', 'email: required')
  return mailKey(email)
}

export function newAgent(
  parts: { clock: Clock; house(): Pick<House, 'skills'> },
  who: { name: string; email: string; role: AgentRow['role'] },
  passwordHash: string | null,
): AgentRow {
  return {
    ...who,
    id: newId('agt', parts.clock),
    email: mailKey(who.email),
    publicName: who.name,
    skills: parts.house().skills,
    capacity: 5,
    identities: {},
    presence: 'offline',
    presenceUntil: null,
    presenceAt: null,
    lastAssignedAt: null,
    missed: 0,
    missedAt: null,
    passwordHash,
    configured: false,
    disabled: false,
    createdAt: parts.clock.now(),
  }
}
