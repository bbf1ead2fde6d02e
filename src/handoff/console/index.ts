// The web console as a desk: it reads the store itself, so all it needs is a hint that something changed.
import { z } from 'zod'
import { type Desk, defineDesk } from '#core/desk.ts'
import { roles } from '#core/redact.ts'

export const consoleDesk = defineDesk({
  type: 'console',
  title: { zh: '网页控制台', en: 'Web console' },
  docs: 'desks/console.md',
  runtimes: ['node', 'workers'],
  config: z.strictObject({
    contactsFor: z
      .array(z.enum(roles))
      .default([...roles])
      .describe("Roles that see customers' addresses and numbers in full / 可看到客户完整地址和号码的角色"),
  }),
  secrets: [],
  capabilities: { text: { max: 20_000, unit: 'utf16' }, reads: true },
  inbound: () => 'none',
  create(_settings, deps): Desk {
    const changed = async (conversation: string) => {
      deps.live.publish('console', { type: 'changed', conversation })
      deps.live.publish(`conversation:${conversation}`, { type: 'changed', conversation })
    }
    return {
      async open(card) {
        await changed(card.conversation)
        return { thread: card.conversation }
      },
      async post(thread, entry) {
        await changed(thread)
        return { externalIds: [entry.key], at: deps.now() }
      },
      update: ({ thread }) => changed(thread),
      close: changed,
      reopen: changed,
      async check() {
        return { state: 'connected' }
      },
    }
  },
})
