// What the customer wrote this time, without the mail that they answer and without their signature. Line by line, so that a hostile
// mail costs no more than its length. The whole text is kept beside it, and where nothing would be left all of it stays. What somebody
// forwards is what they want to show: it stays, too.

/** A line that is looked at; what is behind is no heading. */
const LINE_MAX = 400
/** A heading may run over into the next lines. */
const HEAD_LINES = 3

/** `On Sunday, Anna wrote:` – how the line above a quoted mail begins and ends, in the languages of common programs. */
const BEGINS =
  /^[\s>*-]*(?:On|At|Le|El|Il|Em|Am|Op|Den|D\.|W dniu|Dnia|In data|In|在|于|於|\d{1,4}[-./年:, ]|[A-Za-zА-я\u00c0-\u024f]{2,4}[.,]? \d)/u
const WROTE =
  /(?:wrote|写道|寫道|编写|a écrit|écrit|escribió|ha scritto|scritto|escreveu|schrieb|schreef|napisał(?:\(a\)|a)?|pisze|skrev|kirjoitti|írta|написал\(?а?\)?|пишет|작성|のメッセージ)/u
const WROTE_END = new RegExp(`${WROTE.source}(?:\\s*[:：]|\\s*-{2,}|)\\s*$`, 'u')
const WROTE_WITHIN = new RegExp(`${WROTE.source}[^:：]{0,200}[:：]\\s*$`, 'u')
const DATE = /\d{1,2}[:.]\d{2}|(?:19|20)\d{2}|\d{1,2}月/
const ADDRESS_END = /@[^\s<>]+[>)\]]*\s*>\s*[:：]\s*$/
/** `Anna <help@example.com> 于2026年3月1日 写道：`: the name stands first. */
const CHINESE_END = /\d.{0,120}(?:写道|寫道|编写)\s*[:：]\s*$/u

/** A block of the old mail's headers. */
const FROM = /^[\s>*_-]{0,8}(?:From|Von|De|Van|Da|Fra|Från|Od|От|发件人|寄件者|寄件人|差出人)\*?\s*[:：]\*?\s*\S/u
const LABEL =
  /^[\s>*_-]{0,8}(?:Sent|Date|To|Cc|Subject|Gesendet|Datum|An|Betreff|Envoyé(?: le)?|À|A|Objet|Sujet|Verzonden|Aan|Onderwerp|Inviato|Oggetto|Dato|Til|Emne|Data|Para|Asunto|Assunto|Enviado(?: el)?|发送时间|发送日期|日期|时间|收件人|抄送|主题|寄件日期|收件者|主旨|日時|宛先|件名)\*?\s*[:：]/u
const MARK =
  /^[\s*_=—-]*-+[\s*_=—-]*(?:original(?: message| mail|)|original-nachricht|ursprüngliche nachricht|oprindelig besked|message d['’]origine|mensaje original|messaggio originale|oorspronkelijk bericht|原始邮件|原始郵件|原邮件|回复的原邮件|回复邮件)[\s*_=—-]*$/iu
const MESSAGE_OF = /^Message du\s*:\s*\d/
/** Our own, above which people answer. */
const OURS = /^[\s>]*##- .* -##\s*$/

const SIGNATURE = /^(?:--|__)\s*$/
const SIGNATURE_LINES = 12
/** What telephones and programs put below every mail; a sentence of a person ends in a full stop. */
const FOOTER =
  /^(?:Sent (?:from|via|with) (?:my |the |)\S|Get Outlook for |Envoyé (?:de|depuis|à partir de|avec) |Télécharger Outlook|Gesendet (?:von|mit) |Von mein\S+ .*gesendet|Enviado desde |Enviado do |Inviato da |Verzonden vanaf |Verstuurd vanaf |Sendt fra |Skickat från |Отправлено с |发自我的|来自我的|从我的.{1,20}发送|发送自|获取 ?Outlook|从 ?(?:Outlook|Windows|Mail|QQ|网易).{0,20}发送|由.{1,20}(?:iPhone|手机|邮箱大师|客户端)发送?)/u
const CLOSING =
  /^(?:(?:with |)(?:\w{1,12} (?:and \w{1,12} |)|)regards|cheers|best wishes|yours (?:sincerely|faithfully|truly)|sincerely(?: yours)?|(?:bien |très |)cordialement|mit freundlichen grüßen|viele grüße|此致|顺颂商祺|顺祝商祺|谨致问候)[\s,，.!！。]*$/iu
const CLOSING_LINES = 6

export function withoutQuotes(text: string): string {
  const whole = text.replaceAll(/\r\n?/g, '\n').trim()
  const kept = withoutOld(whole.split('\n'))
  return joined(withoutEnd(kept)) || joined(kept) || whole
}

/** The same, and nothing where nothing is left: for whom a word too many is worse than none. */
export function onlyOwn(text: string): string {
  return joined(withoutEnd(withoutOld(text.replaceAll(/\r\n?/g, '\n').trim().split('\n'))))
}

function joined(lines: string[]): string {
  return lines
    .join('\n')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim()
}

/** Without what is quoted: lines with a mark one by one, everything from a heading on that has no such lines below it. */
function withoutOld(lines: string[]): string[] {
  const kept: string[] = []
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? ''
    if (OURS.test(line.slice(0, LINE_MAX))) return kept
    const head = headAt(lines, at)
    if (head > 0) {
      if (!isMarked(nextWords(lines, at + head))) return kept
      at += head - 1
    } else if (isMarked(line)) at = skipMarked(lines, at)
    else if (startsBlock(lines, at)) return kept
    else kept.push(line)
  }
  return kept
}

const isMarked = (line: string) => /^\s{0,3}>/.test(line)

function nextWords(lines: string[], from: number): string {
  for (let at = from; at < Math.min(lines.length, from + 3); at++) if (lines[at]?.trim()) return lines[at] ?? ''
  return ''
}

/** The last line of a quoted run. A line between two quoted ones, after a long one, was broken off by a program on the way. */
function skipMarked(lines: string[], from: number): number {
  let at = from
  for (;;) {
    const [next = '', second = ''] = [lines[at + 1], lines[at + 2]]
    if (isMarked(next)) at += 1
    else if (next !== '' && isMarked(second) && (lines[at] ?? '').length >= 70 && next.length < 60) at += 2
    else return at
  }
}

/** How many lines a heading of a quote takes here; 0: there is none. */
function headAt(lines: string[], at: number): number {
  let text = ''
  for (let n = 0; n < HEAD_LINES; n++) {
    const line = lines[at + n]
    if (line === undefined || (line.trim() === '' && n > 0)) return 0
    text = `${text} ${line.slice(0, LINE_MAX)}`.trim()
    if (isHead(text)) return n + 1
    if (n === 0 && !mayBegin(text)) return 0
  }
  return 0
}

function mayBegin(text: string): boolean {
  return BEGINS.test(text) || /[<(@].*$/.test(text) || /\d/.test(text)
}

function isHead(text: string): boolean {
  if (text.length > 2 * LINE_MAX || !/\d/.test(text)) return false
  if (BEGINS.test(text) && (WROTE_END.test(text) || (DATE.test(text) && WROTE_WITHIN.test(text)))) return true
  if (CHINESE_END.test(text) && (DATE.test(text) || text.includes('@'))) return true
  return DATE.test(text) && ADDRESS_END.test(text)
}

/** From here on the rest is the old mail. */
function startsBlock(lines: string[], at: number): boolean {
  const line = (lines[at] ?? '').slice(0, LINE_MAX)
  if (MARK.test(line) || MESSAGE_OF.test(line)) return true
  if (!FROM.test(line) || isForwarded(lines, at)) return false
  const below = lines.slice(at + 1, at + 6)
  const labels = below.filter((one) => LABEL.test(one.slice(0, LINE_MAX))).length
  return labels >= 2 || (labels === 1 && /@/.test([line, ...below].join('\n')))
}

const FORWARD = /(?:forwarded message|begin forwarded message|转发邮件|转发的邮件|轉寄|weitergeleitete nachricht|message transféré)/i

function isForwarded(lines: string[], at: number): boolean {
  return lines.slice(Math.max(0, at - 3), at).some((line) => FORWARD.test(line.slice(0, LINE_MAX)))
}

/** Without signature, the words of telephones, and rules that stood above a quote. */
function withoutEnd(lines: string[]): string[] {
  let end = lines.length
  for (let at = 0; at < end; at++) {
    const line = (lines[at] ?? '').slice(0, LINE_MAX)
    if (FOOTER.test(line) && line.length <= 100 && !/[.。]\s*$/.test(line)) end = at
    else if (SIGNATURE.test(line) && filled(lines, at + 1, end) <= SIGNATURE_LINES) end = at
    else if (CLOSING.test(line.trim()) && at > 0 && isShortTail(lines, at + 1, end)) end = at
  }
  while (end > 0 && /^[\s_=*-]*$/.test(lines[end - 1] ?? '')) end -= 1
  return lines.slice(0, end)
}

function filled(lines: string[], from: number, end: number): number {
  return lines.slice(from, end).filter((line) => line.trim() !== '').length
}

/** A name, a firm, a number: nothing that says something. */
function isShortTail(lines: string[], from: number, end: number): boolean {
  return filled(lines, from, end) <= CLOSING_LINES && lines.slice(from, end).every((line) => line.length <= 60 && !/[?？]\s*$/.test(line))
}
