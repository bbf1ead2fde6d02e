// People who use the company's app, and how its server signs what they do: by Node's own HMAC, not by the code under test.
import { createHmac } from 'node:crypto'

export interface Person {
  id: string
  name?: string
  locale?: string
  email?: string
  emailVerified?: boolean
}

export interface Signed {
  headers: Record<string, string>
  body: string
}

/** What each deed gives back: the id of the event, and the id of the message it made. */
type Done = Promise<{ id: string; messageId: string }>

export interface AppUser {
  text(text: string, more?: { replyTo?: string }): Done
  parts(parts: Record<string, unknown>[]): Done
  press(buttonId: string, label?: string): Done
  edit(target: string, text: string): Done
  recall(target: string): Done
  arrive(source?: string): Done
  leave(): Done
  typing(): Done
  /** Their phone tells what became of our message. */
  report(target: string, state: 'delivered' | 'read' | 'failed', reason?: string): Done
}

interface Server {
  newId(prefix: string): string
  deliver(event: unknown): Promise<{ id: string }>
}

export function sign(secret: string, id: string, at: Date, body: string) {
  const seconds = String(Math.floor(at.getTime() / 1000))
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64')
  const mac = createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64')
  return { 'content-type': 'application/json', 'webhook-id': id, 'webhook-timestamp': seconds, 'webhook-signature': `v1,${mac}` }
}

export function user(server: Server, person: Person): AppUser {
  const tell = async (event: Record<string, unknown>, messageId = ''): Done => {
    const { id } = await server.deliver({ user: person, ...event })
    return { id, messageId }
  }
  const says = (message: Record<string, unknown>): Done => {
    const id = server.newId('m')
    return tell({ type: 'message', message: { id, ...message } }, id)
  }
  return {
    text: (text, more) => says({ text, ...more }),
    parts: (parts) => says({ parts }),
    press: (buttonId, label) => tell({ type: 'press', buttonId, label }),
    edit: (target, text) => tell({ type: 'edit', target, message: { text } }),
    recall: (target) => tell({ type: 'recall', target }),
    arrive: (source) => tell({ type: 'arrive', source }),
    leave: () => tell({ type: 'leave' }),
    typing: () => tell({ type: 'typing' }),
    report: (target, state, reason) => tell({ type: 'delivery', target, state, reason }),
  }
}
