// What this machine can make of files, as the config says: pictures where the library is installed, voices where a program is named.
import type { Logger } from '#core/connector.ts'
import type { Converter } from '#core/convert.ts'
import { reason } from '#core/errors.ts'
import type { Settings } from '../config.ts'
import { fitSound, soundsMade } from './ffmpeg.ts'
import { fitPicture, hasPictures, IMAGES_MADE } from './pictures.ts'

const ASK_MS = 10_000

/** Nothing of it keeps the house from starting: what cannot be converted leaves as a link. */
export async function openConverter({ ffmpeg }: Pick<Settings['files'], 'ffmpeg'>, log: Logger): Promise<Converter> {
  const sounds = ffmpeg ? await soundsOf(ffmpeg, log) : []
  return {
    makes: { ...(hasPictures() && { image: IMAGES_MADE }), ...(sounds.length > 0 && { audio: sounds }) },
    image: fitPicture,
    ...(ffmpeg && { audio: fitSound(ffmpeg, sounds) }),
  }
}

async function soundsOf(program: string, log: Logger): Promise<string[]> {
  try {
    return await soundsMade(program, AbortSignal.timeout(ASK_MS))
  } catch (error) {
    log.error({ error: reason(error) }, 'files.ffmpeg does not run: voices are not converted')
    return []
  }
}
