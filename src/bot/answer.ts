// What a flow keeps of a webhook's answer: single values under dotted paths. The answer comes from a system of the admin's, and is
// bounded all the same: it is stored with the conversation.
import type { CallStep } from './schema.ts'

const MOST = 100
const DEEPEST = 6
const LONGEST = 1000

/** The variables with what `save` asks for. What the answer lacks is removed: an old value would be a wrong one. */
export function kept(vars: Record<string, string>, save: CallStep['save'], data: unknown): Record<string, string> {
  if (save === undefined) return vars
  const found = Object.fromEntries(leaves(data))
  if (typeof save === 'string') {
    const others = Object.entries(vars).filter(([name]) => name !== save && !name.startsWith(`${save}.`))
    const own = Object.entries(found).map(([path, value]) => [path ? `${save}.${path}` : save, value])
    return Object.fromEntries([...others, ...own])
  }
  const others = Object.entries(vars).filter(([name]) => !Object.hasOwn(save, name))
  const own = Object.entries(save).flatMap(([name, path]) => (Object.hasOwn(found, path) ? [[name, found[path] as string]] : []))
  return Object.fromEntries([...others, ...own])
}

/** `{ order: { items: [{ name }] } }` as `order.items.0.name`, breadth first: what lies near comes before what lies deep. */
function leaves(data: unknown): [path: string, value: string][] {
  const found: [string, string][] = []
  let level: [string, unknown][] = [['', data]]
  for (let depth = 0; depth <= DEEPEST && level.length > 0; depth++) {
    const next: [string, unknown][] = []
    for (const [path, value] of level) {
      if (typeof value === 'object' && value !== null) {
        for (const [key, inner] of Object.entries(value).slice(0, MOST)) {
          if (/^\w{1,40}$/.test(key)) next.push([path ? `${path}.${key}` : key, inner])
        }
      } else if (value !== null && value !== undefined && found.length < MOST)
        found.push([path, String(value).slice(0, LONGEST).toWellFormed()])
    }
    level = next.slice(0, 10 * MOST)
  }
  return found
}
