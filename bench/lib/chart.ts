// The figures as a picture: how far each is from what was asked of it. One line, one unit: the target.
import { type Figure, meets } from './report.ts'

const [WIDTH, ROW, LEFT, RIGHT, TOP] = [860, 34, 330, 90, 64]
/** Further than this the bar ends in an arrow: what matters is on which side of the line it is. */
const MOST = 2.5

/** Above 1 is better than asked, whichever way the ratio counts. */
function score({ ratio, target }: Figure): number {
  if (!target) return ratio
  return target.at === 'least' ? ratio / target.value : target.value / ratio
}

export function chart(figures: Figure[], caption: string): string {
  const shown = figures.filter((figure) => figure.target && Number.isFinite(figure.ratio))
  const height = TOP + shown.length * ROW + 40
  const scale = (value: number) => LEFT + (Math.min(value, MOST) / MOST) * (WIDTH - LEFT - RIGHT)
  const rows = shown.map((figure, n) => bar(figure, TOP + n * ROW, scale))
  const line = scale(1)
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" role="img" aria-label="${safe(caption)}">
<style>
  text { font: 13px system-ui, sans-serif; fill: #1f2328 }
  .faint { fill: #656d76; font-size: 12px }
  .met { fill: #2da44e } .missed { fill: #cf222e }
  .paper { fill: #ffffff } .line { stroke: #1f2328; stroke-dasharray: 3 3 }
  @media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .faint { fill: #8d96a0 } .paper { fill: #0d1117 } .line { stroke: #e6edf3 } .met { fill: #3fb950 } .missed { fill: #f85149 } }
</style>
<rect class="paper" width="${WIDTH}" height="${height}"/>
<text x="16" y="26" style="font-size: 16px">Frontdesk: measured against what was asked</text>
<text class="faint" x="16" y="46">${safe(caption)}</text>
${rows.join('\n')}
<line class="line" x1="${line}" x2="${line}" y1="${TOP - 10}" y2="${height - 30}"/>
<text class="faint" x="${line}" y="${height - 12}" text-anchor="middle">as asked</text>
</svg>
`
}

function bar(figure: Figure, y: number, scale: (value: number) => number): string {
  const value = score(figure)
  const end = scale(value)
  const { id, against, ratio, target } = figure
  const wanted = `${target?.at === 'least' ? '≥' : '≤'} ${target?.value}`
  const more = value > MOST ? ' →' : ''
  return `<text x="16" y="${y + 14}">${safe(id)}</text><text class="faint" x="16" y="${y + 28}">against ${safe(against)}, ${safe(wanted)}</text>
<rect class="${meets(figure) ? 'met' : 'missed'}" x="${scale(0)}" y="${y + 5}" width="${(end - scale(0)).toFixed(1)}" height="18" rx="3"/>
<text x="${(end + 8).toFixed(1)}" y="${y + 19}">${ratio.toFixed(2)}${more}</text>`
}

function safe(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
