// The systems of the admin's that are asked through the outbox and answer with data: webhooks of flows, and the assistant.
import { createRedaction, usualRedaction } from '#core/redact.ts'
import { ASSISTANT, type AssistantSettings } from '#knowledge/settings.ts'
import { createWebhook, type Webhook } from '#platforms/webhook.ts'
import { type Assistant, type AssistantParts, createAssistant } from './assistant.ts'

export interface Outside {
  /** By the names that deliveries have for them. */
  all: ReadonlyMap<string, Webhook>
  assistant?: Assistant
}

type OutsideParts = Omit<AssistantParts, 'scrub'>

/** As frontdesk.yaml names them. */
interface OutsideSettings {
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
