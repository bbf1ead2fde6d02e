// What the bot may learn, for whoever edits it: groups of questions that it could not answer, and what is made of them.
import { type Context, Hono } from 'hono'
import { RequestError } from '#core/errors.ts'
import type { Locale } from '#core/message.ts'
import type { AgentRow } from '#store/rows.ts'
import { calibrationOf, type Decision, decide, listLessons } from '../../runner/lessons.ts'
import { readBody } from '../input.ts'
import type { HttpParts } from '../parts.ts'
import type { LessonPage, LessonRequest } from './protocol-learning.ts'
import { lessonRequest } from './schema.ts'

type Env = { Variables: { agent: AgentRow } }

export function lessonRoutes(parts: HttpParts, spoken: (context: Context) => Locale): Hono<Env> {
  const app = new Hono<Env>()
  const { db } = parts.database
  const allowed = (context: Context<Env>) => {
    if (context.get('agent').role !== 'admin')
      throw new RequestError(403, 'not_allowed', 'Only admins may do this. / 只有管理员可以这样做。')
  }

  app.get('/lessons', async (context) => {
    allowed(context)
    const known = parts.house().bot.knowledge(spoken(context))
    const [lessons, calibration] = await Promise.all([listLessons(db, known), calibrationOf(db)])
    const page: LessonPage = {
      items: lessons.map(({ questions: _own, ...item }) => item),
      entries: known.filter(({ id }) => id.startsWith('faq:')).map(({ id, title }) => ({ id, title })),
      calibration,
      writable: parts.bot.write !== undefined,
    }
    return context.json(page)
  })

  app.post('/lessons/:key', async (context) => {
    allowed(context)
    const request = await readBody(context, lessonRequest)
    const lessons = await listLessons(db, parts.house().bot.knowledge(spoken(context)))
    const lesson = lessons.find(({ key }) => key === context.req.param('key'))
    if (!lesson) throw new RequestError(404, 'not_found', 'Somebody dealt with it already. / 已经有人处理过了。')
    const done = await decide(db, lesson, decisionOf(request), parts.bot, parts.bot.mistakeIn)
    if ('problem' in done) throw new RequestError(409, 'not_written', `${done.problem.en} / ${done.problem.zh}`)
    return context.json({})
  })
  return app
}

function decisionOf(request: LessonRequest): Decision {
  if (request.action !== 'entry') return request
  const { texts, ...entry } = request
  return { ...entry, ask: texts }
}
