// The systems of the admin's that are asked through the outbox and answer with data: webhooks of flows, and the assistant.
import type { Bot } from '#bot/contract.ts'
import type { Clock } from '#core/clock.ts'
import type { Exchange, Logger } from '#core/connector.ts'
import { createRedaction, usualRedaction } from '#core/redact.ts'
import { ASSISTANT, type AssistantSettings } from '#knowledge/settings.ts'
import { createWebhook, type Webhook } from '#platforms/webhook.ts'
import type { Db } from '#store/database.ts'
import { type Assistant, createAssistant } from './assistant.ts'

export interface Outside {
  /** By the names that deliveries have for them. */
  all: ReadonlyMap<string, Webhook>
  assistant?: Assistant
}

export interface OutsideParts {
  db: Db
  clock: Clock
  log: Logger
  exchange: Exchange
  name: string
  bot(): Pick<Bot, 'knowledge'>
}

/** As frontdesk.yaml names them. */
export interface OutsideSettings {
  webhooks: { id: string; url: string; secret: string | string[]; headers: Record<string, string> }[]
  assistant?: AssistantSettings | undefined
}

export function openOutside({ webhooks, assistant: settings }: OutsideSettings, parts: OutsideParts): Outside {
  const { exchange, clock } = parts
  const all = new Map<string, Webhook>(
    webhooks.map(({ id, url, secret, headers }) => [
      id,
      createWebhook({ url, secrets: [secret].flat(), headers }, { exchange, now: clock.now }),
    ]),
  )
  if (!settings) return { all }
  const assistant = createAssistant(settings, { ...parts, scrub: createRedaction(usualRedaction) ?? ((text) => text) })
  return { all: all.set(ASSISTANT, assistant), assistant }
}
