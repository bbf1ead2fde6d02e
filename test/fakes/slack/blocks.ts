// The limits of Slack's blocks, as its reference states them, and what people see of them.
import type { Block, Element, Message, TextObject } from './world.ts'

const LIMITS = { header: 150, section: 3000, field: 2000, button: 75, value: 2000, option: 75, optionValue: 150, blockId: 255, blocks: 50 }

/** Why Slack would answer `invalid_blocks`; undefined: it takes them. */
export function complaint(blocks: unknown): string | undefined {
  if (!Array.isArray(blocks) || blocks.length > LIMITS.blocks) return 'no list, or more than 50 blocks'
  const ids = blocks.map((block: Block) => block.block_id).filter((id) => id !== undefined)
  if (new Set(ids).size < ids.length || ids.some((id) => id.length > LIMITS.blockId)) return 'a block_id stands twice or is too long'
  const actions = blocks.flatMap((block: Block) =>
    block.type === 'actions' ? (block.elements ?? []).map(({ action_id }) => action_id) : [],
  )
  if (new Set(actions).size < actions.length) return 'an action_id stands twice'
  return blocks.map((block: Block) => blockComplaint(block)).find((one) => one !== undefined)
}

function blockComplaint(block: Block): string | undefined {
  switch (block.type) {
    case 'header':
      return textComplaint(block.text, ['plain_text'], LIMITS.header)
    case 'section':
      if (block.text === undefined && !block.fields?.length) return 'an empty section'
      if ((block.fields?.length ?? 0) > 10) return 'more than ten fields'
      return (
        (block.text && textComplaint(block.text, ['plain_text', 'mrkdwn'], LIMITS.section)) ??
        block.fields?.map((field) => textComplaint(field, ['plain_text', 'mrkdwn'], LIMITS.field)).find((one) => one !== undefined)
      )
    case 'context':
      return block.elements?.length && block.elements.length <= 10 ? undefined : 'an empty context'
    case 'actions':
      if (!block.elements?.length || block.elements.length > 25) return 'no element, or more than 25'
      return block.elements.map(elementComplaint).find((one) => one !== undefined)
    case 'rich_text':
      if (!block.elements?.length) return 'an empty rich_text'
      return block.elements.map(richComplaint).find((one) => one !== undefined)
    default:
      return `an unknown block ${block.type}`
  }
}

function textComplaint(text: TextObject | undefined, types: string[], max: number): string | undefined {
  if (!text || !types.includes(text.type)) return `no text of the type ${types}`
  return text.text.length >= 1 && text.text.length <= max ? undefined : `a text must have 1 to ${max} characters`
}

function elementComplaint(element: Element): string | undefined {
  if (element.type === 'button') {
    if ((element.value?.length ?? 0) > LIMITS.value) return 'the value of a button is too long'
    return (
      textComplaint(element.text as TextObject, ['plain_text'], LIMITS.button) ??
      (element.confirm && textComplaint(element.confirm.title, ['plain_text'], 100))
    )
  }
  if (element.type !== 'static_select' && element.type !== 'overflow') return `an unknown element ${element.type}`
  const most = element.type === 'overflow' ? 5 : 100
  if (!element.options?.length || element.options.length > most) return 'no option, or too many'
  return element.options
    .map(({ text, value }) =>
      value.length > LIMITS.optionValue ? 'the value of an option is too long' : textComplaint(text, ['plain_text'], LIMITS.option),
    )
    .find((one) => one !== undefined)
}

function richComplaint(element: Element): string | undefined {
  if (!['rich_text_section', 'rich_text_quote', 'rich_text_list', 'rich_text_preformatted'].includes(element.type))
    return `an unknown part ${element.type}`
  if (!Array.isArray(element.elements)) return 'a part without elements'
  return element.elements
    .map((one) => {
      if (one.type === 'text') return typeof one.text === 'string' && one.text.length > 0 ? undefined : 'an empty text'
      return one.type === 'link' && one.url && URL.canParse(one.url) ? undefined : `an element ${one.type} that nobody should need`
    })
    .find((one) => one !== undefined)
}

/** What people read: blocks where there are any, else the text. */
export function seen(message: Pick<Message, 'text' | 'blocks'>): string {
  if (message.blocks.length === 0) return message.text
  return message.blocks
    .flatMap((block) => {
      if (block.type === 'actions') return []
      if (block.type === 'rich_text') return [(block.elements ?? []).map(richSeen).join('\n')]
      const texts = [block.text, ...(block.fields ?? []), ...((block.elements ?? []) as unknown as TextObject[])]
      return texts.flatMap((text) => (text ? [marked(text)] : []))
    })
    .join('\n')
    .trimEnd()
}

function richSeen(element: Element): string {
  return (element.elements ?? []).map((one) => (one.type === 'link' ? (one.text ?? one.url) : one.text)).join('')
}

/** mrkdwn as it is shown: bold marks of labels fall away, entities are read. */
function marked({ type, text }: TextObject): string {
  if (type !== 'mrkdwn') return text
  return text
    .replace(/<!date\^[^|>]*\|([^>]*)>/g, '$1')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
}

export interface Pressable {
  block: string | undefined
  action: string
  label: string
  value: string
  url?: string
  kind: 'button' | 'static_select' | 'overflow'
}

/** Everything that can be pressed or chosen, in order. */
export function pressables(blocks: readonly Block[]): Pressable[] {
  return blocks
    .filter(({ type }) => type === 'actions')
    .flatMap(({ block_id: block, elements = [] }) =>
      elements.flatMap((element): Pressable[] => {
        const action = element.action_id ?? ''
        if (element.type === 'button') {
          const label = (element.text as TextObject).text
          return [{ block, action, label, value: element.value ?? '', kind: 'button', ...(element.url && { url: element.url }) }]
        }
        const kind = element.type === 'overflow' ? 'overflow' : 'static_select'
        return (element.options ?? []).map(({ text, value }) => ({ block, action, label: text.text, value, kind }))
      }),
    )
}

/** What Slack would act on of itself: mentions that ring, links that hide where they lead, marks that it renders. Not our own dates and channels. */
export function alive(message: Pick<Message, 'text' | 'blocks'>): string[] {
  const found = [...message.text.matchAll(/<[^>]*>/g)].map(([mark]) => mark)
  if (message.blocks.length === 0) found.push(...[...message.text.matchAll(/([*_~`])\S[^\n]*?\1/g)].map(([mark]) => mark))
  for (const block of message.blocks) {
    const texts = [
      block.text,
      ...(block.fields ?? []),
      ...(block.type === 'context' ? ((block.elements ?? []) as unknown as TextObject[]) : []),
    ]
    for (const text of texts) {
      if (text?.type === 'mrkdwn') found.push(...[...text.text.matchAll(/<(?!!date|#C)[^>]*>|([*_~`])\S[^\n]*?\1/g)].map(([mark]) => mark))
    }
    if (block.type !== 'rich_text') continue
    for (const element of (block.elements ?? []).flatMap(({ elements }) => elements ?? [])) {
      if (element.type === 'link' ? element.text !== element.url : element.type !== 'text') found.push(JSON.stringify(element))
    }
  }
  return found
}
