// The chat protocol's requests as schemas: they check what comes in and make the OpenAPI document.
import { z } from 'zod'
import type { ClientFrame, SeenRequest, SendRequest, SessionRequest } from './protocol.ts'

export const TEXT_MAX = 8_000
export const SEQ_MAX = 2 ** 31 - 1

const clientId = z
  .string()
  .min(8)
  .max(64)
  .regex(/^[A-Za-z0-9_-]+$/)
  .describe('A UUID made by the client: sending it twice is sending it once')

const sendKeys = {
  clientId,
  text: z.string().min(1).max(TEXT_MAX).optional(),
  press: z.strictObject({ id: z.string().min(1).max(300), label: z.string().max(400) }).optional(),
  file: z
    .strictObject({
      id: z
        .string()
        .max(64)
        .regex(/^[\w-]+$/),
      caption: z.string().max(TEXT_MAX).optional(),
    })
    .optional(),
}

const one = (value: { text?: unknown; press?: unknown; file?: unknown }) =>
  [value.text, value.press, value.file].filter((part) => part !== undefined).length === 1
const ONE = 'exactly one of text, press and file'

export const sessionRequest = z.strictObject({
  token: z.string().max(1000).optional(),
  locale: z.string().max(40).optional(),
  page: z.string().max(2000).optional(),
  title: z.string().max(500).optional(),
  referrer: z.string().max(2000).optional(),
}) satisfies z.ZodType<SessionRequest>

export const sendRequest = z.strictObject(sendKeys).refine(one, ONE) satisfies z.ZodType<SendRequest>

const seq = z.int().min(0).max(SEQ_MAX)
const seenKeys = { seq, state: z.enum(['delivered', 'read']) }
export const seenRequest = z.strictObject(seenKeys) satisfies z.ZodType<SeenRequest>

export const clientFrame = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('hello'),
    token: z.string().max(1000),
    after: seq,
  }),
  z.strictObject({ type: z.literal('send'), ...sendKeys }).refine(one, ONE),
  z.strictObject({ type: z.literal('typing') }),
  z.strictObject({ type: z.literal('seen'), ...seenKeys }),
  z.strictObject({ type: z.literal('ping') }),
]) satisfies z.ZodType<ClientFrame>
