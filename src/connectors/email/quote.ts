// What the customer wrote this time, without the mail that they answer and without their signature. Simple on purpose: the
// whole text is kept beside it, and where nothing would be left all of it stays.

/** The line above a quoted mail, as the common programs write it. The name and date may run over into a second line. */
const HEADS = [
  /^On\b.{0,200}(?:\n.{0,200})?\bwrote:[ \t]*$/m,
  /^.{0,120}(?:\n.{0,120})?(?:写道|寫道|编写)[ \t]*[:：][ \t]*$/m,
  /^-{2,}[ \t]*(?:原始邮件|原始郵件|回复的原邮件|Original(?: Message)?|Forwarded message|转发邮件|转发的邮件)[ \t]*-{2,}/im,
  /^_{10,}[ \t]*\n(?:[ \t]*\n)?[ \t]*(?:From|发件人|寄件者)[ \t]*[:：]/m,
  /^[ \t]*\*{0,2}(?:From|发件人|寄件者)\*{0,2}[ \t]*[:：].{0,300}\n(?:.{0,300}\n){0,3}?[ \t]*\*{0,2}(?:Sent|Date|发送时间|日期|寄件日期)\*{0,2}[ \t]*[:：]/m,
  /^##- .* -##\s*$/m,
]
/** The mark of a signature: two hyphens and a blank. */
const SIGNATURE = /^-- $/m

/** `text` of a length that is looked through in no time. */
export function withoutQuotes(text: string): string {
  const whole = text.replaceAll('\r\n', '\n').trim()
  const cuts = [...HEADS, SIGNATURE].map((head) => whole.search(head)).filter((at) => at >= 0)
  const above = whole.slice(0, Math.min(whole.length, ...cuts))
  const own = above
    .split('\n')
    .filter((line) => !line.startsWith('>'))
    .join('\n')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim()
  return own || whole
}

const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' }

/** What is not shown, or not the customer's own. */
const HIDDEN = new Set(['style', 'script', 'head', 'title', 'blockquote'])
const BLOCK = new Set(['p', 'div', 'tr', 'li', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'table', 'br'])

/** The words of a mail that has only HTML, without what it quotes. One pass: a hostile mail costs no more than its length. */
export function textOf(html: string): string {
  let text = ''
  let hidden = ''
  let depth = 0
  for (let at = 0; at < html.length; ) {
    const open = html.indexOf('<', at)
    const words = html.slice(at, open < 0 ? html.length : open)
    if (depth === 0) text += words.replaceAll(/\s+/g, ' ')
    const close = open < 0 ? -1 : html.indexOf('>', open)
    if (close < 0) break
    const [, end = '', tag = ''] = /^<(\/?)([a-z][a-z0-9]*)/i.exec(html.slice(open, open + 20)) ?? []
    const name = tag.toLowerCase()
    if (depth > 0 ? name === hidden : HIDDEN.has(name)) {
      hidden = name
      depth = Math.max(0, depth + (end ? -1 : 1))
    } else if (depth === 0 && BLOCK.has(name) && (end || name === 'br')) text += '\n'
    at = close + 1
  }
  return text
    .replaceAll(/&(#x[0-9a-f]{1,6}|#\d{1,7}|\w{2,6});/gi, entity)
    .split('\n')
    .map((line) => line.trim())
    .join('\n')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim()
}

function entity(whole: string, name: string): string {
  if (!name.startsWith('#')) return ENTITIES[name.toLowerCase()] ?? whole
  const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number.parseInt(name.slice(1), 10)
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole
}
