// Bytes of a mail as text. Labels are often missing or wrong, above all around Chinese mail: they are believed as far as the bytes
// allow it (https://encoding.spec.whatwg.org names what `TextDecoder` knows).

/** What labels mean to us, where the standard does not know them or means less: gb18030 holds gbk, which holds gb2312. */
const NAMES: Record<string, string> = {
  gb2312: 'gb18030',
  gb_2312: 'gb18030',
  'gb_2312-80': 'gb18030',
  'gb2312-80': 'gb18030',
  'gb2312.1980-0': 'gb18030',
  'euc-cn': 'gb18030',
  euccn: 'gb18030',
  gbk: 'gb18030',
  'x-gbk': 'gb18030',
  cp936: 'gb18030',
  ms936: 'gb18030',
  'windows-936': 'gb18030',
  chinese: 'gb18030',
  cp950: 'big5',
  'windows-950': 'big5',
  cp932: 'shift_jis',
  'windows-932': 'shift_jis',
  'shift-jis': 'shift_jis',
  'iso-2022-jp-1': 'iso-2022-jp',
  'iso-2022-jp-2': 'iso-2022-jp',
  cp50220: 'iso-2022-jp',
  cp949: 'euc-kr',
  'windows-949': 'euc-kr',
  'utf-7': 'utf-7',
  'unicode-1-1-utf-7': 'utf-7',
  utf7: 'utf-7',
  'x-unicode-2-0-utf-7': 'utf-7',
}
/** Says nothing of the bytes. */
const NOTHING = new Set([
  '',
  'us-ascii',
  'ascii',
  'ansi_x3.4-1968',
  '7bit',
  '8bit',
  'binary',
  'unknown',
  'unknown-8bit',
  'x-unknown',
  'default',
])
const JAPANESE = new Set(['iso-2022-jp', 'shift_jis', 'sjis', 'euc-jp', 'x-sjis'])
const WESTERN = new Set(['iso-8859-1', 'latin1', 'windows-1252', 'cp1252', 'iso-8859-15', 'latin-1', 'iso8859-1'])

export function decodeText(bytes: Uint8Array, label = ''): string {
  const name = label.trim().toLowerCase().replaceAll(/["']/g, '')
  const charset = NAMES[name] ?? name
  if (NOTHING.has(charset)) return guess(bytes)
  if (charset === 'utf-7') return decodeUtf7(latin1(bytes))
  if (charset === 'utf-8' || charset === 'utf8') return strictly(bytes, 'utf-8') ?? (isChinese(bytes) ? gb(bytes) : loosely(bytes, 'utf-8'))
  if (charset === 'gb18030') return strictly(bytes, charset) ?? strictly(bytes, 'utf-8') ?? loosely(bytes, charset)
  // Western labels fit any bytes, so they prove nothing.
  if (WESTERN.has(charset)) return wideUtf8(bytes) ?? (isChinese(bytes) ? gb(bytes) : loosely(bytes, charset))
  if (!isKnown(charset)) return guess(bytes)
  return (
    strictly(bytes, charset) ??
    wideUtf8(bytes) ??
    (JAPANESE.has(charset) ? strictly(bytes, 'euc-jp') : undefined) ??
    loosely(bytes, charset)
  )
}

/** Of bytes that nothing is said of. */
function guess(bytes: Uint8Array): string {
  const text = strictly(bytes, 'utf-8')
  if (text !== undefined) return /^[$(][@BJ]/.test(text.split('\u001b')[1] ?? '') ? loosely(bytes, 'iso-2022-jp') : text
  if (isChinese(bytes)) return gb(bytes)
  return loosely(bytes, 'windows-1252')
}

/** UTF-8, where it is that and more than ASCII. */
function wideUtf8(bytes: Uint8Array): string | undefined {
  return bytes.some((byte) => byte > 0x7f) ? strictly(bytes, 'utf-8') : undefined
}

/**
 * GB18030, and not a western text that happens to fit: whoever writes Chinese uses the characters of GB2312, both of whose bytes
 * are above A0, far more often than the others; in western texts a letter with an accent stands between plain ones.
 */
function isChinese(bytes: Uint8Array): boolean {
  if (strictly(bytes, 'gb18030') === undefined) return false
  let [common, other] = [0, 0]
  for (let at = 0; at < bytes.length - 1; at++) {
    const [first = 0, second = 0] = [bytes[at], bytes[at + 1]]
    if (first < 0x80) continue
    if (first >= 0xa1 && first <= 0xf7 && second >= 0xa1) common += 1
    else if (second >= 0x40) other += 1
    at += 1
  }
  return common > 0 && common >= 2 * other
}

const gb = (bytes: Uint8Array) => loosely(bytes, 'gb18030')

function strictly(bytes: Uint8Array, charset: string): string | undefined {
  try {
    return new TextDecoder(charset, { fatal: true }).decode(bytes)
  } catch {
    return undefined // Not in that charset: the caller knows others.
  }
}

function loosely(bytes: Uint8Array, charset: string): string {
  return new TextDecoder(charset).decode(bytes)
}

function isKnown(charset: string): boolean {
  try {
    return new TextDecoder(charset) !== undefined
  } catch {
    return false // A label of nobody's.
  }
}

export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
}

/** RFC 2152: base64 of UTF-16 between `+` and `-`. */
function decodeUtf7(text: string): string {
  return text.replaceAll(/\+([A-Za-z0-9+/]*)-?/g, (_whole, coded: string) => {
    if (coded === '') return '+'
    const bytes = Buffer.from(coded, 'base64')
    let wide = ''
    for (let at = 0; at + 1 < bytes.length; at += 2) wide += String.fromCharCode(bytes.readUInt16BE(at))
    return wide
  })
}
