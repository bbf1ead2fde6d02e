// Certificates of a test: an authority of its own, and servers that it signed for. Made anew each time, and good for a day.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Certificates {
  /** The authority's own, in PEM. */
  ca: string
  /** Files with a certificate for these names, and its key. */
  made(...names: string[]): { cert: string; key: string }
  remove(): void
}

const CURVE = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']

export function makeCertificates(): Certificates {
  const folder = mkdtempSync(join(tmpdir(), 'frontdesk-tls-'))
  const at = (name: string) => join(folder, name)
  const openssl = (...given: string[]) => execFileSync('openssl', given, { stdio: 'ignore' })
  openssl('req', '-x509', ...CURVE, '-days', '1', '-subj', '/CN=Test Authority', '-keyout', at('ca.key'), '-out', at('ca.pem'))
  let count = 0
  return {
    ca: readFileSync(at('ca.pem'), 'utf8'),
    made(...names) {
      count += 1
      const [key, request, cert, extra] = ['key', 'csr', 'pem', 'ext'].map((end) => at(`${count}.${end}`)) as [
        string,
        string,
        string,
        string,
      ]
      const alternatives = names.map((name) => `${/^[\d.]+$/.test(name) ? 'IP' : 'DNS'}:${name}`)
      writeFileSync(extra, `subjectAltName=${alternatives.join(',')}\n`)
      openssl('req', ...CURVE, '-subj', `/CN=${names[0]}`, '-keyout', key, '-out', request)
      const signing = ['-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial', '-days', '1', '-extfile', extra]
      openssl('x509', '-req', '-in', request, ...signing, '-out', cert)
      return { cert, key }
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
