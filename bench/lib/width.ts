/** How many places a text takes on a terminal: a Chinese character takes two. */
export function displayWidth(text: string): number {
  let width = 0
  for (const point of text) width += (point.codePointAt(0) as number) > 0x2e7f ? 2 : 1
  return width
}
