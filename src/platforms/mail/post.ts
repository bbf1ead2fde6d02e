// Letters out through an SMTP server. No retries: every failure becomes a ConnectorError, and the outbox decides.
import type { Deps, Health } from '#core/connector.ts'
import { healthOf } from '#core/health.ts'
import { type MailServer, type PostLine, SenderRefused } from '#core/mail.ts'
import type { Letter } from './compose.ts'
import { compose } from './compose.ts'
import { ALIVE_MS, linesOf } from './mailbox.ts'

export interface Post {
  send(letter: Letter, signal: AbortSignal): Promise<void>
  check(signal: AbortSignal): Promise<Health>
}

export function post(server: MailServer, deps: Deps): Post {
  let line: PostLine | undefined
  let aliveAt = Number.NEGATIVE_INFINITY
  /** Gmail, QQ and 163 let nobody send without a sender, not even machines. */
  let wantsSender = false
  const now = () => deps.now().getTime()

  function open(): PostLine {
    line ??= linesOf(deps).openPost(server)
    return line
  }

  return {
    async send(letter, signal) {
      const { to } = letter
      const own = letter.from.address
      const raw = compose(letter, deps.now())
      // Nobody is to answer a machine, not even a server that cannot deliver it (RFC 3834, 3.3).
      const from = letter.automatic && !wantsSender ? '' : own
      try {
        await open().send({ from, to, raw }, signal)
      } catch (error) {
        // Refused before a word of the mail was said, so this is no second copy.
        if (!(error instanceof SenderRefused) || from !== '') throw error
        await open().send({ from: own, to, raw }, signal)
        wantsSender = true
      }
      aliveAt = now()
    },
    async check(signal) {
      if (now() - aliveAt < ALIVE_MS) return { state: 'connected' }
      try {
        await open().verify(signal)
        aliveAt = now()
        return { state: 'connected' }
      } catch (error) {
        return healthOf(error)
      }
    },
  }
}
