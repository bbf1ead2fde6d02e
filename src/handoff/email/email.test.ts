// The desk contract against a real IMAP server and a real SMTP server.
import { describe } from 'vitest'
import { deskContract } from '../../../test/contract/desk.ts'
import type { FaultName } from '../../../test/contract/support.ts'
import { hasDovecot, NO_DOVECOT, PASSWORD, startDovecot, USER } from '../../../test/support/dovecot.ts'
import { answering, type Got, got, gotBy, pressing } from '../../../test/support/inbox.ts'
import { viewMails } from '../../../test/support/inbox-view.ts'
import { type SmtpFault, startSmtp } from '../../../test/support/smtp.ts'
import { until } from '../../../test/support/until.ts'
import { emailDesk } from './index.ts'

const isHere = hasDovecot || process.env.FRONTDESK_TEST_ALL === '1'
const ANNA = 'anna@example.test'
const SMTP_PASSWORD = 'smtp-secret-of-the-test'
const LATER = { kind: 'transient', certain: true, retryAfterMs: 30_000 }

const FAULTS: Record<FaultName, SmtpFault> = {
  rate_limited: { at: 'rcpt', code: 450, text: '4.7.1 too many mails, come again later' },
  unauthorized: { at: 'auth', code: 535, text: '5.7.8 Authentication failed' },
  server_error: { at: 'rcpt', code: 451, text: '4.3.0 Temporary failure' },
  reset: { at: 'mail', reset: true },
  html: { at: 'mail', reset: true },
  hang: { at: 'taken', hang: true },
  accept_then_reset: { at: 'taken', reset: true },
  recipient_gone: { at: 'rcpt', code: 550, text: '5.1.1 no such user' },
}

describe.skipIf(!isHere)(`agents' inboxes${isHere ? '' : ` (${NO_DOVECOT})`}`, () => {
  deskContract(emailDesk, {
    secrets: [PASSWORD, SMTP_PASSWORD],
    required: ['address', 'imap', 'smtp'],
    whole: true,
    fixed: true,
    gathers: true,
    // What a server says in SMTP is certain, and a line that breaks before the end of a mail, too.
    faults: { rate_limited: LATER, server_error: LATER, reset: { kind: 'transient', certain: true }, html: 'none' },
    async start() {
      const box = await startDovecot()
      let later: { fault: SmtpFault; after: number } | undefined
      const relay = await startSmtp({
        user: 'desk',
        password: SMTP_PASSWORD,
        onTaken: () => {
          if (later && --later.after === 0) relay.fail(later.fault)
        },
      })
      const imap = { host: '127.0.0.1', port: box.port, secure: false, user: USER, password: PASSWORD }
      const smtp = { host: '127.0.0.1', port: relay.port, secure: false, user: 'desk', password: SMTP_PASSWORD }
      const mails = (thread: string, to = ANNA): Got[] => gotBy(relay.taken, to).filter((mail) => mail.thread === thread)
      const last = (thread: string) => mails(thread).at(-1) as Got
      const shown = (mail: Got) => ({
        text: mail.said,
        ...(mail.files[0] && { file: mail.files[0].bytes }),
        ...(mail.presses.length > 0 && { buttons: mail.presses.map(({ command }) => command) }),
      })
      return {
        config: {
          address: 'desk@example.test',
          imap,
          smtp,
          mails: 'all',
          gatherSeconds: 0,
          waitSeconds: 0,
          mailsPerMinute: 1000,
          // Mails here are of today, and the suite's clock stands still.
          answerDays: 3650,
        },
        unreachable: { imap: { ...imap, port: 2 }, smtp: { ...smtp, port: 2 } },
        agent: { id: ANNA, name: '安娜' },
        shown: (thread) => mails(thread).map(shown),
        threads: () => [...new Set(relay.taken.map((taken) => got(taken).thread))],
        fault(name, after = 0) {
          if (after === 0) relay.fail(FAULTS[name])
          else later = { fault: FAULTS[name], after }
        },
        hangs: () => until('the mail is taken', () => relay.hanging() > 0),
        write: (thread, text) => box.deliver(answering(last(thread), text)),
        view: (thread) => viewMails(mails(thread)),
        press: (thread, button) => box.deliver(pressing(last(thread), button, '\n\n发自我的 iPhone')),
        offers: {
          user: 'chen@example.test',
          shown: () => gotBy(relay.taken, 'chen@example.test').map(shown),
          unknown: 'nobody',
        },
        alive: (thread) =>
          mails(thread).flatMap(({ html }) => html.match(/<(?:script|img|form|iframe)\b[^>]*>|href="(?!mailto:desk%2B)[^"]*"/gi) ?? []),
        async close() {
          await relay.close()
          await box.remove()
        },
      }
    },
  })
})
