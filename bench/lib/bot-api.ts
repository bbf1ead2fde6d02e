// A Bot API that believes everything, for bots under load: the answers that bots need, and a count of what each of them said.
import { type Request, serveJson } from './wire.ts'

export interface BotApi {
  port: number
  /** Messages that reached customers, by the name in the bot's address. */
  sent: Map<string, number>
}

const SHOP = { id: 7000000001, is_bot: true, first_name: 'Shop', username: 'shop_bot' }
const FROM = JSON.stringify(SHOP)
const ME = JSON.stringify({
  ok: true,
  result: { ...SHOP, can_join_groups: true, can_read_all_group_messages: false, supports_inline_queries: false, has_main_web_app: false },
})
const HOOK = '{"ok":true,"result":{"url":"","has_custom_certificate":false,"pending_update_count":0}}'
const YES = '{"ok":true,"result":true}'

/** Serves `/<name>/bot<token>/<method>`; `onMessage` hears whom a message reached. */
export async function serveBotApi(onMessage: (user: number) => void): Promise<BotApi> {
  const sent = new Map<string, number>()
  let id = 1_000
  const handle = ({ path, body }: Request): string => {
    const [, name = '', , method = ''] = path.split('/')
    if (method === 'getMe') return ME
    if (method === 'getWebhookInfo') return HOOK
    if (method !== 'sendMessage') return YES
    const { chat_id, text } = JSON.parse(body) as { chat_id: number | string; text: string }
    const user = Number(chat_id)
    sent.set(name, (sent.get(name) ?? 0) + 1)
    onMessage(user)
    id += 1
    const chat = `{"id":${user},"type":"private","first_name":"C${user}"}`
    const date = Math.floor(Date.now() / 1000)
    return `{"ok":true,"result":{"message_id":${id},"from":${FROM},"chat":${chat},"date":${date},"text":${JSON.stringify(text)}}}`
  }
  return { port: await serveJson(handle), sent }
}
