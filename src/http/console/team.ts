// Who answers: added, invited and unlinked from their accounts in tools by admins.
import { type Context, Hono } from 'hono'
import { RequestError } from '#core/errors.ts'
import type { Locale } from '#core/message.ts'
import { findAgent, insertAgent } from '#store/agents.ts'
import { accountsOf, unlinkPerson } from '#store/links.ts'
import type { AgentRow } from '#store/rows.ts'
import { readBody } from '../input.ts'
import type { RouteParts } from '../parts.ts'
import { makeInvite, newAgent } from './auth.ts'
import type { Invite, TeamPage } from './protocol.ts'
import { newAgentRequest, unlinkRequest } from './schema.ts'
import { teamOf } from './view.ts'

type Env = { Variables: { agent: AgentRow } }

export function teamRoutes(parts: RouteParts, spoken: (context: Context) => Locale): Hono<Env> {
  const app = new Hono<Env>()
  const { db } = parts.database
  const members = (context: Context<Env>) => teamOf(parts, context.get('agent'), spoken(context))

  app.get('/', async (context) => {
    const page: TeamPage = { members: await members(context) }
    return context.json(page)
  })
  app.post('/', async (context) => {
    mustBeAdmin(context.get('agent'))
    const row = newAgent(parts, await readBody(context, newAgentRequest), null)
    if (!(await insertAgent(db, row))) throw new RequestError(409, 'email_taken', 'This e-mail is in use. / 该邮箱已被使用。')
    return context.json((await members(context)).find((member) => member.id === row.id))
  })
  app.post('/:id/invite', async (context) => {
    mustBeAdmin(context.get('agent'))
    const agent = await known(context.req.param('id'))
    const { token, expiresAt } = await makeInvite(db, parts.clock, 'invite', agent.id)
    // From the configured address, or the one this admin sees us under; never from a header that a stranger could set.
    const base = parts.publicUrl ?? new URL(context.req.url)
    const invite: Invite = { url: new URL(`/console/setup?token=${token}`, base).href, expiresAt: expiresAt.toISOString() }
    return context.json(invite)
  })
  app.post('/:id/unlink', async (context) => {
    const actor = context.get('agent')
    if (context.req.param('id') !== actor.id) mustBeAdmin(actor)
    const agent = await known(context.req.param('id'))
    const { desk } = await readBody(context, unlinkRequest)
    const account = (await accountsOf(db, agent.id)).find((one) => one.deskId === desk)
    if (!account) throw new RequestError(404, 'not_linked', 'There is no such link any more. / 已经没有这个关联了。')
    if (account.how === 'file') throw new RequestError(409, 'in_file', inFile(agent.id, desk, account.userId))
    await db.transaction((tx) => unlinkPerson(tx, { account, by: actor.id }, parts.clock))
    // Who can be asked, and where, is another matter now.
    parts.runner.reroute()
    parts.live.publish('console', { type: 'changed' })
    return context.json((await members(context)).find((member) => member.id === agent.id))
  })

  async function known(id: string): Promise<AgentRow> {
    const agent = await findAgent(db, { id })
    if (!agent) throw new RequestError(404, 'not_found', 'Not found. / 未找到。')
    return agent
  }
  return app
}

function inFile(agent: string, desk: string, user: string): string {
  const line = `identities: { ${desk}: "${user}" }`
  return `That stands in frontdesk.yaml and is changed there: under agents, ${agent}, ${line}. / 写在 frontdesk.yaml 中，请在那里修改：agents 下 ${agent} 的 ${line}。`
}

function mustBeAdmin(agent: AgentRow): void {
  if (agent.role !== 'admin') throw new RequestError(403, 'not_allowed', 'Only admins may do this. / 只有管理员可以这样做。')
}
