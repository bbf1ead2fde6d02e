// Live updates between processes: hints by NOTIFY, batched, ids only. Nobody notifies a house in which nobody else listens.
import { randomUUID } from 'node:crypto'
import type { Logger } from '#core/connector.ts'
import { reason } from '#core/errors.ts'
import { type Live, type LivePayload, localLive } from '#core/live.ts'
import type { Database } from '#store/database.ts'
import { notify } from '#store/state.ts'

const CHANNEL = 'frontdesk_live'
/** PostgreSQL takes notifications of less than 8000 bytes. */
const NOTIFY_MAX = 7_000
/** Each notifying transaction waits for the one before it, in the whole cluster: so few of them, each with much. */
const GATHER_MS = 15
/** How often a process says that it listens, and how long its word counts. */
const HELLO_MS = 5_000
const BELIEVE_MS = 16_000

type Hint = [topic: string, payload: LivePayload]
type Message = { from: string; hello: true } | { from: string; hints: Hint[] }

export interface SharedLive extends Live {
  close(): void
}

/** Alone in the house, within the process; else to every process that said it listens. */
export async function openLive(database: Database, log: Logger): Promise<SharedLive> {
  const local = localLive()
  if (!database.listen) return { ...local, close: () => undefined }
  const self = randomUUID()
  /** Until when somebody else surely listens. */
  let heardUntil = 0
  const gathered = new Map<string, Hint>()
  let timer: ReturnType<typeof setTimeout> | undefined

  const tell = (message: Message) =>
    notify(database.db, CHANNEL, JSON.stringify(message)).catch((error) =>
      log.warn({ error: reason(error) }, 'a live hint was lost; readers have cursors'),
    )

  async function flush(): Promise<void> {
    timer = undefined
    const hints = [...gathered.values()]
    gathered.clear()
    for (const batch of batches(hints)) await tell({ from: self, hints: batch })
  }

  await database.listen(CHANNEL, (text) => {
    const message = JSON.parse(text) as Message
    if (message.from === self) return
    const isNews = heardUntil < Date.now()
    heardUntil = Date.now() + BELIEVE_MS
    if ('hints' in message) for (const [topic, payload] of message.hints) local.publish(topic, payload)
    // A newcomer must not wait for our next word to know that we listen, too.
    else if (isNews) void tell({ from: self, hello: true })
  })
  await tell({ from: self, hello: true })
  const hello = setInterval(() => void tell({ from: self, hello: true }), HELLO_MS)

  return {
    subscribe: local.subscribe,
    publish(topic, payload) {
      local.publish(topic, payload)
      if (heardUntil < Date.now()) return
      gathered.set(`${topic} ${JSON.stringify(payload)}`, [topic, payload])
      timer ??= setTimeout(() => void flush(), GATHER_MS)
    },
    close() {
      clearInterval(hello)
      clearTimeout(timer)
    },
  }
}

/** As much in each as one notification takes. */
function batches(hints: Hint[]): Hint[][] {
  const all: Hint[][] = []
  let size = NOTIFY_MAX
  for (const hint of hints) {
    const length = Buffer.byteLength(JSON.stringify(hint)) + 1
    if (size + length > NOTIFY_MAX) {
      all.push([])
      size = 100
    }
    all.at(-1)?.push(hint)
    size += length
  }
  return all
}
