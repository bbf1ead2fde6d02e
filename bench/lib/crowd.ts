// The customers and their Bot API, in a process of its own: posts updates to a hook and receives what the bot sends. Lean (bare
// sockets, no world model) and exact: every update, every 200 and every answer is counted. Driven over IPC by ./crowds.ts.
import { serveBotApi } from './bot-api.ts'
import { type Line, openLine, post } from './wire.ts'

/** What one run is told. */
export interface Crush {
  host: string
  /** Of each process that takes hooks; the lines are dealt out to them in turn, as a load balancer would. */
  ports: number[]
  path: string
  secret: string
  seconds: number
  /** Closed loop: so many at once. Open loop: at most so many calls at once. */
  lines: number
  /** Customers; each has at most one question open. */
  users: number
  firstUser: number
  /** From one customer's number to the next. */
  stride: number
  text: string
  /** What ends a question: the hook's 200, or the answer that the bot sends. */
  until: 'accepted' | 'answered'
  /** Open loop: questions a second, at even distances, whatever the answers do. */
  rate?: number
  /** How long after the end open questions may still be answered. */
  graceMs: number
  /** Like the platform: what was not accepted is posted again. */
  repost: boolean
}

export interface Crushed {
  /** From the first question to the end of asking. */
  seconds: number
  asked: number
  /** 2xx heard. */
  accepted: number
  /** Calls that were not accepted, by status; 0 is a broken connection. */
  refused: Record<number, number>
  answered: number
  /** Of these as many came before the end of asking: what a rate is made of. */
  acceptedInTime: number
  answeredInTime: number
  /** Messages beyond the first to one question. */
  twice: number
  /** Customers whose question was accepted, and no answer came. */
  unanswered: number[]
  /** Milliseconds from asking to what ends a question. */
  times: number[]
  /** CPU of this process. */
  cpuSeconds: number
}

/** To the crowd: a run, or the wish to hear how much a bot has sent so far. */
export type Order = { crush: Crush } | { sentBy: string }
export type Answer = { apiPort: number } | { crushed: Crushed } | { sent: number } | { error: string }

interface Question {
  bytes: string
  askedAt: number
  acceptedAt: number
  answers: number
}

const REPOST_MS = 200
const TICK_MS = 2

let updateId = Date.now() % 1_000_000_000

class Run {
  readonly result: Crushed = {
    seconds: 0,
    asked: 0,
    accepted: 0,
    refused: {},
    answered: 0,
    acceptedInTime: 0,
    answeredInTime: 0,
    twice: 0,
    unanswered: [],
    times: [],
    cpuSeconds: 0,
  }
  private readonly crush: Crush
  private readonly questions = new Map<number, Question>()
  private readonly open = new Set<number>()
  private readonly lines: Line[]
  private readonly idle: Line[]
  /** Customers without a question, as a ring: whoever was answered waits longest for their next one. */
  private readonly ring: Int32Array
  private head = 0
  private waiting: number
  private reposts: (() => void)[] = []
  private asking = true
  private settled: (() => void) | undefined

  constructor(crush: Crush) {
    this.crush = crush
    this.lines = Array.from({ length: crush.lines }, (_, n) => openLine(crush.host, crush.ports[n % crush.ports.length] ?? 0))
    this.idle = [...this.lines]
    this.ring = Int32Array.from({ length: crush.users }, (_, n) => crush.firstUser + n * crush.stride)
    this.waiting = crush.users
  }

  async go(): Promise<Crushed> {
    const { crush, result } = this
    const cpu = process.cpuUsage()
    const startedAt = performance.now()
    const reposter = setInterval(() => {
      for (const again of this.reposts.splice(0)) again()
    }, REPOST_MS)
    const { rate } = crush
    const ticker =
      rate === undefined ? undefined : setInterval(() => this.askUpTo(((performance.now() - startedAt) / 1000) * rate), TICK_MS)
    if (rate === undefined) for (let n = 0; n < crush.lines; n++) this.ask()
    await new Promise((resolve) => setTimeout(resolve, crush.seconds * 1000))
    clearInterval(ticker)
    this.asking = false
    result.seconds = (performance.now() - startedAt) / 1000
    if (this.open.size > 0) await this.grace()
    clearInterval(reposter)
    for (const line of this.lines) line.close()
    for (const user of this.open) {
      const question = this.questions.get(user)
      if (crush.until === 'answered' && question && question.acceptedAt > 0 && question.answers === 0) result.unanswered.push(user)
    }
    const used = process.cpuUsage(cpu)
    result.cpuSeconds = (used.user + used.system) / 1e6
    return result
  }

  /** A bot's message reached a customer. */
  heard(user: number): void {
    const question = this.questions.get(user)
    if (!question) return
    question.answers += 1
    if (question.answers > 1) {
      this.result.twice += 1
      return
    }
    this.result.answered += 1
    if (this.asking) this.result.answeredInTime += 1
    if (this.crush.until !== 'answered') return
    this.result.times.push(performance.now() - question.askedAt)
    // The hook's 200 may come after the answer: a question is over when both are there.
    if (question.acceptedAt > 0) this.over(user)
  }

  private grace(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.crush.graceMs)
      this.settled = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  /** As many as are due by now: a late timer does not lower the rate. */
  private askUpTo(due: number): void {
    while (this.result.asked < due && this.ask());
  }

  /** False when nobody is free to ask. */
  private ask(): boolean {
    if (this.waiting === 0 || this.idle.length === 0) return false
    const user = this.ring[this.head] as number
    this.head = (this.head + 1) % this.ring.length
    this.waiting -= 1
    const question = { bytes: this.bytesOf(user), askedAt: performance.now(), acceptedAt: 0, answers: 0 }
    this.questions.set(user, question)
    this.open.add(user)
    this.result.asked += 1
    this.post(user, question)
    return true
  }

  private bytesOf(user: number): string {
    const { path, host, secret, text } = this.crush
    updateId += 1
    const from = `{"id":${user},"is_bot":false,"first_name":"C${user}","language_code":"zh-hans"}`
    const chat = `{"id":${user},"first_name":"C${user}","type":"private"}`
    const date = Math.floor(Date.now() / 1000)
    const message = `{"message_id":${updateId},"from":${from},"chat":${chat},"date":${date},"text":"${text}"}`
    return post(path, host, { 'x-telegram-bot-api-secret-token': secret }, `{"update_id":${updateId},"message":${message}}`)
  }

  private post(user: number, question: Question): void {
    const line = this.idle.pop()
    if (!line) {
      this.reposts.push(() => this.post(user, question))
      return
    }
    line.send(question.bytes, (status) => {
      this.idle.push(line)
      if (status >= 200 && status < 300) this.accepted(user, question)
      else this.refused(user, question, status)
    })
  }

  private accepted(user: number, question: Question): void {
    this.result.accepted += 1
    if (this.asking) this.result.acceptedInTime += 1
    question.acceptedAt = performance.now()
    if (this.crush.until === 'accepted') {
      this.result.times.push(question.acceptedAt - question.askedAt)
      this.over(user)
    } else if (question.answers > 0) this.over(user)
  }

  private refused(user: number, question: Question, status: number): void {
    this.result.refused[status] = (this.result.refused[status] ?? 0) + 1
    if (this.crush.repost) this.reposts.push(() => this.post(user, question))
    else this.over(user)
  }

  private over(user: number): void {
    this.open.delete(user)
    this.ring[(this.head + this.waiting) % this.ring.length] = user
    this.waiting += 1
    if (this.asking && this.crush.rate === undefined) this.ask()
    if (!this.asking && this.open.size === 0) this.settled?.()
  }
}

let run: Run | undefined
const api = await serveBotApi((user) => run?.heard(user))
const answer = (message: Answer) => process.send?.(message)

process.on('message', (order: Order) => {
  if ('sentBy' in order) {
    answer({ sent: api.sent.get(order.sentBy) ?? 0 })
    return
  }
  run = new Run(order.crush)
  run.go().then(
    (crushed) => answer({ crushed }),
    (error) => answer({ error: String(error) }),
  )
})
process.on('disconnect', () => process.exit(0))
answer({ apiPort: api.port })
