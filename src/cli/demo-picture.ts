// The photo that customers of the demo send: a cup with a crack, drawn here so that nothing has to be shipped.
import { crc32, deflateSync } from 'node:zlib'

type Colour = [red: number, green: number, blue: number]
type Point = [x: number, y: number]

const [WIDTH, HEIGHT] = [640, 420]
const CRACK: Point[] = [
  [262, 133],
  [284, 158],
  [268, 186],
  [296, 214],
  [282, 250],
  [300, 276],
]
const BRANCH: Point[] = [
  [296, 214],
  [322, 226],
  [334, 248],
]
let drawn: Uint8Array<ArrayBuffer> | undefined

export function picture(): Uint8Array<ArrayBuffer> {
  drawn ??= png(WIDTH, HEIGHT, colourAt)
  return drawn
}

function colourAt(x: number, y: number): Colour {
  let colour = y < 300 ? mixed([236, 229, 219], [222, 212, 199], y / 300) : mixed([190, 160, 128], [160, 130, 101], (y - 300) / 120)
  colour = mixed(colour, [70, 52, 40], 0.45 * soft(Math.hypot((x - 330) / 1.9, (y - 338) / 0.32) - 78, 34))
  const handle = Math.abs(Math.hypot(x - 402, (y - 208) / 1.12) - 56) - 13
  const cup = Math.max(roundedBox(x - 290, y - 216, 112 - Math.max(0, y - 250) * 0.22, 118, 26), 108 - y)
  const light = Math.max(0, (x - 178) / 224)
  const glaze = mixed([88, 132, 168], [38, 72, 104], light ** 1.4)
  colour = mixed(colour, mixed(glaze, [20, 40, 60], 0.12), edge(handle))
  colour = mixed(colour, glaze, edge(cup))
  colour = mixed(colour, [225, 238, 246], edge(cup) * 0.55 * soft(Math.abs(x - 214) - 5, 9) * soft(Math.abs(y - 214) - 62, 26))
  const rim = Math.hypot((x - 290) / 112, (y - 112) / 22) - 1
  colour = mixed(colour, [112, 156, 190], edge(rim * 24))
  colour = mixed(colour, [58, 38, 28], edge((Math.hypot((x - 290) / 99, (y - 114) / 16) - 1) * 18))
  if (cup > 0) return colour
  const crack = Math.min(farFrom(CRACK, x, y), farFrom(BRANCH, x, y) + 0.6)
  return mixed(mixed(colour, [200, 220, 232], 0.5 * edge(crack - 3.4)), [16, 24, 34], edge(crack - 1.8))
}

function mixed(a: Colour, b: Colour, share: number): Colour {
  if (share <= 0) return a
  const part = Math.min(1, share)
  return [a[0] + (b[0] - a[0]) * part, a[1] + (b[1] - a[1]) * part, a[2] + (b[2] - a[2]) * part]
}

/** 1 inside, 0 outside, and a pixel of both between. */
function edge(distance: number): number {
  return Math.min(1, Math.max(0, 0.5 - distance))
}

function soft(distance: number, blur: number): number {
  return Math.min(1, Math.max(0, 0.5 - distance / blur))
}

function roundedBox(x: number, y: number, halfWidth: number, halfHeight: number, radius: number): number {
  const [dx, dy] = [Math.abs(x) - halfWidth + radius, Math.abs(y) - halfHeight + radius]
  return Math.hypot(Math.max(dx, 0), Math.max(dy, 0)) + Math.min(Math.max(dx, dy), 0) - radius
}

function farFrom(line: Point[], x: number, y: number): number {
  return Math.min(
    ...line.slice(1).map(([toX, toY], n) => {
      const [fromX, fromY] = line[n] as Point
      const [dx, dy] = [toX - fromX, toY - fromY]
      const along = Math.min(1, Math.max(0, ((x - fromX) * dx + (y - fromY) * dy) / (dx * dx + dy * dy)))
      return Math.hypot(x - fromX - along * dx, y - fromY - along * dy)
    }),
  )
}

function png(width: number, height: number, at: (x: number, y: number) => Colour): Uint8Array<ArrayBuffer> {
  const rows = Buffer.alloc(height * (1 + width * 3))
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) rows.set(at(x, y), y * (1 + width * 3) + 1 + x * 3)
  }
  const head = Buffer.alloc(13)
  head.writeUInt32BE(width, 0)
  head.writeUInt32BE(height, 4)
  head.set([8, 2, 0, 0, 0], 8)
  const chunk = (name: string, body: Buffer) => {
    const named = Buffer.concat([Buffer.from(name), body])
    const frame = Buffer.alloc(8)
    frame.writeUInt32BE(body.length, 0)
    frame.writeUInt32BE(crc32(named), 4)
    return Buffer.concat([frame.subarray(0, 4), named, frame.subarray(4)])
  }
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  return new Uint8Array(Buffer.concat([signature, chunk('IHDR', head), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))]))
}
