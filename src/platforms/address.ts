// Which addresses a file may be fetched from. By what is written only: a connector that also runs on Workers resolves no names.

const INWARD = /^localhost$|\.(?:localhost|local|internal|lan|home\.arpa)$/

/** This machine. */
export function isLoopback(url: URL): boolean {
  const host = hostOf(url)
  return host === 'localhost' || host.endsWith('.localhost') || host === '::1' || /^127(\.\d+){3}$/.test(host)
}

/** Leads into a house rather than to the public net. `URL` has already made `0x7f.1` and the like plain. */
export function isPrivate(url: URL): boolean {
  const host = hostOf(url)
  if (host.includes(':')) return isPrivate6(host)
  const octets = /^\d+(?:\.\d+){3}$/.test(host) ? host.split('.').map(Number) : undefined
  if (octets) return isPrivate4(octets)
  return INWARD.test(host) || !host.includes('.')
}

function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '')
}

function isPrivate4([a = 0, b = 0, c = 0]: number[]): boolean {
  if (a === 0 || a === 10 || a === 127 || a >= 224) return true
  if (a === 100) return b >= 64 && b < 128
  if (a === 172) return b >= 16 && b < 32
  if (a === 198) return b === 18 || b === 19
  return (a === 169 && b === 254) || (a === 192 && (b === 168 || (b === 0 && c === 0)))
}

/** Only global unicast is public, without the ranges in which an IPv4 address hides (6to4, Teredo, mapped, NAT64). */
function isPrivate6(host: string): boolean {
  const [first = '', second = ''] = host.split(':')
  const head = Number.parseInt(first || '0', 16)
  const isGlobal = head >= 0x2000 && head <= 0x3fff
  return !isGlobal || head === 0x2002 || (head === 0x2001 && Number.parseInt(second || '0', 16) === 0)
}
