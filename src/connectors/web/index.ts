// Our own chat: the widget and mobile apps. Messages lie in the store and are read from there, so sending is only a hint
// that there is something new; what visitors write comes in by the chat API.
import { z } from 'zod'
import { type Deps, defineConnector } from '#core/connector.ts'

const MB = 1024 * 1024
/** Our own page forgets nothing. */
const YEARS_MS = 10 * 365 * 24 * 3_600_000

const origin = z
  .string()
  .refine(
    (value) => value === '*' || isOrigin(value),
    'an origin like https://shop.example.com without a path, or "*" / 形如 https://shop.example.com，不带路径，或 "*"',
  )

const config = z.strictObject({
  /** Sites that may show the widget, besides our own; "*" = any. */
  origins: z.array(origin).default([]),
  color: z
    .string()
    .regex(/^#[0-9a-fA-F]{6}$/, 'a colour like #1677ff / 形如 #1677ff 的颜色')
    .optional(),
})

const media = { maxBytes: 20 * MB, captionMax: 8000 }

export const webConnector = defineConnector({
  type: 'web',
  title: { zh: '网页聊天', en: 'Web chat' },
  docs: 'channels/web.md',
  runtimes: ['node', 'workers'],
  config,
  secrets: [],
  capabilities: {
    text: { max: 8000, unit: 'utf16', markdown: true },
    media: { image: media, audio: media, video: media, file: media },
    buttons: { max: 100, labelMax: 200, idMaxBytes: 256, links: true },
    location: true,
    senderNames: true,
    greetsFirst: true,
    multipart: true,
    idempotent: true,
    typing: true,
    edit: { withinMs: YEARS_MS },
    recall: { withinMs: YEARS_MS },
  },
  inbound: () => 'none',
  create: (_settings, deps: Deps) => ({
    async send(message) {
      deps.live.publish(topicOf(deps.id, message.to.user), { type: 'changed' })
      return { externalIds: [message.key], at: deps.now() }
    },
    // What is changed or taken back lies in the store as that: open pages read it once more.
    async edit(_externalId, message) {
      deps.live.publish(topicOf(deps.id, message.to.user), { type: 'changed', again: true })
    },
    async recall(_externalId, to) {
      deps.live.publish(topicOf(deps.id, to.user), { type: 'changed', again: true })
    },
    async typing(to) {
      deps.live.publish(topicOf(deps.id, to.user), { type: 'typing' })
    },
    async check() {
      return { state: 'connected' }
    },
  }),
})

function topicOf(channel: string, user: string): string {
  return `visitor:${channel}:${user}`
}

function isOrigin(value: string): boolean {
  // A star within a host is a letter to URL, but it would promise what is not kept.
  return !value.includes('*') && URL.canParse(value) && new URL(value).origin === value
}
