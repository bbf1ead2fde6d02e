// Accounts without customer-service messages: what we say goes into the answer to a push, one message for each, within five seconds.
import type { Inline, Memory, Outbound, Rendered } from '#core/connector.ts'
import { ConnectorError } from '#core/errors.ts'
import type { Inbound } from '#core/event.ts'
import type { Crypt } from '#platforms/wechat/crypt.ts'
import { answer, type Fields, field, type Pushed } from '#platforms/wechat/push.ts'
import { onlyPart } from '#platforms/wechat/send.ts'
import { cdata } from '#platforms/wechat/xml.ts'

/** WeChat cuts off after five seconds, and asks again twice. */
const WITHIN_MS = 4_500
const TEXT_MAX = 2048

export interface PassiveParts {
  memory: Memory
  crypt: Crypt | undefined
  now(): Date
}

/** What the last push of a person was answered with: WeChat asks again when the answer got lost, and must hear the same. */
interface Answered {
  id: string
  xml: string
}

/** The answer that this push had already. */
export async function answeredBefore({ memory }: PassiveParts, { externalId, from }: Inbound): Promise<Response | undefined> {
  const last = (await memory.read(keyOf(from.user))) as Answered | undefined
  return last?.id === externalId ? answer(last.xml, 'application/xml') : undefined
}

export function inlineFor(parts: PassiveParts, event: Inbound, { fields, isSealed }: Pushed): Inline {
  return {
    to: { user: event.from.user },
    withinMs: WITHIN_MS,
    async render(waiting): Promise<Rendered> {
      const { text, taken } = joined(waiting)
      const plain = written(fields, text, parts.now())
      const xml = isSealed && parts.crypt ? await sealed(parts.crypt, plain, parts.now()) : plain
      const key = keyOf(event.from.user)
      await parts.memory.write(key, { id: event.externalId, xml }, await parts.memory.read(key))
      return { response: answer(xml, 'application/xml'), taken }
    },
  }
}

const keyOf = (user: string) => `answered:${user}`

/** As much as one message holds. */
function joined(waiting: Outbound[]): { text: string; taken: number } {
  let text = ''
  let taken = 0
  for (const message of waiting) {
    const more = text === '' ? textOf(message) : `${text}\n${textOf(message)}`
    if (taken > 0 && new TextEncoder().encode(more).length > TEXT_MAX) break
    text = more
    taken += 1
  }
  return { text, taken }
}

function textOf(message: Outbound): string {
  const part = onlyPart(message)
  if (part.type !== 'text') throw new ConnectorError('unsupported', 'this account answers with words only / 该账号只能用文字回复')
  return part.text
}

function written(fields: Fields, text: string, now: Date): string {
  const [to, from] = [field(fields, 'FromUserName'), field(fields, 'ToUserName')]
  const seconds = Math.floor(now.getTime() / 1000)
  return `<xml><ToUserName>${cdata(to)}</ToUserName><FromUserName>${cdata(from)}</FromUserName><CreateTime>${seconds}</CreateTime><MsgType><![CDATA[text]]></MsgType><Content>${cdata(text)}</Content></xml>`
}

async function sealed({ seal }: Crypt, xml: string, now: Date): Promise<string> {
  const stamp = { timestamp: String(Math.floor(now.getTime() / 1000)), nonce: String(crypto.getRandomValues(new Uint32Array(1))[0]) }
  const { encrypted, signature } = await seal(xml, stamp)
  return `<xml><Encrypt>${cdata(encrypted)}</Encrypt><MsgSignature>${cdata(signature)}</MsgSignature><TimeStamp>${stamp.timestamp}</TimeStamp><Nonce>${cdata(stamp.nonce)}</Nonce></xml>`
}
