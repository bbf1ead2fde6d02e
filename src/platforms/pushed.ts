// What somebody posts to us, before anybody knows who it is: the whole body or none, and a comparison that tells a forger nothing.
import { readBounded } from '#core/bytes.ts'
import { ConnectorError } from '#core/errors.ts'

/** Throws `rejected`: what is larger than we read, or broke off, can be neither checked nor read, and no platform sends it. */
export async function wholeBody(request: Request, max: number): Promise<Uint8Array<ArrayBuffer>> {
  const { bytes, cut } = await readBounded(request, max).catch((error: unknown) => {
    throw new ConnectorError('rejected', 'the body broke off', { cause: error })
  })
  if (cut) throw new ConnectorError('rejected', `larger than ${max} bytes`)
  return bytes
}

/** Takes equally long wherever the two differ. */
export function sameText(given: string, ours: string): boolean {
  let difference = given.length ^ ours.length
  for (let index = 0; index < ours.length; index++) difference |= given.charCodeAt(index) ^ ours.charCodeAt(index)
  return difference === 0
}
