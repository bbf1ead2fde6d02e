// Which files come into the house, whoever sends them: not too large, not of a kind that runs when it is opened, and clean where a
// scanner looks. Their names are made safe for every file system and every screen.
import type { StoredFile } from './connector.ts'
import { ConnectorError } from './errors.ts'

/** Looks for malware; gives its name. Throws when it cannot say: then nobody may open the file. */
export type Scan = (file: StoredFile, signal: AbortSignal) => Promise<{ found: string } | undefined>

export interface Limits {
  maxBytes: number
  /** Endings of names that are refused, in small letters and without the dot. */
  refuse: readonly string[]
}

export type RefusedFor = 'too_large' | 'kind' | 'malware'

/** Final: the same file is refused again. */
export class FileRefused extends ConnectorError {
  readonly because: RefusedFor

  constructor(because: RefusedFor, message: string) {
    super('rejected', message)
    this.because = because
  }
}

/** What runs by a double click, by itself or through what every machine has. */
export const REFUSED_ENDINGS =
  'exe com scr pif bat cmd msi msp msix appx cpl hta lnk url scf jar js jse vbs vbe wsf wsh ps1 psm1 reg app command desktop elf'.split(' ')

/** Throws `FileRefused`, or whatever the scanner throws. */
export async function admit(file: StoredFile, limits: Limits, scan: Scan | undefined, signal: AbortSignal): Promise<void> {
  if (file.bytes.length > limits.maxBytes) throw tooLarge(limits.maxBytes)
  const ending = [endingOf(file.name), programIn(file.bytes)].find((one) => one !== undefined && limits.refuse.includes(one))
  if (ending)
    throw new FileRefused('kind', `不接收 .${ending} 这类可执行文件 / files of this kind (.${ending}) are not taken: they can run`)
  const sick = await scan?.(file, signal)
  if (sick) throw new FileRefused('malware', `文件未通过安全扫描（${sick.found}） / the scanner found ${sick.found} in it`)
}

export function tooLarge(maxBytes: number): FileRefused {
  const most = `${Math.floor(maxBytes / 1024 / 1024)} MB`
  return new FileRefused('too_large', `larger than ${maxBytes} bytes: at most ${most} / 文件超过 ${most}`)
}

/** What Windows shows as the ending: dots and blanks behind it count for nothing there. */
export function endingOf(name: string): string | undefined {
  return /\.([^.\s]{1,20})[.\s]*$/u.exec(name)?.[1]?.toLowerCase()
}

/** Programs are known by their first bytes, whatever they are called. */
function programIn(bytes: Uint8Array): string | undefined {
  const starts = (...head: number[]) => head.every((byte, n) => bytes[n] === byte)
  // MZ alone may begin a text: where a program has it, it says at 0x3c how far its real head is.
  if (starts(0x4d, 0x5a) && bytes.length > 0x40 && isPortable(bytes)) return 'exe'
  return starts(0x7f, 0x45, 0x4c, 0x46) ? 'elf' : undefined
}

function isPortable(bytes: Uint8Array): boolean {
  const at = new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint32(0x3c, true)
  return bytes[at] === 0x50 && bytes[at + 1] === 0x45
}

/** No path, nothing that a file system or a terminal reads as something else, no letters that hide or turn others, not too long. */
export function safeName(name: string, instead = 'file'): string {
  const base =
    name
      .toWellFormed()
      .normalize('NFC')
      .split(/[\\/]/)
      .at(-1)
      ?.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '')
      .replace(/[<>:"|?*]/g, '_')
      .trim()
      .replace(/[.\s]+$/u, '') ?? ''
  const short = [...base].slice(-120).join('')
  if (short.replaceAll('.', '') === '') return instead
  // Devices of Windows, with or without an ending.
  return /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i.test(short) ? `_${short}` : short
}
