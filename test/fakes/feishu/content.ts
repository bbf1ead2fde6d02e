// What may stand in a post and on a card, and what of it people see.
import { type Message, Refused, type World } from './world.ts'

type Json = Record<string, unknown>

const asJson = (value: unknown): Json => (typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {})
const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])

function parsed(content: string): Json {
  try {
    return asJson(JSON.parse(content))
  } catch {
    throw new Refused(230001, 'Your request contains an invalid request parameter, ext=invalid message content.')
  }
}

const NODES: Record<string, string[]> = {
  text: ['text'],
  a: ['text', 'href'],
  at: ['user_id'],
  emotion: ['emoji_type'],
  hr: [],
  img: ['image_key'],
  md: ['text'],
}

export function checkPost(content: string): void {
  const [language] = Object.values(parsed(content)).map(asJson)
  if (!language || !Array.isArray(language.content)) throw new Refused(230001, 'ext=invalid message content.')
  for (const line of language.content) {
    if (!Array.isArray(line)) throw new Refused(230001, 'ext=invalid message content.')
    for (const node of line.map(asJson)) {
      const needed = NODES[String(node.tag)]
      if (!needed?.every((field) => typeof node[field] === 'string')) throw new Refused(230001, 'ext=invalid message content.')
    }
  }
}

const ACTIONS = new Set(['button', 'select_static'])

/** Card JSON 1.0, as far as desks use it. */
export function checkCard(content: string): void {
  const bad = (words: string) => new Refused(230099, `Failed to create card content, ext=ErrCode: 200621; ErrMsg: ${words}`)
  const card = parsed(content)
  if (new TextEncoder().encode(content).length > 30_000) throw new Refused(230025, 'The length of the message content reaches its limit.')
  if (asJson(card.config).update_multi !== true) throw bad('update_multi must be true')
  if (asJson(asJson(card.header).title).tag !== 'plain_text') throw bad('header')
  for (const element of listOf(card.elements).map(asJson)) {
    if (!['div', 'hr', 'action'].includes(String(element.tag))) throw bad(`unsupported tag ${String(element.tag)}`)
    if (element.tag === 'div' && element.text === undefined && !Array.isArray(element.fields)) throw bad('div without text')
    for (const action of listOf(element.actions).map(asJson)) {
      if (!ACTIONS.has(String(action.tag))) throw bad('unsupported action')
      if (action.tag === 'button' && typeof asJson(action.text).content !== 'string') throw bad('button without text')
      if (action.value !== undefined && (typeof action.value !== 'object' || action.value === null)) throw bad('value is no object')
    }
  }
}

export interface Key {
  label: string
  /** What a press sends: a value, and for a select the option. */
  value: Json
  option?: string
  url?: string
  /** The command line that it stands for. */
  command: string
}

/** What people see of a message, line by line. */
export function textOf(message: Message): string {
  if (message.gone) return ''
  const content = parsed(message.content)
  switch (message.kind) {
    case 'text':
      return String(content.text ?? '')
    case 'post': {
      const body = asJson(Object.values(content)[0])
      const lines = listOf(body.content).map((line) =>
        listOf(line)
          .map((node) => nodeText(asJson(node)))
          .join(''),
      )
      return [...(body.title ? [String(body.title)] : []), ...lines].join('\n')
    }
    case 'interactive':
      return cardLines(content).join('\n')
    default:
      return ''
  }
}

function nodeText(node: Json): string {
  if (node.tag === 'at') return `@${String(node.user_id)}`
  return String(node.text ?? '')
}

export function cardLines(card: Json): string[] {
  const lines = [String(asJson(asJson(card.header).title).content ?? '')]
  for (const element of listOf(card.elements).map(asJson)) {
    for (const field of listOf(element.fields).map(asJson)) lines.push(String(asJson(field.text).content ?? ''))
    if (element.text !== undefined) lines.push(String(asJson(element.text).content ?? ''))
  }
  return lines
}

export function keysOf(message: Message): Key[] {
  if (message.kind !== 'interactive' || message.gone) return []
  const actions = listOf(parsed(message.content).elements).flatMap((element) => listOf(asJson(element).actions).map(asJson))
  return actions.flatMap((action): Key[] => {
    const value = asJson(action.value)
    if (action.tag === 'button') {
      const label = String(asJson(action.text).content ?? '')
      return [{ label, value, command: String(value.c ?? ''), ...(typeof action.url === 'string' && { url: action.url }) }]
    }
    return listOf(action.options).map((one) => {
      const option = String(asJson(one).value ?? '')
      return { label: String(asJson(asJson(one).text).content ?? ''), value, option, command: option }
    })
  })
}

export function fileOf(world: World, message: Message): Uint8Array<ArrayBuffer> | undefined {
  if (message.kind === 'post' || message.kind === 'interactive' || message.kind === 'text' || message.gone) return undefined
  const { image_key, file_key } = parsed(message.content)
  return world.files.get(String(image_key ?? file_key))?.bytes
}

/** Whatever the client would act on of itself: pings, links with other words over them, markup. */
export function aliveIn(message: Message): string[] {
  const content = parsed(message.content)
  if (message.from !== undefined || message.gone) return []
  if (message.kind === 'text') return String(content.text ?? '').match(/<at\b[^>]*>|\[[^\]]*\]\([^)]*\)|<\/?[biu]>|\*\*|~~/g) ?? []
  if (message.kind === 'post') {
    const nodes = Object.values(content)
      .flatMap((body) => listOf(asJson(body).content).flatMap(listOf))
      .map(asJson)
    return nodes.filter((node) => node.tag !== 'text' || node.un_escape === true).map((node) => JSON.stringify(node))
  }
  return message.content.match(/"tag":"(?:lark_md|markdown|at|person)"[^}]*/g) ?? []
}
