// Lines to mail servers, on Node. Loaded when a channel asks for one: most houses have none.
import type { MailLines, MailServer, Posting, PostLine } from '#core/mail.ts'

export const mail: MailLines = {
  openMailbox: async (server, signal) => (await import('./mailbox.ts')).openMailbox(server, signal),
  openPost: lazyPost,
}

function lazyPost(server: MailServer): PostLine {
  let line: Promise<PostLine> | undefined
  const open = () => (line ??= import('./post.ts').then(({ openPost }) => openPost(server)))
  return {
    send: async (posting: Posting, signal: AbortSignal) => (await open()).send(posting, signal),
    verify: async (signal: AbortSignal) => (await open()).verify(signal),
    close: () => void line?.then((opened) => opened.close()),
  }
}
