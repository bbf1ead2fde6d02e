// Pictures in a form that a platform takes, by sharp. Where it is not installed nothing is converted, and files leave as links.
import type { Sharp, SharpOptions } from 'sharp'
import type { StoredFile } from '#core/connector.ts'
import { type Convert, type Goal, renamed } from '#core/convert.ts'
import { inTurn } from './turns.ts'

type SharpModule = typeof import('sharp')

/** More is no photo: what unpacks to more is refused before it is unpacked. The largest telephones make 50 million. */
const PIXELS_MAX = 64_000_000
const SECONDS = 10
/** Longest side, from what a screen can show on: the first that is small enough is taken. */
const SIDES = [4096, 2560, 1600, 1024, 640]
/** Platforms name several limits for one picture (WeChat: 10 MB and 2 MB): what is made anew keeps to the smallest. */
const GOOD_BYTES = 2 * 1024 * 1024
/** By their first bytes, whatever they are called. Everything else that the library could read is shut off: SVG, PDF and others. */
const READERS = ['Jpeg', 'Png', 'Webp', 'Tiff', 'Heif'].map((name) => `VipsForeignLoad${name}`)

export const IMAGES_MADE = ['image/jpeg', 'image/png']

let loading: Promise<SharpModule['default']> | undefined

async function load(): Promise<SharpModule['default']> {
  const { default: sharp } = (await import('sharp')) as unknown as SharpModule
  sharp.cache(false)
  sharp.concurrency(1)
  sharp.block({ operation: ['VipsForeignLoad'] })
  sharp.unblock({ operation: READERS })
  return sharp
}

/** Whether the library is there; it is loaded with the first picture. */
export function hasPictures(): boolean {
  try {
    import.meta.resolve('sharp')
    return true
  } catch {
    return false // Left out at the installation, or no build for this machine.
  }
}

/** One at a time: each may need some hundred megabytes for a moment. */
const turn = inTurn()

export const fitPicture: Convert = (file, goal, signal) => turn(() => shape(file, goal, signal), signal)

async function shape({ bytes, name }: StoredFile, goal: Goal, signal: AbortSignal): Promise<StoredFile> {
  loading ??= load()
  const sharp = await loading
  const options: SharpOptions = { limitInputPixels: PIXELS_MAX, failOn: 'error', sequentialRead: true }
  const { pages = 1, hasAlpha } = await sharp(bytes, options).metadata()
  // One picture cannot stand for many pages, nor for one that moves.
  if (pages > 1) throw new Error(`a picture of ${pages} pages`)
  const maxBytes = Math.min(goal.maxBytes, GOOD_BYTES)
  const takes = (mime: string) => goal.mimes === undefined || goal.mimes.includes(mime)
  const isClear = hasAlpha && !(await sharp(bytes, options).timeout({ seconds: SECONDS }).stats()).isOpaque
  const forms = [
    ...(isClear && takes('image/png') ? [PNG] : []),
    ...(takes('image/jpeg') ? [JPEG] : []),
    ...(takes('image/png') ? [PNG] : []),
  ]
  for (const form of new Set(forms)) {
    for (const side of SIDES) {
      signal.throwIfAborted()
      // Upright by its pixels, since whatever else the camera wrote, the place among it, is left behind.
      const upright = sharp(bytes, options).autoOrient().resize({ width: side, height: side, fit: 'inside', withoutEnlargement: true })
      const made = await form.write(upright.timeout({ seconds: SECONDS })).toBuffer()
      if (made.length <= maxBytes) return { bytes: new Uint8Array(made), name: renamed(name, form.ending), mime: form.mime }
    }
  }
  throw new Error(`cannot be made smaller than ${maxBytes} bytes`)
}

interface Form {
  mime: string
  ending: string
  write(picture: Sharp): Sharp
}

const JPEG: Form = {
  mime: 'image/jpeg',
  ending: 'jpg',
  write: (picture) => picture.flatten({ background: '#fff' }).jpeg({ quality: 85, chromaSubsampling: '4:4:4' }),
}
const PNG: Form = { mime: 'image/png', ending: 'png', write: (picture) => picture.png() }
