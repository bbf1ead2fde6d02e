// Signing in with a token. One may end before its time – revoked, or the clock of its giver runs ahead – so who is refused with an old
// one asks once for another; who is refused with that, too, has no leave to come in.
import { ConnectorError } from '#core/errors.ts'

export async function signIn<T>(token: (refused?: string) => Promise<string>, come: (token: string) => Promise<T>): Promise<T> {
  const first = await token()
  try {
    return await come(first)
  } catch (error) {
    if (!(error instanceof ConnectorError) || error.kind !== 'unauthorized') throw error
    const other = await token(first)
    if (other === first) throw error
    return come(other)
  }
}

/** The token is good where it was made; the mail server lets nobody in with it. */
export function tokenRefused(who: string, words: string): string {
  return `${who} refuses our token (${words}): is imap.user the mailbox that gave its consent, with the right scope, and are IMAP and SMTP switched on? / 令牌被拒绝，请检查 imap.user 是否为授权的邮箱、权限范围是否正确、IMAP 与 SMTP 是否已开启`
}
