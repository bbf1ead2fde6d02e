import { expect, test } from 'vitest'
import fc from '../../../test/support/fc.ts'
import { contrast, palette, parseColour, type Rgb } from './colour.ts'

const colour = fc
  .array(fc.integer({ min: 0, max: 255 }), { minLength: 3, maxLength: 3 })
  .map((parts) => parts.map((n) => n.toString(16).padStart(2, '0')).join(''))
const rgb = (text: string) => parseColour(text) as Rgb

test('whatever the brand colour is, words on it and in it can be read in light and dark', () => {
  fc.assert(
    fc.property(colour, fc.constantFrom('#ffffff', '#16181d'), (brand, surface) => {
      const { accent, onAccent, accentText } = palette(`#${brand}`, surface)
      expect(accent).toBe(`#${brand}`)
      expect(contrast(rgb(onAccent), rgb(accent))).toBeGreaterThanOrEqual(4.5)
      expect(contrast(rgb(accentText), rgb(surface))).toBeGreaterThanOrEqual(4.5)
    }),
  )
})

test('a colour that is none gives the default', () => {
  for (const bad of [undefined, '', 'red', '#12345', 'url(x)', '#12345g']) expect(palette(bad, '#ffffff').accent).toBe('#17695a')
})

test('three digits are six', () => {
  expect(parseColour('#0af')).toEqual([0, 170, 255])
})
