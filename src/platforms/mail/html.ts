// The words of a mail that is written in HTML, as plain text: nothing of its markup is left, so there is nothing that could run, load
// or call home. One pass: a hostile mail costs no more than its length.
import { entity } from './entities.ts'

/** What is not shown. */
const HIDDEN = new Set([
  'style',
  'script',
  'head',
  'title',
  'template',
  'noscript',
  'object',
  'svg',
  'math',
  'iframe',
  'select',
  'textarea',
])
const BLOCK = new Set([
  'p',
  'div',
  'tr',
  'li',
  'ul',
  'ol',
  'dl',
  'dt',
  'dd',
  'h1',
  'h2',
  'h3',
  'h4',
  'h5',
  'h6',
  'table',
  'br',
  'hr',
  'pre',
])
BLOCK.add('blockquote').add('section').add('article').add('header').add('footer').add('form').add('center').add('address')
/** Never have an end. */
const VOID = new Set(['br', 'hr', 'img', 'meta', 'link', 'input', 'wbr', 'base', 'area', 'col'])

/** Where programs put the mail that is answered: by name, or everything from a mark on. */
const QUOTED = /\b(?:gmail_quote|gmail_extra|yahoo_quoted|moz-cite-prefix|qmbox|qqmail_quote|protonmail_quote|foxmail_quote|zmail_extra)\b/i
const REST =
  /\bid\s*=\s*["']?(?:divRplyFwdMsg|appendonsend|OLK_SRC_BODY_SECTION|stopSpelling|isReplyContent|mail-editor-reference-message-container)\b|\bclass\s*=\s*["']?[^"'>]*\b(?:OutlookMessageHeader|ntes-mailmaster-quote)\b/i

const TAG = /^<(\/?)([a-z][a-z0-9:]*)/i
const TAG_MAX = 8_192

export interface Reading {
  /** Keep what is quoted. */
  quotes?: boolean
}

export function textOf(html: string, { quotes = false }: Reading = {}): string {
  let text = ''
  let hidden: { name: string; depth: number } | undefined
  let link: { href: string; from: number } | undefined
  let pre = 0
  const line = () => {
    if (text !== '' && !text.endsWith('\n')) text += '\n'
  }
  for (let at = 0; at < html.length; ) {
    const open = html.indexOf('<', at)
    const words = html.slice(at, open < 0 ? html.length : open)
    if (!hidden && words) text += pre > 0 ? decode(words) : decode(words.replaceAll(/[ \t\r\n\f]+/g, ' '))
    if (open < 0) break
    const tag = TAG.exec(html.slice(open, open + 40))
    if (!tag) {
      at = afterOther(html, open)
      if (at === open + 1 && !hidden) text += '<'
      continue
    }
    const close = endOfTag(html, open)
    if (close < 0) break // Cut off within a tag: not words.
    const whole = html.slice(open, Math.min(close, open + TAG_MAX))
    at = close + 1
    const name = (tag[2] ?? '').toLowerCase()
    const isEnd = tag[1] === '/'
    if (hidden) {
      if (name === hidden.name && !VOID.has(name)) hidden.depth += isEnd ? -1 : 1
      if (hidden.depth === 0) hidden = undefined
      continue
    }
    if (!isEnd && !quotes && REST.test(whole)) break
    if (!isEnd && (HIDDEN.has(name) || isUnseen(whole) || (!quotes && isQuote(name, whole)))) {
      if (!VOID.has(name) && !whole.endsWith('/')) hidden = { name, depth: 1 }
      line()
      continue
    }
    if (name === 'pre') pre = Math.max(0, pre + (isEnd ? -1 : 1))
    if (name === 'a') {
      if (link) text += addressOf(link.href, text.slice(link.from))
      link = isEnd ? undefined : { href: attribute(whole, 'href'), from: text.length }
    } else if (name === 'img') text += decode(attribute(whole, 'alt').slice(0, 200))
    else if (name === 'td' || name === 'th') text += isEnd ? '\t' : ''
    else if (BLOCK.has(name)) {
      if (name === 'br') text += '\n'
      else line()
      if (name === 'li' && !isEnd) text += '- '
      if (name === 'hr') text += '---\n'
      if ((name === 'p' || /^h\d$/.test(name)) && isEnd) text += '\n'
    }
  }
  if (link) text += addressOf(link.href, text.slice(link.from))
  return tidy(text)
}

function isQuote(name: string, whole: string): boolean {
  return name === 'blockquote' || QUOTED.test(attribute(whole, 'class')) || QUOTED.test(attribute(whole, 'id'))
}

/** Preview texts and counters of newsletters. */
function isUnseen(whole: string): boolean {
  return /\bstyle\s*=/i.test(whole) && /display\s*:\s*none|mso-hide\s*:\s*all/i.test(attribute(whole, 'style'))
}

/** Comments, declarations, and a `<` that begins nothing. */
function afterOther(html: string, open: number): number {
  if (html.startsWith('<!--', open)) {
    const end = html.indexOf('-->', open + 4)
    return end < 0 ? html.length : end + 3
  }
  if (/^<[!?/]/.test(html.slice(open, open + 2))) {
    const end = html.indexOf('>', open)
    return end < 0 ? html.length : end + 1
  }
  return open + 1
}

/** The `>` of this tag: one within quotes is a letter. */
function endOfTag(html: string, open: number): number {
  let quote = ''
  for (let at = open + 1; at < html.length; at++) {
    const letter = html[at] ?? ''
    if (quote) {
      if (letter === quote) quote = ''
      // Somebody forgot to end a quote: the whole mail must not vanish for it.
      else if (at - open > TAG_MAX * 8) return html.indexOf('>', open)
    } else if (letter === '>') return at
    else if ((letter === '"' || letter === "'") && html[at - 1] === '=') quote = letter
  }
  return html.indexOf('>', open)
}

function attribute(tag: string, name: string): string {
  const found = new RegExp(`[\\s"'/]${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)'|([^\\s"'>]+))`, 'i').exec(tag)
  return found?.[1] ?? found?.[2] ?? found?.[3] ?? ''
}

/** Where a link leads, where its words do not say so. What is no address of the web is left out. */
function addressOf(href: string, words: string): string {
  const url = decode(href).trim()
  if (!/^(?:https?:\/\/|mailto:|tel:)[^\s<>]{1,1000}$/i.test(url)) return ''
  const plain = url.replace(/^(?:mailto|tel):/i, '').replace(/\/$/, '')
  return words.trim() === '' || words.includes(plain) || words.includes(plain.replace(/^https?:\/\//i, '')) ? '' : ` (${plain})`
}

function decode(words: string): string {
  return words.includes('&') ? words.replaceAll(/&(#x[0-9a-f]{1,6}|#\d{1,7}|[a-z][a-z0-9]{1,30});?/gi, entity) : words
}

function tidy(text: string): string {
  return text
    .split('\n')
    .map((line) =>
      line
        .replaceAll(/[ \u00a0]+$/g, '')
        .replaceAll(/^[ \u00a0]+(?=\S)/g, '')
        .replace(/[\t ]+$/, ''),
    )
    .join('\n')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim()
}
