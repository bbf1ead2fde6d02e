// The XML that WeChat and WeCom push: elements and words, nothing else. Whatever could expand, include or nest without end is refused.

/** An element with elements in it is a record, one that stands there several times a list. */
export type XmlValue = string | XmlRecord | (string | XmlRecord)[]
export interface XmlRecord {
  [name: string]: XmlValue
}

const DEPTH_MAX = 8
const TOKEN = /<!\[CDATA\[([\s\S]*?)\]\]>|<(\/?)([A-Za-z][A-Za-z0-9_]*)[ \t\r\n]*(\/?)>|([^<]+)/y
const ENTITY = /&(?:(lt|gt|amp|quot|apos)|#(\d{1,7})|#x([0-9a-fA-F]{1,6}));/g
const NAMED: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

interface Open {
  name: string
  children: XmlRecord
  isParent: boolean
  /** Words in CDATA stand for themselves: blanks around them are layout. */
  data: string | undefined
  text: string
}

/** What is in the root element. Throws a SyntaxError for everything else. */
export function parseXml(source: string): XmlRecord {
  const text = source.replace(/^\uFEFF?\s*(?:<\?xml[^<>?]*\?>)?\s*/, '').trimEnd()
  const path: Open[] = []
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < text.length) {
    const token = TOKEN.exec(text)
    if (!token) break
    const [, data, slash, name, empty, words] = token
    const top = path.at(-1)
    if (name === undefined) {
      if (!top) throw new SyntaxError('words outside of the root')
      if (data !== undefined) top.data = (top.data ?? '') + data
      else top.text += unescaped(words ?? '')
    } else if (!slash) {
      if (path.length >= DEPTH_MAX) throw new SyntaxError('nested too deeply')
      const opened = open(name)
      if (empty) close(opened, top)
      else path.push(opened)
    } else {
      if (top?.name !== name) throw new SyntaxError(`</${name}> closes nothing`)
      path.pop()
      const parent = path.at(-1)
      if (parent) close(top, parent)
      else if (TOKEN.lastIndex === text.length) return top.children
      else throw new SyntaxError('something follows the root')
    }
  }
  throw new SyntaxError('not a whole document')
}

function open(name: string): Open {
  return { name, children: {}, isParent: false, data: undefined, text: '' }
}

function close(element: Open, parent: Open | undefined): void {
  if (!parent) throw new SyntaxError('an empty root')
  parent.isParent = true
  const value = element.isParent ? element.children : (element.data ?? element.text)
  const before = Object.hasOwn(parent.children, element.name) ? parent.children[element.name] : undefined
  parent.children[element.name] = before === undefined ? value : [before, value].flat()
}

function unescaped(text: string): string {
  return text.replace(ENTITY, (whole, name: string | undefined, decimal?: string, hex?: string) => {
    if (name) return NAMED[name] ?? whole
    const point = decimal ? Number(decimal) : Number.parseInt(hex ?? '', 16)
    return point > 0 && point <= 0x10ffff ? String.fromCodePoint(point) : whole
  })
}

/** Characters that no XML may hold, not even as CDATA: with one of them the whole document would be refused. They become U+FFFD. */
const FORBIDDEN = /(?![\t\n\r\u007f-\u009f])\p{Cc}|[\uFFFE\uFFFF]/gu

/** Words as CDATA; what ends one is written in two. */
export function cdata(text: string): string {
  const words = text.toWellFormed().replace(FORBIDDEN, '\uFFFD').replaceAll(']]>', ']]]]><![CDATA[>')
  return `<![CDATA[${words}]]>`
}
