// The looks of a mail to an agent. Tables, because some programs know nothing else; inline styles, because all drop others; one column
// that is as wide as a phone. The colours are mid-tones on no background of our own where it matters, so that a program which turns a
// mail dark leaves it readable.
import type { Author, Locale } from '#core/message.ts'
import { oneLine, speaker } from '../speaker.ts'
import { type Content, MARK, type Press, type Said, wordOf } from './words.ts'

const FONT = "font-family:-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,'PingFang SC','Microsoft YaHei',Helvetica,Arial,sans-serif"
const QUIET = '#7a828c'
const BORDER = '#9aa4ae55'
/** Of the bar beside somebody's words. */
const BAR: Record<Author, string> = { customer: '#2f7de1', agent: '#1f9d61', bot: '#8b6fd8', system: '#9aa4ae', note: '#d99a1c' }

export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}

/** Lines and blanks as they were written. */
const words = (text: string) =>
  escaped(text).replaceAll('\n', '<br>').replaceAll('\t', '&nbsp;&nbsp;&nbsp;&nbsp;').replaceAll('  ', '&nbsp; ')

export function html(content: Content, locale: Locale): string {
  const { lead, title, facts, history, said, presses, links, url } = content
  const blocks = [
    ...(lead ? [`<p style="margin:0 0 16px;font-size:15px;font-weight:600">${words(lead)}</p>`] : []),
    ...(said ?? []).map((one) => speech(one, locale)),
    ...(facts ? [card(title, facts)] : []),
    ...(presses.length > 0 ? [buttons(presses)] : []),
    ...(history?.length ? [heading(wordOf('history', locale)), ...history.map((one) => speech(one, locale))] : []),
  ]
  const small = [...links, ...(url ? [{ label: wordOf('console', locale), href: url }] : [])]
  const foot = small.map(({ label, href }) => `<a href="${escaped(href)}" style="color:#2f7de1;text-decoration:none">${escaped(label)}</a>`)
  return `<!doctype html><html lang="${locale === 'zh' ? 'zh-CN' : 'en'}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark"></head>
<body style="margin:0;padding:0;${FONT};font-size:15px;line-height:1.55">
<p style="margin:0 0 12px;font-size:12px;color:${QUIET}">${escaped(MARK)}</p>
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="max-width:600px;border-collapse:collapse"><tr><td style="padding:0">
${blocks.join('\n')}
<p style="margin:20px 0 0;padding-top:10px;border-top:1px solid ${BORDER};font-size:12px;color:${QUIET}">${escaped(wordOf('how', locale))}${foot.length > 0 ? `<br>${foot.join(' · ')}` : ''}</p>
</td></tr></table></body></html>
`
}

function card(title: string, facts: [string, string][]): string {
  const rows = facts.map(
    ([label, value]) =>
      `<tr><td style="padding:3px 16px 3px 0;color:${QUIET};font-size:13px;white-space:nowrap;vertical-align:top">${escaped(label)}</td><td style="padding:3px 0;font-size:14px;word-break:break-word">${escaped(value)}</td></tr>`,
  )
  return `<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="border:1px solid ${BORDER};border-radius:10px;border-collapse:separate;margin:0 0 16px"><tr><td style="padding:14px 16px">
<div style="font-size:17px;font-weight:600;margin:0 0 8px;word-break:break-word">${escaped(oneLine(title))}</div>
<table role="presentation" cellpadding="0" cellspacing="0" style="border-collapse:collapse">${rows.join('')}</table>
</td></tr></table>`
}

/** The first is what is wanted most. Each stands alone on a narrow screen and beside the next on a wide one. */
function buttons(presses: Press[]): string {
  const style = (n: number) =>
    n === 0 ? 'background-color:#2f7de1;border:1px solid #2f7de1;color:#ffffff' : `border:1px solid ${BORDER};color:#2f7de1`
  const one = ({ label, href }: Press, n: number) =>
    `<a href="${escaped(href)}" style="display:inline-block;margin:0 8px 8px 0;padding:9px 16px;border-radius:8px;font-size:14px;font-weight:600;text-decoration:none;${style(n)}">${escaped(label)}</a>`
  return `<div style="margin:0 0 10px">${presses.map(one).join('\n')}</div>`
}

function heading(text: string): string {
  return `<p style="margin:8px 0 8px;font-size:12px;color:${QUIET}">${escaped(text)}</p>`
}

function speech({ author, name, text }: Said, locale: Locale): string {
  return `<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="border-collapse:collapse;margin:0 0 12px"><tr><td style="border-left:3px solid ${BAR[author]};padding:1px 0 1px 12px">
<div style="font-size:12px;color:${QUIET}">${escaped(speaker(author, name, locale))}</div>
<div style="font-size:15px;word-break:break-word">${words(text)}</div>
</td></tr></table>`
}
