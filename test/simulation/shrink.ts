// Makes a history that breaks a rule smaller, as long as it breaks the same one: pieces are left out, halves first, then single
// commands, then their numbers. fast-check's own way looks at numbers before it has left out much, and takes minutes.
import type { Broken } from './rules.ts'
import { type History, simulate } from './simulation.ts'

export async function shrink(history: History, rule: string, ms: number): Promise<History> {
  const until = Date.now() + ms
  let best = history
  const isBetter = async (candidate: History): Promise<boolean> => {
    if (Date.now() > until) return false
    const broken: Broken | undefined = await simulate(candidate)
    if (broken?.rule !== rule) return false
    best = candidate
    return true
  }
  await isBetter({ ...best, chance: 0 })
  for (let size = Math.ceil(best.commands.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < best.commands.length; ) {
      const commands = best.commands.toSpliced(at, size)
      if (!(await isBetter({ ...best, commands }))) at += size
    }
  }
  for (let at = 0; at < best.commands.length; at++) {
    for (const key of ['a', 'b'] as const) {
      const commands = best.commands.map((command, n) => (n === at ? { ...command, [key]: 0 } : command))
      await isBetter({ ...best, commands })
    }
  }
  return best
}
