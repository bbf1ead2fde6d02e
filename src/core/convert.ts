// Files in a form that a platform takes: which ones can be brought into it, decided without looking at their bytes, and what does it.
import { endingOf } from './admission.ts'
import type { Capabilities } from './capabilities.ts'
import type { StoredFile } from './connector.ts'
import type { MediaKind, MediaRef } from './message.ts'

/** What a file is to become: of one of these types, no larger than that. */
export interface Goal {
  /** Absent: any that everybody can open. */
  mimes?: readonly string[]
  maxBytes: number
}

/** Throws when it cannot: what is no such file after all, or cannot be made small enough. */
export type Convert = (file: StoredFile, goal: Goal, signal: AbortSignal) => Promise<StoredFile>

/** The types that can be made here; what is absent cannot. */
export interface Makes {
  image?: readonly string[]
  audio?: readonly string[]
}

export interface Converter {
  makes: Makes
  image?: Convert
  audio?: Convert
}

/** Pictures that are read here. Not GIF, which moves; not SVG, which is a program. */
const IMAGES_READ: ReadonlyMap<string, string> = new Map([
  ['jpg', 'image/jpeg'],
  ['jpeg', 'image/jpeg'],
  ['png', 'image/png'],
  ['webp', 'image/webp'],
  ['tif', 'image/tiff'],
  ['tiff', 'image/tiff'],
  ['avif', 'image/avif'],
])
const PICTURES = new Set(IMAGES_READ.values())
const SOUNDS = new Set(['mp3', 'm4a', 'aac', 'wav', 'ogg', 'oga', 'opus', 'amr', 'awb', 'flac', 'weba', 'wma', 'aiff', 'aif', 'caf', '3gp'])
/** Voices of telephones, which browsers and most tools do not play. */
const OF_TELEPHONES = /^audio\/(?:x-)?(?:amr(?:-nb|-wb)?|3gpp2?|speex)$/

export function bareMime(mime: string | undefined): string {
  return mime?.split(';')[0]?.trim().toLowerCase() ?? ''
}

/** As which kind a file that a channel does not take as it is can be brought there; undefined: as none. */
export function convertible(kind: MediaKind, media: MediaRef, capabilities: Capabilities, makes: Makes): 'image' | 'audio' | undefined {
  const target = isPicture(media) ? 'image' : kind === 'audio' || isSound(media) ? 'audio' : undefined
  const limits = target && capabilities.media?.[target]
  const made = target && makes[target]
  if (!limits || !made || (kind !== target && kind !== 'file')) return undefined
  return limits.mimes === undefined || limits.mimes.some((mime) => made.includes(mime)) ? target : undefined
}

/** What came from the telephone of a customer, and is to be heard by everybody. */
export function isTelephones(mime: string): boolean {
  return OF_TELEPHONES.test(bareMime(mime))
}

function isPicture({ mime, name }: MediaRef): boolean {
  const bare = bareMime(mime)
  return PICTURES.has(bare) || (isUntold(bare) && IMAGES_READ.has(endingOf(name ?? '') ?? ''))
}

function isSound({ mime, name }: MediaRef): boolean {
  const bare = bareMime(mime)
  return bare.startsWith('audio/') || (isUntold(bare) && SOUNDS.has(endingOf(name ?? '') ?? ''))
}

function isUntold(mime: string): boolean {
  return mime === '' || mime === 'application/octet-stream'
}

/** The name with another ending. */
export function renamed(name: string, ending: string): string {
  const base = name.replace(/\.[^.\s]{1,5}$/, '')
  return `${base || 'file'}.${ending}`
}
