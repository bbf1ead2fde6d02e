// The pipeline without its loops: what `work()` needs, made of the same files as a real house.

import { connectors } from '#connectors/index.ts'
import { type Clock, systemClock } from '#core/clock.ts'
import type { Inbound } from '#core/event.ts'
import { route } from '#router/route.ts'
import { loadConfig } from '#src/config.ts'
import type { House } from '#src/pipeline/house.ts'
import { plainService, plainStaffing, usualSending } from '../../test/support/plain.ts'
import { BOT_YAML, frontdeskYaml } from './processes.ts'

export function benchHouse(clock: Clock = systemClock): House {
  const yaml = frontdeskYaml('http://127.0.0.1:9')
  const loaded = loadConfig({ env: {}, read: (name) => (name === 'bot.yaml' ? BOT_YAML : yaml) })
  const telegram = connectors.telegram
  if ('problems' in loaded || !telegram) throw new Error(JSON.stringify(loaded))
  const { brand, locale, skills, routing, surge } = loaded.config.settings
  return {
    clock,
    bot: loaded.config.bot,
    route,
    brand,
    locale,
    skills: skills.map(({ id }) => id),
    channels: new Map([['tg', telegram]]),
    desks: new Map(),
    readers: new Set(['console']),
    routing,
    staffing: plainStaffing,
    surge,
    sending: usualSending,
    down: new Set(),
    service: plainService,
    keepEventsDays: 30,
    surging: false,
    link: () => undefined,
    consoleUrl: () => undefined,
  }
}

let update = 0

/** What the Telegram connector makes of a customer's question. */
export function question(user: number, text: string, date = new Date()): Inbound {
  update += 1
  const seconds = Math.floor(date.getTime() / 1000)
  const from = { id: user, is_bot: false, first_name: `C${user}`, language_code: 'zh-hans' }
  const message = { message_id: update, from, chat: { id: user, first_name: `C${user}`, type: 'private' }, date: seconds, text }
  return {
    type: 'message',
    externalId: String(update),
    at: date,
    from: { user: String(user) },
    sender: { name: `C${user}`, locale: 'zh-hans', identities: [{ kind: 'channel', value: String(user), verified: true }] },
    messageId: `${user}:${update}`,
    parts: [{ type: 'text', text }],
    raw: { update_id: update, message },
  }
}
