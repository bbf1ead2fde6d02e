// What of a mail an agent wrote this time, and what of it is meant: no quote, no history of ours, no signature with its pictures. In
// doubt less is taken: the rest of a mail to an agent is what customers must not see.
import type { Text } from '#core/message.ts'
import type { Body, EnclosedFile } from '#platforms/mail/body.ts'
import { decodeText } from '#platforms/mail/charset.ts'
import { textOf } from '#platforms/mail/html.ts'
import type { Node } from '#platforms/mail/mime.ts'
import { onlyOwn } from '#platforms/mail/quote.ts'
import { type Asked, askedIn, pressedIn } from './lines.ts'
import { partAtMark } from './words.ts'

export interface Own extends Asked {
  /** What a button of ours put into the subject. */
  pressed?: string
  files: EnclosedFile[]
  /** Why it must not go out without a question. */
  held?: Text
}

const BELOW: Text = { zh: '它写在分隔线下方。', en: 'It stood below the line.' }
const SEALED: Text = { zh: '这是一封加密邮件，无法读取。', en: 'It is an encrypted mail, which cannot be read here.' }
const INVITATION: Text = { zh: '这是一个日程邀请。', en: 'It is an invitation of a calendar.' }

export function ownOf(root: Node, body: Body, subject: string): Own {
  if (isSealed(root)) return { ...NOTHING, words: '[加密邮件 / encrypted mail]', held: SEALED }
  const { above, below, isQuoted } = partAtMark(body.unquoted)
  const asked = askedIn(onlyOwn(above))
  const pressed = pressedIn(subject)
  const isSilent = !asked.words && asked.first.length + asked.last.length === 0
  const files = filesOf(root, body, !isSilent && asked.words !== '')
  if (isSilent && !pressed && files.length === 0) {
    const lower = isQuoted ? onlyOwn(below) : ''
    return lower ? { ...NOTHING, words: lower, held: BELOW } : NOTHING
  }
  const isInvitation = isSilent || /^📅 /.test(asked.words) ? onlyCalendar(root) : false
  return { ...asked, files, ...(pressed && { pressed }), ...(isInvitation && { held: INVITATION }) }
}

const NOTHING: Own = { first: [], words: '', last: [], files: [] }

function isSealed({ type: { value, params } }: Node): boolean {
  if (value === 'multipart/encrypted') return true
  return /^application\/(?:x-)?pkcs7-mime$/.test(value) && params.get('smime-type') !== 'signed-data'
}

function onlyCalendar(root: Node): boolean {
  const words = leavesOf(root).filter(({ type, bytes }) => type.value.startsWith('text/') && bytes.length > 0)
  return words.some(({ type }) => type.value === 'text/calendar') && words.every(({ type }) => type.value === 'text/calendar')
}

/** Pictures within the words count where those words do: not in a quote or a signature, and not where there are none. */
function filesOf(root: Node, body: Body, hasWords: boolean): EnclosedFile[] {
  const within = body.files.filter(({ cid }) => cid !== undefined)
  if (within.length === 0) return body.files
  const named = namedIn(root)
  // Who sends nothing but a picture means it; beside commands it is the logo of a firm.
  const isAlone = !hasWords && named === undefined
  return body.files.filter(({ cid, mime }) => cid === undefined || !mime.startsWith('image/') || isAlone || (named?.has(cid) ?? false))
}

/** The pictures that stand in what was written this time. Undefined where nothing is written in HTML. */
function namedIn(root: Node): Set<string> | undefined {
  const page = leavesOf(root).find(({ type, disposition }) => type.value === 'text/html' && disposition !== 'attachment')
  if (!page) return undefined
  const html = decodeText(page.bytes, page.type.params.get('charset'))
  const marked = html.replaceAll(/<img\b[^>]{0,2000}?\bcid:([^"'>\s]{1,200})[^>]{0,2000}>/gi, '\ue000$1\ue001')
  const own = onlyOwn(partAtMark(textOf(marked)).above)
  return new Set([...own.matchAll(/\ue000([^\ue001]+)\ue001/g)].map(([, cid = '']) => cid))
}

function leavesOf(node: Node): Node[] {
  return node.children.length > 0 ? node.children.flatMap(leavesOf) : [node]
}
