// Any brand colour, made readable: WCAG 2.2 asks for a contrast of 4.5 between words and what they stand on.

export type Rgb = readonly [number, number, number]

export const DEFAULT_COLOUR = '#17695a'
const WHITE: Rgb = [255, 255, 255]
/** Pure black: one of black and white always reaches 4.5 on any colour, a softer black does not. */
const INK: Rgb = [0, 0, 0]
const READABLE = 4.5

export interface Palette {
  /** The brand colour itself: the visitor's bubbles and the send button. */
  accent: string
  /** Words and icons on it. */
  onAccent: string
  /** The brand colour as words, made darker or lighter until it can be read on the surface. */
  accentText: string
}

/** `#rgb` and `#rrggbb`; anything else gives undefined. */
export function parseColour(text: string | undefined): Rgb | undefined {
  const hex = /^#?([0-9a-f]{3}|[0-9a-f]{6})$/i.exec(text?.trim() ?? '')?.[1]
  if (!hex) return undefined
  const full = hex.length === 3 ? [...hex].map((digit) => digit + digit).join('') : hex
  const part = (from: number) => Number.parseInt(full.slice(from, from + 2), 16)
  return [part(0), part(2), part(4)]
}

export function contrast(a: Rgb, b: Rgb): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number]
  return (light + 0.05) / (dark + 0.05)
}

function luminance(colour: Rgb): number {
  const [r, g, b] = colour.map((value) => {
    const part = value / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  }) as [number, number, number]
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

export function palette(brand: string | undefined, surface: string): Palette {
  const accent = parseColour(brand) ?? (parseColour(DEFAULT_COLOUR) as Rgb)
  const ground = parseColour(surface) ?? WHITE
  // White reads as 'brand' even where black would have a little more contrast; it must still pass.
  const onAccent = contrast(WHITE, accent) >= READABLE ? WHITE : INK
  return { accent: hex(accent), onAccent: hex(onAccent), accentText: hex(readable(accent, ground)) }
}

function readable(colour: Rgb, ground: Rgb): Rgb {
  const target = luminance(ground) > 0.4 ? INK : WHITE
  for (let share = 0; share < 1; share += 0.05) {
    const mixed = mix(colour, target, share)
    if (contrast(mixed, ground) >= READABLE) return mixed
  }
  return target
}

function mix(a: Rgb, b: Rgb, share: number): Rgb {
  return a.map((value, index) => Math.round(value + ((b[index] as number) - value) * share)) as unknown as Rgb
}

function hex(colour: Rgb): string {
  return `#${colour.map((value) => value.toString(16).padStart(2, '0')).join('')}`
}
