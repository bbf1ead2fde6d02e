// A picture of a flow as SVG: steps from top to bottom, branches side by side. Made by hand: a graph that only ever branches and
// joins needs no library.
import type { Locale } from '#core/message.ts'
import { inLocale } from '#core/phrases.ts'
import type { Flow, Step, Words } from './schema.ts'

/** Something with a way in at the middle of its top, and out at the middle of its bottom. */
interface Block {
  width: number
  height: number
  draw(x: number, y: number): string
  /** Nothing goes on behind it. */
  ends?: boolean
}

type Kind = 'say' | 'ask' | 'call' | 'act' | 'end' | 'start'
const COLORS: Record<Kind, [fill: string, line: string]> = {
  say: ['#ffffff', '#94a3b8'],
  ask: ['#eff6ff', '#3b82f6'],
  call: ['#fefce8', '#ca8a04'],
  act: ['#f8fafc', '#94a3b8'],
  end: ['#fef2f2', '#dc2626'],
  start: ['#ecfdf5', '#059669'],
}
const GAP = 28
const LANE = 24
const LINE = 18
const COLUMNS = 34

export function drawFlow(id: string, flow: Flow, locale: Locale): string {
  const own = (words: string) => /\p{Script=Han}/u.test(words) === (locale === 'zh')
  const words = flow.trigger?.words ?? []
  const triggers = (words.some(own) ? words.filter(own) : words).slice(0, 3)
  const head = box('start', [flow.title ? inLocale(flow.title, locale) : id, ...(triggers.length > 0 ? [`“${triggers.join('” “')}”`] : [])])
  const all = stack([head, sequence(flow.steps, locale)])
  const [width, height] = [all.width + 2 * LANE, all.height + 2 * LANE]
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="system-ui, 'Noto Sans SC', sans-serif" font-size="13">
<title>${escapeXml(id)}</title>
<defs><marker id="to" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z" fill="#64748b"/></marker></defs>
<rect width="100%" height="100%" fill="#fff"/>
${all.draw(LANE, LANE)}
</svg>
`
}

function sequence(steps: readonly Step[], locale: Locale): Block {
  return stack(steps.map((step) => blockOf(step, locale)))
}

function blockOf(step: Step, locale: Locale): Block {
  const told = (words: Words) => inLocale(words, locale)
  const when = step.when ? [`[${conditions(step.when)}]`] : []
  if ('ask' in step) {
    const choices = Array.isArray(step.choices)
      ? step.choices.map(({ label, then }) => [told(label), then ?? 'next'] as const)
      : Object.entries(step.choices ?? {})
    const asks = box('ask', [...when, `? ${step.ask}`, told(step.say), ...(step.match ? [step.match] : [])])
    const retry = step.retry?.then ? [[`× ${step.retry.max + 1}`, step.retry.then] as const] : []
    return branch(
      asks,
      [...choices, ...retry].map(([label, to]) => ({ label, block: target(to) })),
      choices.length === 0,
    )
  }
  if ('say' in step) return box('say', [...when, told(step.say), ...(step.buttons ?? []).map((button) => `[ ${labelOf(button, locale)} ]`)])
  if ('call' in step) {
    const called = box('call', [...when, `⇄ ${step.call}`, ...Object.keys(step.with ?? {})])
    return branch(called, [{ label: '✗', block: step.failed ? sequence(step.failed, locale) : target('handoff') }], true)
  }
  if ('switch' in step) {
    const cases = Object.entries(step.cases).map(([label, inner]) => ({ label, block: sequence(inner, locale) }))
    const other = step.default ? [{ label: '*', block: sequence(step.default, locale) }] : []
    return branch(box('act', [...when, `◇ ${step.switch}`]), [...cases, ...other], step.default === undefined)
  }
  if ('goto' in step) return { ...target(step.goto, when), ends: step.when === undefined }
  if ('handoff' in step) {
    const { skill, priority } = step.handoff
    return { ...box('end', [...when, ['☎', skill, priority].filter(Boolean).join(' ')]), ends: step.when === undefined }
  }
  return box('act', [...when, wordsOf(step, told)])
}

function wordsOf(
  step: Extract<Step, { set: unknown } | { tag: unknown } | { wait: unknown } | { rate: unknown }>,
  told: (words: Words) => string,
): string {
  if ('set' in step)
    return Object.entries(step.set)
      .map(([name, value]) => `${name} = ${value}`)
      .join(', ')
  if ('wait' in step) return `⏱ ${step.wait >= 60_000 ? `${Math.round(step.wait / 6_000) / 10} min` : `${step.wait / 1000} s`}`
  if ('rate' in step) return `★ ${told(step.rate)}`
  return `# ${JSON.stringify(step.tag)
    .replaceAll(/["{}[\]]/g, '')
    .replaceAll(/[:,]/g, '$& ')}`
}

function conditions(when: NonNullable<Step['when']>): string {
  const { vars, ...rest } = when
  return Object.entries({ ...rest, ...vars })
    .map(
      ([key, value]) =>
        `${key}: ${
          typeof value === 'object'
            ? JSON.stringify(value)
                .replaceAll(/["{}[\]]/g, '')
                .replaceAll(/[:,]/g, '$& ')
            : value
        }`,
    )
    .join(', ')
}

function labelOf(button: NonNullable<Extract<Step, { buttons?: unknown }>['buttons']>[number], locale: Locale): string {
  return typeof button === 'object' && 'label' in button ? inLocale(button.label, locale) : inLocale(button, locale)
}

/** Where a choice leads: nowhere else (`next`), the end, a person, or another flow. */
function target(to: string, when: string[] = []): Block {
  if (to === 'next') return { width: 8, height: 0, draw: () => '' }
  const mark = to === 'end' ? '■' : to === 'handoff' ? '☎' : `→ ${to}`
  return { ...box('end', [...when, mark]), ends: true }
}

function stack(blocks: Block[]): Block {
  const width = Math.max(8, ...blocks.map((block) => block.width))
  const height = blocks.reduce((sum, block) => sum + block.height, 0) + GAP * Math.max(0, blocks.length - 1)
  return {
    width,
    height,
    ends: blocks.at(-1)?.ends,
    draw(x, y) {
      const middle = x + width / 2
      let [at, svg] = [y, '']
      blocks.forEach((block, index) => {
        if (index > 0 && !blocks[index - 1]?.ends) svg += arrow(middle, at - GAP, middle, at)
        svg += block.draw(middle - block.width / 2, at)
        at += block.height + GAP
      })
      return svg
    },
  }
}

/** `goesOn`: besides the branches there is a way straight on. */
function branch(head: Block, branches: { label: string; block: Block }[], goesOn: boolean): Block {
  if (branches.length === 0) return head
  const ways = goesOn ? [{ label: '', block: target('next') }, ...branches] : branches
  const widths = ways.map(({ label, block }) => Math.max(block.width, widthOf(label) + 12, 48))
  const inner = widths.reduce((sum, one) => sum + one, 0) + LANE * (ways.length - 1)
  const tallest = Math.max(...ways.map(({ block }) => block.height))
  const width = Math.max(head.width, inner)
  const height = head.height + 2 * GAP + tallest + GAP
  return {
    width,
    height,
    ends: ways.every(({ block }) => block.ends),
    draw(x, y) {
      const middle = x + width / 2
      const top = y + head.height + 2 * GAP
      let svg = head.draw(middle - head.width / 2, y)
      let left = middle - inner / 2
      ways.forEach(({ label, block }, index) => {
        const own = widths[index] as number
        const center = left + own / 2
        svg += path(
          `M${middle} ${y + head.height}V${y + head.height + GAP / 2}H${center}V${block.height > 0 ? top : top + tallest + GAP / 2}`,
          block.height > 0,
        )
        if (label) svg += text(center, y + head.height + GAP + 2, label, '#475569', true)
        svg += block.draw(center - block.width / 2, top)
        if (!block.ends) svg += path(`M${center} ${top + block.height}V${top + tallest + GAP / 2}H${middle}V${y + height}`, false)
        left += own + LANE
      })
      return svg
    },
  }
}

function box(kind: Kind, words: string[]): Block {
  const lines = words.flatMap(wrap)
  const width = Math.max(88, ...lines.map(widthOf)) + 24
  const height = lines.length * LINE + 16
  const [fill, line] = COLORS[kind]
  return {
    width,
    height,
    draw: (x, y) =>
      `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="${kind === 'end' || kind === 'start' ? 14 : 6}" fill="${fill}" stroke="${line}"/>` +
      lines.map((one, index) => text(x + width / 2, y + 8 + LINE * (index + 0.72), one)).join(''),
  }
}

function text(x: number, y: number, words: string, color = '#0f172a', backed = false): string {
  const back = backed ? `<rect x="${x - widthOf(words) / 2 - 3}" y="${y - 13}" width="${widthOf(words) + 6}" height="17" fill="#fff"/>` : ''
  return `${back}<text x="${x}" y="${y}" text-anchor="middle" fill="${color}">${escapeXml(words)}</text>`
}

function arrow(fromX: number, fromY: number, toX: number, toY: number): string {
  return path(`M${fromX} ${fromY}L${toX} ${toY}`, true)
}

function path(d: string, pointed: boolean): string {
  return `<path d="${d}" fill="none" stroke="#64748b"${pointed ? ' marker-end="url(#to)"' : ''}/>`
}

const isWide = (char: string) => char >= '\u2e80'
const columnsOf = (words: string) => [...words].reduce((sum, char) => sum + (isWide(char) ? 2 : 1), 0)
const widthOf = (words: string) => columnsOf(words) * 7

/** At most three lines: a picture of a flow, not its text. */
function wrap(words: string): string[] {
  const lines: string[] = ['']
  for (const char of words.replaceAll(/\s+/g, ' ').trim()) {
    const last = lines.length - 1
    if (columnsOf((lines[last] ?? '') + char) <= COLUMNS) lines[last] += char
    else lines.push(char.trim())
  }
  return lines.length <= 3 ? lines : [...lines.slice(0, 2), `${[...(lines[2] ?? '')].slice(0, -1).join('')}…`]
}

function escapeXml(words: string): string {
  // Control characters have no place in XML, whatever a text of the file holds.
  return words
    .replaceAll(/\p{Cc}/gu, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
