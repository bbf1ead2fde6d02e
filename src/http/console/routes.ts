// The console's API. Reads take the actor; changes go through the desk's way in.
import { Hono } from 'hono'
import type { WSContext } from 'hono/ws'
import { RequestError } from '#core/errors.ts'
import { findAttachment } from '#store/attachments.ts'
import { maySee, readConversation, readHistory } from '#store/console.ts'
import { saveAgent } from '#store/drafts.ts'
import type { Place } from '#store/pages.ts'
import type { AgentRow } from '#store/rows.ts'
import { touch } from '../../pipeline/presence.ts'
import { receiveFile, sendFile } from '../files.ts'
import { systemState } from '../health.ts'
import { readBody } from '../input.ts'
import { limit } from '../limits.ts'
import type { RouteParts } from '../parts.ts'
import { act, consoleDesk } from './actions.ts'
import { inviteInfo, mailKey, makeLinkCode, sessionId, setUp, signIn, signOut, whoIs } from './auth.ts'
import { lessonRoutes } from './lessons.ts'
import { libraryRoutes } from './library.ts'
import { foundIn, pageOf, withPlaces } from './list.ts'
import type { LinkCode } from './protocol.ts'
import { actionRequest, loginRequest, presenceRequest, setupRequest } from './schema.ts'
import { consoleSocket, isForeign } from './socket.ts'
import { targetsFor } from './targets.ts'
import { teamRoutes } from './team.ts'
import { giveUp, messageFate, troubleRoutes } from './trouble.ts'
import { detailOf, historyOf, meOf, spoken } from './view.ts'

type Env = { Variables: { agent: AgentRow } }

export function consoleRoutes(parts: RouteParts, sockets: Set<WSContext>): Hono<Env> {
  const app = new Hono<Env>()
  const { db } = parts.database
  const logins = limit(8, 300)
  const callers = limit(100, 300)
  const setups = limit(20, 300)

  app.use('*', async (context, next) => {
    context.header('cache-control', 'no-store')
    // A form or an image of another site cannot set a header: this is the guard against forged requests.
    if (!['GET', 'HEAD'].includes(context.req.method) && context.req.header('x-frontdesk') !== '1') {
      throw new RequestError(403, 'forged', 'the header x-frontdesk: 1 is missing')
    }
    return next()
  })

  app.get('/setup', async (context) => {
    await setups.take(parts.clientIp(context))
    return context.json(await inviteInfo(parts, context.req.query('token') ?? ''))
  })
  app.post('/setup', async (context) => {
    await setups.take(parts.clientIp(context))
    const agent = await setUp(parts, context, await readBody(context, setupRequest))
    return context.json(meOf(parts, agent, spoken(parts, context)))
  })
  app.post('/login', async (context) => {
    const request = await readBody(context, loginRequest)
    // By the address as it is looked up, and by the caller: each try costs us a hash.
    const key = `${parts.clientIp(context)} ${mailKey(request.email)}`
    await callers.take(parts.clientIp(context))
    await logins.take(key)
    const agent = await signIn(parts, context, request)
    await logins.forgive(key)
    return context.json(meOf(parts, agent, spoken(parts, context)))
  })
  app.post('/logout', async (context) => {
    await signOut(parts, context)
    return context.json({})
  })

  app.use('*', async (context, next) => {
    context.set('agent', await whoIs(parts, context))
    return next()
  })

  app.get('/me', async (context) => context.json(meOf(parts, context.get('agent'), spoken(parts, context))))
  app.post('/presence', async (context) => {
    const { state } = await readBody(context, presenceRequest)
    const agent = touch({ ...context.get('agent') }, state, parts.house())
    await saveAgent(db, agent)
    parts.runner.reroute()
    parts.live.publish('console', { type: 'changed' })
    return context.json(meOf(parts, agent, spoken(parts, context)))
  })

  app.get('/conversations', async (context) => {
    const page = await pageOf(parts, context.get('agent'), (name) => context.req.query(name), spoken(parts, context))
    return context.json(page)
  })
  app.get('/conversations/:id', async (context) => {
    const actor = context.get('agent')
    const from = context.req.query('from')
    const row = await readConversation(db, actor, context.req.param('id'), from === undefined ? from : seqOf('from', from))
    const [rows] = row ? await withPlaces(parts, [row]) : []
    if (!rows) throw notFound()
    return context.json(await detailOf(parts, actor, rows, spoken(parts, context)))
  })
  app.get('/conversations/:id/messages', async (context) => {
    const place = placeOf((name) => context.req.query(name))
    const rows = await readHistory(db, context.get('agent'), context.req.param('id'), place)
    if (!rows) throw notFound()
    return context.json(await historyOf(parts, rows, spoken(parts, context)))
  })
  app.get('/conversations/:id/found', async (context) => {
    const page = await foundIn(parts, context.get('agent'), context.req.param('id'), context.req.query('q'))
    if (!page) throw notFound()
    return context.json(page)
  })
  app.get('/conversations/:id/targets', async (context) => {
    const page = await targetsFor(parts, context.get('agent'), context.req.param('id'))
    if (!page) throw notFound()
    return context.json(page)
  })
  app.post('/conversations/:id/actions', async (context) => {
    const actor = context.get('agent')
    const id = context.req.param('id')
    if (!(await maySee(db, actor, id))) throw notFound()
    const request = await readBody(context, actionRequest)
    const reply = await act(parts, actor, id, request)
    return context.json(reply, !reply.ok && (reply.code === 'changed' || reply.code === 'claimed') ? 409 : 200)
  })

  app.get('/conversations/:id/messages/:message/attempts', async (context) => {
    const fate = await messageFate(
      parts,
      context.get('agent'),
      context.req.param('id'),
      context.req.param('message'),
      spoken(parts, context),
    )
    if (!fate) throw notFound()
    return context.json(fate)
  })
  app.post('/conversations/:id/messages/:message/drop', async (context) => {
    return context.json(await giveUp(parts, context.get('agent'), context.req.param('message')))
  })

  app.post('/files', async (context) => {
    const from = { source: 'desk' as const, sourceId: consoleDesk(parts), owner: context.get('agent').id }
    return context.json(await receiveFile(parts, context, from))
  })
  app.get('/files/:id', async (context) => {
    const row = await findAttachment(db, context.req.param('id'))
    const actor = context.get('agent')
    const visible =
      row && (row.conversationId ? await maySee(db, actor, row.conversationId) : row.source === 'desk' && row.owner === actor.id)
    if (!row || !visible) throw notFound()
    return sendFile(parts, row)
  })

  app.post('/me/link', async (context) => {
    const { code, expiresAt } = await makeLinkCode(db, parts.clock, context.get('agent').id)
    const reply: LinkCode = { code, expiresAt: expiresAt.toISOString() }
    return context.json(reply)
  })

  app.route(
    '/team',
    teamRoutes(parts, (context) => spoken(parts, context)),
  )
  app.route(
    '/',
    libraryRoutes(parts, (context) => spoken(parts, context)),
  )
  app.route(
    '/',
    lessonRoutes(parts, (context) => spoken(parts, context)),
  )
  app.route('/trouble', troubleRoutes(parts))
  app.get('/system', async (context) => context.json(await systemState(parts, spoken(parts, context))))

  const { rooms } = parts
  if (rooms) {
    app.get('/socket', (context) => {
      if (isForeign(parts, context)) throw new RequestError(403, 'origin', 'foreign origin')
      return rooms.console(context.req.raw, sessionId(context) ?? '')
    })
  } else if (parts.upgrade) {
    app.get(
      '/socket',
      parts.upgrade((context) => consoleSocket(parts, sockets, context)),
    )
  }
  return app
}

/** Where in a history a page is wanted: one of three ways to say it. */
function placeOf(asked: (name: string) => string | undefined): Place {
  const { before, after, around } = { before: asked('before'), after: asked('after'), around: asked('around') }
  if ([before, after, around].filter((one) => one !== undefined).length > 1)
    throw new RequestError(400, 'invalid', 'Only one of before, after and around. / before、after、around 只能给一个。')
  if (after !== undefined) return { after: seqOf('after', after) }
  if (around !== undefined) return { around: seqOf('around', around) }
  return { before: seqOf('before', before ?? '') }
}

/** A message of a history, as the messages name it. */
function seqOf(name: string, given: string): number {
  const seq = /^\d{1,10}$/.test(given) ? Number(given) : 0
  if (seq < 1 || seq > 2 ** 31 - 1)
    throw new RequestError(
      400,
      'invalid',
      `${name}: the seq of a message, a whole number from 1 on. / ${name}：消息的 seq，从 1 起的整数。`,
    )
  return seq
}

function notFound(): RequestError {
  return new RequestError(404, 'not_found', 'Not found. / 未找到。')
}
