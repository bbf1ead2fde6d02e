// After a run: is everything there that was accepted, once, and did everything go out that was answered?
import { connect, one } from './database.ts'
import type { Check } from './report.ts'

export interface Heard {
  /** 200s that the crowd heard. */
  accepted: number
  /** Messages that reached the customers. */
  sent: number
  /** Questions and answers that were there before. */
  before: number
}

/** Waits until the house has nothing left to do; what it still has after `ms`, the counts will show. */
export async function settle(url: string, ms = 60_000): Promise<void> {
  const look = await connect(url)
  try {
    for (const end = Date.now() + ms; Date.now() < end; ) {
      const busy = await one(
        look,
        `select exists(select 1 from events where state = 'pending')::int +
                exists(select 1 from deliveries where state in ('pending', 'retry'))::int + exists(select 1 from deliveries where state = 'sending')::int`,
      )
      if (busy === 0) return
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  } finally {
    await look.end()
  }
}

export async function counted(name: string, url: string, heard: Heard): Promise<Check> {
  const look = await connect(url)
  try {
    return await compared(name, (sql) => one(look, sql), heard)
  } finally {
    await look.end()
  }
}

/** `ask` answers a question with one number. */
export async function compared(name: string, ask: (sql: string) => Promise<number>, heard: Heard): Promise<Check> {
  const count = async (sql: string) => (await ask(sql)) - heard.before
  const events = await count("select count(*) from events where state = 'done'")
  const questions = await count("select count(*) from messages where author = 'customer'")
  const answers = await count("select count(*) from messages where author = 'bot'")
  const sent = await count("select count(*) from deliveries where state = 'sent'")
  const ok = events === heard.accepted && questions === heard.accepted && answers === sent && sent === heard.sent
  return {
    title: `${name}: what was answered 200 is stored once, and what was stored went out once`,
    ok,
    detail: `heard ${heard.accepted} × 200 and ${heard.sent} answers; stored ${events} events, ${questions} questions, ${answers} answers, ${sent} sent`,
  }
}
