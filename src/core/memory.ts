// What parts remember where there is no database: in tests, and while somebody only looks whether things work.
import type { Memory } from './connector.ts'

export function localMemory(): Memory {
  const values = new Map<string, string>()
  return {
    async read(key) {
      const text = values.get(key)
      return text === undefined ? undefined : JSON.parse(text)
    },
    async write(key, value, before) {
      if (values.get(key) !== (before === undefined ? undefined : JSON.stringify(before))) return false
      values.set(key, JSON.stringify(value))
      return true
    },
  }
}
