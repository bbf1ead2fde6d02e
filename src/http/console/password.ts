// What makes a password good enough; the console shows the same rules beside the field.
import type { Text } from '#core/message.ts'

const MIN = 10
const COMMON = /^(password|passw0rd|1234567890|0123456789|qwertyuiop|iloveyou|administrator|letmein|welcome)\W*\d{0,4}\W*$/i

/** What is wrong with it; undefined when nothing is. `about`: names that must not stand in it. */
export function passwordProblem(password: string, about: (string | null | undefined)[] = []): Text | undefined {
  if ([...password].length < MIN) return { zh: `密码至少 ${MIN} 个字符。`, en: `Use at least ${MIN} characters.` }
  const low = password.toLowerCase()
  const named = about.some((word) => word && word.length > 2 && low.includes(word.toLowerCase()))
  if (new Set(low).size >= 4 && !COMMON.test(password) && !named) return undefined
  return { zh: '这个密码太容易猜到。', en: 'This password is too easy to guess.' }
}
