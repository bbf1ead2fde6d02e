// Why a line to a mail server is not safe, and what to do about it. Nothing was said over it, so nothing is lost: the password neither.
import { LineUnsafe, type MailServer } from '#core/mail.ts'

interface Failure {
  code?: unknown
  /** nodemailer puts its own code in place of Node's. */
  originalCode?: unknown
  message?: unknown
  /** imapflow: no TLS came about, though it must. */
  tlsFailed?: unknown
  command?: unknown
  response?: unknown
}

const NOBODY_KNOWS =
  /SELF_SIGNED_CERT|UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT|CERT_UNTRUSTED|CERT_SIGNATURE_FAILURE|INVALID_CA/
const TOO_OLD = /CERT_HAS_EXPIRED|CERT_NOT_YET_VALID/
const NOT_TLS = /WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|wrong version number|packet length too long/i

export function unsafe(error: unknown, { host, port, secure }: MailServer): LineUnsafe | undefined {
  const { code, originalCode, message, tlsFailed, command, response } = Object(error) as Failure
  const codes = `${code ?? ''} ${originalCode ?? ''}`
  const name = /[A-Z]+(?:_[A-Z]+)+/.exec(codes.replace('ESOCKET', ''))?.[0] ?? ''
  const at = `${host}:${port}`
  if (NOBODY_KNOWS.test(codes))
    return new LineUnsafe(
      `nobody vouches for the certificate of ${at} (${name}): if the server is yours, put its certificate, or that of whoever signed it, under ca / ${at} 的证书不受信任(${name})，若是自己的服务器，请把该证书或其签发者的证书填在 ca`,
    )
  if (TOO_OLD.test(codes))
    return new LineUnsafe(
      `the certificate of ${at} is out of date (${name}): renew it, or set the clock right / ${at} 的证书不在有效期内(${name})，请更新证书或校准时钟`,
    )
  if (/ERR_TLS_CERT_ALTNAME_INVALID/.test(codes))
    return new LineUnsafe(
      `the certificate of ${at} is made out to another name: write that name as host / ${at} 的证书属于其他域名，请在 host 中填写证书上的域名`,
    )
  if (secure && (NOT_TLS.test(codes) || NOT_TLS.test(String(message))))
    return new LineUnsafe(
      `${at} does not speak TLS from the first byte: secure: false starts it with STARTTLS / ${at} 不是直接加密的端口，请设 secure: false 以使用 STARTTLS`,
    )
  const isStripped = (tlsFailed === true && !code) || (command === 'STARTTLS' && Boolean(response))
  if (isStripped)
    return new LineUnsafe(
      `${at} offers no encryption (STARTTLS), so nothing was said, the password neither: secure: true with its port for TLS, or plain: true where the way there is safe by itself / ${at} 不支持 STARTTLS，因此没有发送密码，请用 secure: true 及相应端口，只有在线路本身安全时才用 plain: true`,
    )
  return undefined
}
