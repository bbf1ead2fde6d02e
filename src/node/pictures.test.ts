import { crc32, deflateSync } from 'node:zlib'
import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import type { StoredFile } from '#core/connector.ts'
import { fitPicture, hasPictures } from './pictures.ts'

const MB = 1024 * 1024
const WECHAT = { mimes: ['image/jpeg', 'image/png', 'image/gif'], maxBytes: 10 * MB }
const signal = () => new AbortController().signal
const file = (bytes: Uint8Array, name: string, mime: string): StoredFile => ({ bytes: new Uint8Array(bytes), name, mime })

/** Left half red, right half blue, 40 × 20. */
const halves = () =>
  sharp({ create: { width: 40, height: 20, channels: 3, background: '#f00' } }).composite([
    { input: { create: { width: 20, height: 20, channels: 3, background: '#00f' } }, left: 20, top: 0 },
  ])

async function colourAt(bytes: Uint8Array, x: number, y: number): Promise<string> {
  const { data } = await sharp(bytes)
    .extract({ left: x, top: y, width: 1, height: 1 })
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true })
  return [...data].map((value) => (value > 127 ? 'F' : '0')).join('')
}

describe('a picture of a type that the platform does not take', () => {
  test.each([
    ['webp', 'image/webp'],
    ['tiff', 'image/tiff'],
    ['avif', 'image/avif'],
  ] as const)('%s becomes a JPEG of the same size', async (form, mime) => {
    const made = await fitPicture(file(await halves()[form]({ quality: 100 }).toBuffer(), `照片.${form}`, mime), WECHAT, signal())
    expect(made).toMatchObject({ name: '照片.jpg', mime: 'image/jpeg' })
    expect(await sharp(made.bytes).metadata()).toMatchObject({ format: 'jpeg', width: 40, height: 20 })
    expect([await colourAt(made.bytes, 5, 10), await colourAt(made.bytes, 35, 10)]).toEqual(['F00', '00F'])
  })

  test('stays see-through as a PNG, and stands on white where the platform takes none', async () => {
    const clear = await sharp({ create: { width: 8, height: 8, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } } })
      .webp()
      .toBuffer()
    const png = await fitPicture(file(clear, 'logo.webp', 'image/webp'), WECHAT, signal())
    expect(png).toMatchObject({ name: 'logo.png', mime: 'image/png' })
    expect(await sharp(png.bytes).metadata()).toMatchObject({ hasAlpha: true })
    const jpeg = await fitPicture(file(clear, 'logo.webp', 'image/webp'), { ...WECHAT, mimes: ['image/jpeg'] }, signal())
    expect(await colourAt(jpeg.bytes, 4, 4)).toBe('FFF')
  })
})

test('a photo is upright by its pixels, and says no longer where it was taken', async () => {
  const photo = await halves()
    .withExif({ IFD0: { Model: 'Phone' }, IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '31/1 14/1 0/1' } })
    .withMetadata({ orientation: 6 })
    .jpeg()
    .toBuffer()
  expect((await sharp(photo).metadata()).exif?.toString('latin1')).toContain('Phone')
  const made = await fitPicture(file(photo, 'IMG_1.jpg', 'image/jpeg'), WECHAT, signal())
  const { width, height, orientation, exif } = await sharp(made.bytes).metadata()
  expect({ width, height, orientation, exif }).toEqual({ width: 20, height: 40, orientation: undefined, exif: undefined })
  expect([await colourAt(made.bytes, 10, 5), await colourAt(made.bytes, 10, 35)]).toEqual(['F00', '00F'])
})

test('a picture that is too large gets smaller, until it fits', async () => {
  const noise = Buffer.alloc(900 * 900 * 3)
  let seed = 7
  for (let n = 0; n < noise.length; n++) {
    seed = (seed * 1_103_515_245 + 12_345) & 0x7fff_ffff
    noise[n] = seed >> 16
  }
  const large = await sharp(noise, { raw: { width: 900, height: 900, channels: 3 } })
    .png({ compressionLevel: 0 })
    .toBuffer()
  const made = await fitPicture(file(large, 'x.png', 'image/png'), { mimes: ['image/jpeg'], maxBytes: 0.75 * MB }, signal())
  expect(made.bytes.length).toBeLessThanOrEqual(0.75 * MB)
  expect((await sharp(made.bytes).metadata()).width).toBe(640)
})

describe('refused, so that a link goes instead', () => {
  const refusal = (bytes: Uint8Array, name = 'x.png', goal = WECHAT) =>
    fitPicture(file(bytes, name, 'image/png'), goal, signal()).catch((error) => error)

  test('an SVG, whatever it is called', async () => {
    const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><image href="file:///etc/passwd"/></svg>'
    expect(await refusal(Buffer.from(svg))).toBeInstanceOf(Error)
    expect(await refusal(Buffer.from(`<?xml version="1.0"?>${svg}`), 'x.svg')).toBeInstanceOf(Error)
  })

  test('what unpacks to more than a photo can be, before it is unpacked', async () => {
    expect(String(await refusal(bomb(30_000, 30_000)))).toMatch(/pixel limit/)
  })

  test('what has several pages', async () => {
    const page = (background: string) =>
      sharp({ create: { width: 4, height: 4, channels: 3, background } })
        .png()
        .toBuffer()
    const pages = await sharp([await page('#f00'), await page('#00f')], { join: { animated: true } })
      .webp()
      .toBuffer()
    expect(String(await refusal(pages))).toMatch(/2 pages/)
  })

  test('what ends in the middle, what is no picture, and what can never be that small', async () => {
    const whole = await halves().png().toBuffer()
    expect(await refusal(whole.subarray(0, whole.length - 40))).toBeInstanceOf(Error)
    expect(await refusal(Buffer.from('GIF89a no picture'))).toBeInstanceOf(Error)
    expect(String(await refusal(whole, 'x.png', { ...WECHAT, maxBytes: 60 }))).toMatch(/smaller than 60/)
  })

  test('what nobody waits for any more', async () => {
    const whole = await halves().png().toBuffer()
    await expect(fitPicture(file(whole, 'x.png', 'image/png'), WECHAT, AbortSignal.abort())).rejects.toThrow(/abort/i)
  })
})

test('the library is there', () => {
  expect(hasPictures()).toBe(true)
})

/** A PNG of zeros: a hundred kilobytes that claim to be gigabytes. */
function bomb(width: number, height: number): Buffer {
  const chunk = (name: string, body: Buffer) => {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(body.length)
    const crc = Buffer.alloc(4)
    crc.writeUInt32BE(crc32(Buffer.concat([Buffer.from(name), body])))
    return Buffer.concat([length, Buffer.from(name), body, crc])
  }
  const head = Buffer.alloc(13)
  head.writeUInt32BE(width, 0)
  head.writeUInt32BE(height, 4)
  head.set([8, 2, 0, 0, 0], 8)
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  return Buffer.concat([signature, chunk('IHDR', head), chunk('IDAT', deflateSync(Buffer.alloc(100_000))), chunk('IEND', Buffer.alloc(0))])
}
