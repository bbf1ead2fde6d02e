// `{{customer.name}}` in texts. No logic; what is unknown leaves no gap and no stray comma behind.
import { cut } from '#core/adapt.ts'

const slot = /\{\{\s*([A-Za-z_][\w.]*)\s*\}\}/g
/** Stands for an unknown value until the punctuation around it is tidied; a private character, in no text. */
const hole = '\uE000'
const maxValue = 200

export type Lookup = (name: string) => string | undefined

export function fill(text: string, lookup: Lookup): string {
  if (!text.includes('{{')) return text
  const filled = text.replaceAll(slot, (_, name: string) => clean(lookup(name)) || hole)
  return filled.includes(hole) ? tidy(filled) : filled
}

/** The names that a text asks for. */
export function slotsOf(text: string): string[] {
  return [...text.matchAll(slot)].map(([, name = '']) => name)
}

/** Values come from customers: one line, no control characters, not endless. */
function clean(value: string | undefined): string {
  const line = (value ?? '').replaceAll(/\p{Cc}+/gu, ' ').trim()
  return cut(line, maxValue, 'utf16')
}

function tidy(text: string): string {
  const closed = text
    // 'Hello {{name}}, …' keeps one comma; '{{name}}, welcome' begins with the word; 'Welcome, {{name}}!' keeps the mark only.
    .replaceAll(/(^|\n|[.!?。！？;；])([ \t]*)\uE000[ \t]*[,，、:：;；]*[ \t]*/g, '$1$2')
    .replaceAll(/[ \t]*[,，、][ \t]*\uE000(?=[ \t]*(?:[.!?。！？,，、;；~～…]|\n|$))/g, '')
    .replaceAll(/[ \t]*\uE000(?=[ \t]*(?:[,.!?，。！？、;；:：…]|\n|$))/g, '')
    .replaceAll(/\uE000[ \t]?/g, '')
    .replaceAll(/[（([“"「][ \t]*[）)\]”"」]/g, '')
    .replaceAll(/(\S)[ \t]{2,}/g, '$1 ')
    .trim()
  return text.startsWith(hole) ? closed.replace(/^\p{Ll}/u, (letter) => letter.toUpperCase()) : closed
}
