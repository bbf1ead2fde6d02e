// One-time codes that people read in one place and type in another.

/** Without letters and digits that look alike. */
const LETTERS = 'ABCDEFGHJKMNPQRSTUVWXYZ23456789'
const LENGTH = 8

export const CODE_MS = 10 * 60_000

/** Forty bits: within the minutes that it lives nobody guesses it through a chat tool. */
export function makeCode(random: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array = (bytes) => crypto.getRandomValues(bytes)): string {
  let code = ''
  while (code.length < LENGTH) {
    for (const byte of random(new Uint8Array(32))) {
      // What does not divide evenly is thrown away: each letter is as likely as another.
      if (byte < 256 - (256 % LETTERS.length) && code.length < LENGTH) code += LETTERS[byte % LETTERS.length]
    }
  }
  return code
}

/** Only this is stored. */
export async function hashCode(code: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(`link ${code}`)))
  return [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
