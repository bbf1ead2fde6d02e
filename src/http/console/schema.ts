// The console's requests as schemas.
import { z } from 'zod'
import type { ActionRequest, LoginRequest, NewAgent, SetupRequest, UnlinkRequest } from './protocol.ts'
import type { LessonRequest } from './protocol-learning.ts'
import type { TroubleRequest } from './protocol-state.ts'

const clientId = z
  .string()
  .min(8)
  .max(64)
  .regex(/^[A-Za-z0-9_-]+$/)
const version = z.int().min(0).optional()
const password = z.string().min(1).max(200)
const mail = z.email().max(200)
const name = z
  .string()
  .trim()
  .min(1)
  .max(60)
  .refine((value) => !value.includes('\0'), 'no NUL')
const ref = z
  .string()
  .max(64)
  .regex(/^[\w-]+$/)
const words = { text: z.string().max(8_000).optional(), files: z.array(ref).max(10).optional() }

export const setupRequest = z.strictObject({
  token: z.string().min(1).max(100),
  name: name.optional(),
  email: mail.optional(),
  password,
}) satisfies z.ZodType<SetupRequest>
export const loginRequest = z.strictObject({
  email: z
    .string()
    .max(200)
    .refine((value) => !value.includes('\0'), 'no NUL'),
  password,
}) satisfies z.ZodType<LoginRequest>
export const presenceRequest = z.strictObject({ state: z.enum(['online', 'away', 'offline']) })
export const views = z.enum(['queue', 'mine', 'open', 'bot', 'resolved'])
export const sorts = z.literal('due').optional()
export const newAgentRequest = z.strictObject({
  name,
  email: mail,
  role: z.enum(['admin', 'supervisor', 'agent']),
}) satisfies z.ZodType<NewAgent>
/** As in the config: what it names may be there no more, but was an id once. */
export const unlinkRequest = z.strictObject({ desk: ref }) satisfies z.ZodType<UnlinkRequest>

export const troubleStates = z.array(z.enum(['failed', 'unknown', 'held', 'expired', 'dead']))
export const troubleRequest = z.strictObject({
  action: z.enum(['again', 'drop']),
  ids: z.array(ref).min(1).max(200),
}) satisfies z.ZodType<TroubleRequest>

const priority = z.enum(['low', 'normal', 'high', 'urgent'])
/** What separates tags in a command can be in none. */
const tags = z
  .array(
    z
      .string()
      .regex(/^[^\s,，、;；\0-][^\s,，、;；\0]*$/)
      .max(40),
  )
  .max(20)
const line = z
  .string()
  .max(500)
  .refine((value) => !value.includes('\0'), 'no NUL')
const simple = (type: 'claim' | 'accept' | 'decline' | 'release' | 'reopen' | 'to_bot') =>
  z.strictObject({ type: z.literal(type), clientId, version })

export const actionRequest = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('reply'), clientId, version, ...words, macro: z.string().max(40).optional() }),
  z.strictObject({ type: z.literal('note'), clientId, version, ...words }),
  simple('claim'),
  simple('accept'),
  simple('decline'),
  simple('release'),
  simple('reopen'),
  simple('to_bot'),
  z.strictObject({ type: z.literal('resolve'), clientId, version, reason: line.optional() }),
  z.strictObject({ type: z.literal('tag'), clientId, version, add: tags.optional(), remove: tags.optional() }),
  z.strictObject({ type: z.literal('priority'), clientId, version, priority }),
  z.strictObject({ type: z.literal('snooze'), clientId, version, until: z.iso.datetime(), note: line.optional() }),
  z.strictObject({
    type: z.literal('followup'),
    clientId,
    version,
    at: z.iso.datetime(),
    text: line.min(1),
    priority: priority.optional(),
  }),
  z.strictObject({
    type: z.literal('transfer'),
    clientId,
    version,
    to: z.union([
      z.strictObject({ skill: z.string().max(60) }),
      z.strictObject({ team: z.string().max(60) }),
      z.strictObject({ agent: z.string().max(80) }),
    ]),
    note: z.string().max(2_000).optional(),
  }),
  z.strictObject({ type: z.literal('press'), clientId, version, id: z.string().max(200) }),
  z.strictObject({ type: z.literal('resend'), clientId, version, message: ref }),
]) satisfies z.ZodType<ActionRequest>

const wordings = z.array(line.min(1)).min(1).max(20)
export const lessonRequest = z.discriminatedUnion('action', [
  z.strictObject({ action: z.literal('phrases'), entry: z.string().max(100), texts: wordings }),
  z.strictObject({
    action: z.literal('entry'),
    id: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,59}$/),
    title: line.min(1).max(100),
    texts: wordings,
    answer: z.string().min(1).max(4000),
  }),
  z.strictObject({ action: z.literal('ignore') }),
]) satisfies z.ZodType<LessonRequest>
