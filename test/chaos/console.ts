// An admin at the console, who also answers customers.
import { randomUUID } from 'node:crypto'
import type { ActionReply, ActionRequest, ConversationDetail, ConversationPage, View } from '#http/console/protocol.ts'
import { until } from '../support/until.ts'
import type { Client, Taken } from './client.ts'

type Wish = ActionRequest extends infer One ? (One extends ActionRequest ? Omit<One, 'clientId'> : never) : never

export interface ConsoleAgent {
  /** The newest conversation whose customer has this name; waits for it. */
  find(customer: string): Promise<ConversationDetail>
  list(view: View): Promise<ConversationPage['items']>
  read(id: string): Promise<ConversationDetail>
  /** The bytes of a file in a message; undefined while they cannot be had. */
  file(id: string): Promise<Uint8Array | undefined>
  act(id: string, wish: Wish): Promise<ActionReply>
  /** Is no longer there: nobody is given to them. */
  leave(): Promise<void>
  /** As a browser that says it again, under the same id, until it is taken. */
  reply(id: string, text: string, clientId: string, giveUp?: () => boolean): Promise<Taken>
}

const VIEWS: View[] = ['queue', 'open', 'bot', 'resolved']

export async function signUp(client: Client, setupUrl: string): Promise<ConsoleAgent> {
  const token = new URL(setupUrl).searchParams.get('token')
  const request = { token, name: 'Chief', email: 'chief@example.com', password: 'correct horse battery 9' }
  const answer = await client.once('/console/api/setup', request, { 'x-frontdesk': '1' })
  const cookie = answer?.headers.get('set-cookie')?.split(';')[0]
  if (!cookie) throw new Error(`the console does not let us in: ${answer?.status} ${JSON.stringify(answer?.body)}`)
  const headers = { cookie, 'x-frontdesk': '1' }
  const read = (id: string) => client.get<ConversationDetail>(`/console/api/conversations/${id}`, headers)
  const list = async (view: View, q = '') =>
    (await client.get<ConversationPage>(`/console/api/conversations?view=${view}&q=${encodeURIComponent(q)}`, headers)).items
  const actions = (id: string) => `/console/api/conversations/${id}/actions`
  return {
    read,
    list: (view) => list(view),
    find: (customer) =>
      until(`a conversation of ${customer}`, async () => {
        for (const view of VIEWS) {
          const found = (await list(view, customer)).find((item) => item.customer.name === customer)
          if (found) return read(found.id)
        }
        return undefined
      }),
    file: (id) => client.bytes(`/console/api/files/${id}`, headers),
    async act(id, wish) {
      const done = await client.once(actions(id), { clientId: randomUUID(), ...wish }, headers)
      return done?.body as ActionReply
    },
    async leave() {
      await client.until2xx('/console/api/presence', { state: 'offline' }, headers)
    },
    reply: (id, text, clientId, giveUp) => client.until2xx(actions(id), { clientId, type: 'reply', text }, headers, giveUp),
  }
}
