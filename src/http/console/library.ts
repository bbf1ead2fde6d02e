// What agents reach for while they write in the console, and what they mean to do: canned replies, articles, follow-ups.
import { type Context, Hono } from 'hono'
import { RequestError } from '#core/errors.ts'
import type { Locale } from '#core/message.ts'
import { expand, inWanted, titleOf } from '#knowledge/macros.ts'
import { readConversation } from '#store/console.ts'
import { loadAgents } from '#store/drafts.ts'
import { finishFollowup, macroUsesByAgent, openFollowups, readMacroUses } from '#store/followups.ts'
import type { AgentRow } from '#store/rows.ts'
import { known } from '../../pipeline/shelf.ts'
import type { HttpParts } from '../parts.ts'
import type { ArticleItem, FollowupItem, MacroItem, MacroUses } from './protocol.ts'

type Env = { Variables: { agent: AgentRow } }
const MOST_FOUND = 8

export function libraryRoutes(parts: HttpParts, spoken: (context: Context) => Locale): Hono<Env> {
  const app = new Hono<Env>()
  const { db } = parts.database

  app.get('/conversations/:id/macros', async (context) => {
    const agent = context.get('agent')
    return context.json({ items: await macrosFor(parts, agent, context.req.param('id'), spoken(context)) })
  })
  app.get('/conversations/:id/articles', async (context) => {
    const words = (context.req.query('q') ?? '').replaceAll('\0', '').slice(0, 200)
    return context.json({ items: await articlesFor(parts, context.get('agent'), context.req.param('id'), words) })
  })
  app.get('/followups', async (context) => {
    const list = await openFollowups(db, context.get('agent').id)
    const items = list.map(
      ({ followup: { id, number, conversationId, text, priority, dueAt }, customer }): FollowupItem => ({
        id,
        number,
        conversation: conversationId,
        customer,
        text,
        priority,
        dueAt: dueAt.toISOString(),
      }),
    )
    return context.json({ items })
  })
  app.post('/followups/:id/done', async (context) => {
    const isThere = await finishFollowup(db, context.get('agent').id, context.req.param('id'), parts.clock.now())
    if (!isThere) throw new RequestError(404, 'not_found', 'Not found. / 未找到。')
    parts.live.publish('console', { type: 'changed' })
    return context.json({})
  })
  app.get('/macros/uses', async (context) => {
    if (context.get('agent').role === 'agent')
      throw new RequestError(403, 'not_allowed', 'Only admins and supervisors may do this. / 只有管理员和主管可以这样做。')
    return context.json(await usesOf(parts))
  })
  return app
}

async function scene(parts: HttpParts, agent: AgentRow, id: string) {
  const rows = await readConversation(parts.database.db, agent, id)
  if (!rows) throw new RequestError(404, 'not_found', 'Not found. / 未找到。')
  return rows
}

/** As they would go out to this customer, in the customer's language; the list itself is in the agent's. */
async function macrosFor(parts: HttpParts, agent: AgentRow, id: string, locale: Locale): Promise<MacroItem[]> {
  const house = parts.house()
  const rows = await scene(parts, agent, id)
  const uses = await readMacroUses(parts.database.db, agent.id)
  const values = known(rows, agent.publicName, house)
  return (house.library?.macros ?? []).map((macro) => {
    const { text, missing } = expand(macro, { values, locale: rows.conversation.locale })
    const category = inWanted(macro.category, locale)?.text
    const { mine = 0, all = 0 } = uses.get(macro.key) ?? {}
    return {
      key: macro.key,
      aliases: macro.aliases,
      title: titleOf(macro, locale),
      text,
      missing,
      uses: { mine, all },
      ...(category && { category }),
    }
  })
}

async function articlesFor(parts: HttpParts, agent: AgentRow, id: string, words: string): Promise<ArticleItem[]> {
  const house = parts.house()
  const rows = await scene(parts, agent, id)
  const values = known(rows, agent.publicName, house)
  return (house.library?.search(words, rows.conversation.locale, MOST_FOUND) ?? []).map((found) => {
    const whole = { key: '', aliases: [], category: {}, title: {}, text: { [found.locale]: found.text } }
    const { text, missing } = expand(whole, { values, locale: found.locale })
    return { ...found, text, missing }
  })
}

async function usesOf(parts: HttpParts): Promise<MacroUses> {
  const { db } = parts.database
  const names = new Map((await loadAgents(db)).map(({ id, name }) => [id, name]))
  const keys = (parts.house().library?.macros ?? []).map(({ key }) => key)
  const rows = await macroUsesByAgent(db, keys)
  return {
    items: rows.map(({ macro, agentId, count, lastAt }) => ({
      macro,
      agent: { id: agentId, name: names.get(agentId) ?? agentId },
      count,
      lastAt: lastAt.toISOString(),
    })),
  }
}
