// The chat API: what the widget and mobile apps use.
import { type Context, Hono } from 'hono'
import type { WSContext } from 'hono/ws'
import { RequestError } from '#core/errors.ts'
import { localeOf } from '#core/phrases.ts'
import { findAttachment } from '#store/attachments.ts'
import { customerAt } from '#store/chat.ts'
import { isSigned, receiveFile, sendFile } from '../files.ts'
import { readBody } from '../input.ts'
import { limit } from '../limits.ts'
import type { HttpParts } from '../parts.ts'
import { takeIn } from './intake.ts'
import { type LineParts, newLine } from './line.ts'
import type { Session } from './protocol.ts'
import { SEQ_MAX, seenRequest, sendRequest, sessionRequest, TEXT_MAX } from './schema.ts'
import { takeSeen } from './seen.ts'
import { chatSocket } from './socket.ts'
import { type Asked, chatParts, readAsked, readConversation } from './view.ts'
import { newVisitor, originOf, readVisitor, signVisitor, type Visitor } from './visitor.ts'

const QUESTIONS = 5

export function chatRoutes(parts: LineParts, sockets: Set<WSContext>): Hono {
  const app = new Hono()
  const sessions = limit(600, 60)
  const { sends } = parts
  const uploads = limit(60, 60)

  app.get('/files/:id', async (context) => {
    const id = context.req.param('id')
    if (!isSigned(parts.secret, id, context.req.query('s') ?? '', parts.clock.now())) {
      throw new RequestError(403, 'link_expired', 'This link is no longer valid. / 链接已失效。')
    }
    const row = await findAttachment(parts.database.db, id)
    if (!row) throw new RequestError(404, 'not_found', 'no such file')
    return sendFile(parts, row)
  })

  app.use('/:channel/*', async (context, next) => {
    const origin = context.req.header('origin')
    const channel = channelOf(parts, context)
    if (origin && !isAllowed(parts, context, channel, origin)) throw new RequestError(403, 'origin', `${origin} may not show this chat`)
    if (origin) {
      context.header('access-control-allow-origin', origin)
      context.header('vary', 'origin')
    }
    if (context.req.method === 'OPTIONS') {
      context.header('access-control-allow-methods', 'GET, POST')
      context.header('access-control-allow-headers', 'authorization, content-type')
      context.header('access-control-max-age', '86400')
      return context.body(null, 204)
    }
    return next()
  })

  app.post('/:channel/session', async (context) => {
    await sessions.take(parts.clientIp(context))
    const request = await readBody(context, sessionRequest)
    const channel = channelOf(parts, context)
    const { user } = await readVisitor(parts.secret, channel, request.token).catch(() => newVisitor(channel))
    const origin = originOf(request.page)
    const visitor = { channel, user, ...(origin && { origin }) }
    return context.json(await parts.reads(() => sessionOf(parts, visitor, request.locale)))
  })

  app.get('/:channel/messages', async (context) => {
    const visitor = await visitorOf(parts, context)
    const which = asked(context)
    return context.json(await parts.reads(() => readAsked(parts, visitor, which)))
  })

  app.post('/:channel/messages', async (context) => {
    const visitor = await visitorOf(parts, context)
    await sends.take(`${visitor.channel} ${visitor.user}`)
    return context.json(await takeIn(parts, visitor, await readBody(context, sendRequest), spoken(context)))
  })

  app.post('/:channel/seen', async (context) => {
    const visitor = await visitorOf(parts, context)
    await takeSeen(parts, visitor, await readBody(context, seenRequest))
    return context.json({})
  })

  app.post('/:channel/files', async (context) => {
    const visitor = await visitorOf(parts, context)
    await uploads.take(`${visitor.channel} ${visitor.user}`)
    return context.json(await receiveFile(parts, context, { source: 'channel', sourceId: visitor.channel, owner: visitor.user }))
  })

  const { rooms } = parts
  if (rooms) app.get('/:channel/socket', (context) => rooms.chat(context.req.raw, newLine(channelOf(parts, context), spoken(context))))
  else if (parts.upgrade) {
    app.get(
      '/:channel/socket',
      parts.upgrade((context) => chatSocket({ ...parts, sockets }, channelOf(parts, context), spoken(context))),
    )
  }
  return app
}

async function sessionOf(parts: HttpParts, visitor: Visitor, spoken: string | undefined): Promise<Session> {
  const house = parts.house()
  const known = await customerAt(parts.database.db, visitor.channel, visitor.user)
  const locale = localeOf(spoken) ?? (spoken ? 'en' : house.locale)
  const context = {
    now: parts.clock.now(),
    locale,
    channel: { id: visitor.channel, type: 'web' },
    visitor: known ? ('returning' as const) : ('new' as const),
    customer: { name: known?.named ? known.name : undefined },
    origin: visitor.origin,
    brand: house.brand,
    greeted: false,
    asked: parts.runner.asked(),
  }
  const color = parts.channels.get(visitor.channel)?.settings.color
  return {
    token: await signVisitor(parts.secret, visitor),
    visitor: visitor.user,
    locale,
    brand: { ...house.brand, ...(typeof color === 'string' && { color }) },
    greeting: chatParts(parts, house.bot.greet(context)),
    questions: house.bot.questions(context, QUESTIONS),
    conversation: await readConversation(parts, visitor),
    limits: { textMax: TEXT_MAX, fileMaxBytes: parts.files.limits().maxBytes },
  }
}

/** `after` as ever, with `changes` or without, or `before`: a number, or `latest`. */
function asked(context: Context): Asked {
  const { after, before, changes } = context.req.query()
  if (after !== undefined && before !== undefined) throw new RequestError(400, 'invalid', 'after or before, not both')
  if (changes !== undefined && (before !== undefined || !/^\w{0,64}$/.test(changes)))
    throw new RequestError(400, 'invalid', 'changes: goes with after, as a page gave it')
  if (before === undefined) return { after: seqOf('after', after ?? '0'), ...(changes !== undefined && { changes }) }
  return { after: 0, before: before === 'latest' ? SEQ_MAX : seqOf('before', before) }
}

function seqOf(name: string, text: string): number {
  const seq = Number(text)
  if (!Number.isSafeInteger(seq) || seq < 0 || seq > SEQ_MAX) throw new RequestError(400, 'invalid', `${name}: a number of at least 0`)
  return seq
}

function spoken(context: Context): string | undefined {
  return context.req.header('accept-language')?.split(',')[0]
}

function channelOf(parts: HttpParts, context: Context): string {
  const id = context.req.param('channel') ?? ''
  if (parts.channels.get(id)?.definition.type !== 'web') throw new RequestError(404, 'no_channel', `there is no web chat ${id}`)
  return id
}

function visitorOf(parts: HttpParts, context: Context): Promise<Visitor> {
  const token = /^Bearer (.+)$/i.exec(context.req.header('authorization') ?? '')?.[1]
  return readVisitor(parts.secret, channelOf(parts, context), token)
}

/** Our own pages (the widget's frame is one), and the sites of the config. */
function isAllowed(parts: HttpParts, context: Context, channel: string, origin: string): boolean {
  const origins = parts.channels.get(channel)?.settings.origins
  const own = [new URL(context.req.url).host, parts.publicUrl?.host]
  const host = URL.canParse(origin) ? new URL(origin).host : ''
  return own.includes(host) || (Array.isArray(origins) && (origins.includes('*') || origins.includes(origin)))
}
