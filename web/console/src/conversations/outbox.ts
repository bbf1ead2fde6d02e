// The one list of what is being sent from this tab.
import type { QueryClient } from '@tanstack/react-query'
import { api } from '../api.ts'
import { createOutgoing } from '../outgoing.ts'
import { conversationQuery, refresh } from '../queries.ts'
import { toast } from '../toast.tsx'

let client: QueryClient | undefined

/** Told once, where the client is made. */
export function sendWith(own: QueryClient): void {
  client = own
}

export const outgoing = createOutgoing({
  act: api.act,
  wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  read: async (conversation) => {
    if (!client) return undefined
    await refresh(client, [conversation])
    return client.getQueryData(conversationQuery(conversation).queryKey)
  },
  refused: (_, reason) => toast(reason, { tone: 'bad' }),
})
