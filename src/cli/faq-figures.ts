// How well questions with known answers are matched: the figures that questions sets are compared by, and their picture.
import type { Match } from '#bot/faq.ts'

export interface Judged {
  match: Match
  /** Undefined for a question that no entry answers. */
  label: string | undefined
}

export interface Figures {
  known: number
  unknown: number
  /** Of the known: the right entry is the first, or among the first three. */
  accuracy1: number
  accuracy3: number
  /** The mean of one over the place of the right entry. */
  mrr: number
  /** How surely the known are told from the unknown; absent where there are no unknown. */
  auroc?: number
  /** Of the known: answered right at the threshold that rejects nine of ten of the unknown. */
  rightAt90?: number
  zones: Record<Match['zone'], { share: number; right: number }>
  /** Of the known: answered, and right. */
  answeredRight: number
  /** Of the unknown: not answered. */
  rejected?: number
  /** Tenths of the confidence: how many fell into each, and how many of them were right. */
  calibration: { from: number; count: number; right: number; confidence: number }[]
}

export function figuresOf(judged: readonly Judged[]): Figures {
  const known = judged.filter(({ label }) => label !== undefined)
  const unknown = judged.filter(({ label }) => label === undefined)
  const places = known.map(({ match, label }) => match.ranked.findIndex(({ id }) => id === label) + 1)
  const share = (count: number, all: number) => (all === 0 ? 0 : count / all)
  const rejected = unknown.filter(({ match }) => match.zone !== 'answer').length
  return {
    known: known.length,
    unknown: unknown.length,
    accuracy1: share(places.filter((place) => place === 1).length, known.length),
    accuracy3: share(places.filter((place) => place >= 1 && place <= 3).length, known.length),
    mrr: share(
      places.reduce((sum, place) => sum + (place === 0 ? 0 : 1 / place), 0),
      known.length,
    ),
    ...(known.length > 0 && unknown.length > 0 && { auroc: aurocOf(known, unknown), rightAt90: rightAt(0.9, known, unknown) }),
    zones: { answer: zone('answer', judged), suggest: zone('suggest', judged), unknown: zone('unknown', judged) },
    answeredRight: share(known.filter((one) => one.match.zone === 'answer' && isRight(one)).length, known.length),
    ...(unknown.length > 0 && { rejected: share(rejected, unknown.length) }),
    calibration: calibrationOf(judged),
  }
}

function isRight({ match, label }: Judged): boolean {
  return label !== undefined && match.ranked[0]?.id === label
}

/** Right is a right answer, a suggestion that holds the right entry, or a question handed off that nothing answers. */
function zone(name: Match['zone'], judged: readonly Judged[]): { share: number; right: number } {
  const own = judged.filter(({ match }) => match.zone === name)
  const good = own.filter((one) => {
    if (name === 'answer') return isRight(one)
    if (name === 'unknown') return one.label === undefined
    return one.match.ranked.slice(0, 3).some(({ id }) => id === one.label)
  })
  return { share: judged.length === 0 ? 0 : own.length / judged.length, right: own.length === 0 ? 0 : good.length / own.length }
}

/** The chance that a known question gets a higher confidence than an unknown one; equals count half. */
function aurocOf(known: readonly Judged[], unknown: readonly Judged[]): number {
  const all = [...known.map((one) => ({ one, known: true })), ...unknown.map((one) => ({ one, known: false }))].sort(
    (a, b) => a.one.match.confidence - b.one.match.confidence,
  )
  let ranks = 0
  for (let at = 0; at < all.length; ) {
    let end = at
    while (end < all.length && all[end]?.one.match.confidence === all[at]?.one.match.confidence) end++
    for (let k = at; k < end; k++) if (all[k]?.known) ranks += (at + end + 1) / 2
    at = end
  }
  return (ranks - (known.length * (known.length + 1)) / 2) / (known.length * unknown.length)
}

function rightAt(share: number, known: readonly Judged[], unknown: readonly Judged[]): number {
  const sorted = unknown.map(({ match }) => match.confidence).sort((a, b) => a - b)
  const threshold = sorted[Math.ceil(share * sorted.length) - 1] ?? 0
  return known.filter((one) => one.match.confidence > threshold && isRight(one)).length / known.length
}

function calibrationOf(judged: readonly Judged[]): Figures['calibration'] {
  return Array.from({ length: 10 }, (_, tenth) => {
    const own = judged.filter(({ match }) => Math.min(9, Math.floor(match.confidence * 10)) === tenth)
    const mean = own.reduce((sum, { match }) => sum + match.confidence, 0) / Math.max(1, own.length)
    return { from: tenth / 10, count: own.length, right: own.filter(isRight).length, confidence: mean }
  })
}

const width = 520
const height = 420
const edge = 60

/** For each tenth of the confidence how many were right; on the diagonal the confidence would be a probability. */
export function calibrationPicture({ calibration }: Figures, words: { title: string; confidence: string; right: string }): string {
  const x = (value: number) => Math.round(edge + value * (width - 2 * edge))
  const y = (value: number) => Math.round(height - edge - value * (height - 2 * edge))
  const most = Math.max(1, ...calibration.map(({ count }) => count))
  const filled = calibration.filter(({ count }) => count > 0)
  const bars = filled.map(({ from, count }) => {
    const top = y((count / most) * 0.25)
    return `<rect x="${x(from) + 2}" y="${top}" width="${x(0.1) - x(0) - 4}" height="${y(0) - top}" fill="#d8dee9"><title>${count}</title></rect>`
  })
  const dots = filled.map(({ confidence, right, count }) => `<circle cx="${x(confidence)}" cy="${y(right / count)}" r="5" fill="#2563eb"/>`)
  const line = filled.map(({ confidence, right, count }) => `${x(confidence)},${y(right / count)}`).join(' ')
  const ticks = [0, 0.25, 0.5, 0.75, 1].flatMap((value) => [
    `<text x="${x(value)}" y="${y(0) + 20}" text-anchor="middle">${value}</text>`,
    `<text x="${x(0) - 10}" y="${y(value) + 4}" text-anchor="end">${value}</text>`,
  ])
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12" fill="#334155">`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    `<text x="${width / 2}" y="28" text-anchor="middle" font-size="15">${words.title}</text>`,
    ...bars,
    `<line x1="${x(0)}" y1="${y(0)}" x2="${x(1)}" y2="${y(1)}" stroke="#94a3b8" stroke-dasharray="4 4"/>`,
    `<path d="M${x(0)} ${y(1)}V${y(0)}H${x(1)}" fill="none" stroke="#334155"/>`,
    `<polyline points="${line}" fill="none" stroke="#2563eb" stroke-width="2"/>`,
    ...dots,
    ...ticks,
    `<text x="${width / 2}" y="${height - 16}" text-anchor="middle">${words.confidence}</text>`,
    `<text x="18" y="${height / 2}" text-anchor="middle" transform="rotate(-90 18 ${height / 2})">${words.right}</text>`,
    '</svg>',
    '',
  ].join('\n')
}
