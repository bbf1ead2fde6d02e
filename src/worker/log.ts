// Logs as JSON lines for `wrangler tail` and Workers Logs. What may be secret is cut out by name, as a second net.
import type { Logger } from '#core/connector.ts'

const LEVELS = ['debug', 'info', 'warn', 'error'] as const
type Level = (typeof LEVELS)[number]

const SECRET = new Set(['token', 'secret', 'password', 'authorization', 'cookie'])

export function createLog(least = 'warn'): Logger {
  const from = Math.max(0, LEVELS.indexOf(least as Level))
  const write = (level: Level) => (fields: Record<string, unknown>, message: string) => {
    if (LEVELS.indexOf(level) < from) return
    console[level](JSON.stringify({ level, ...fields, msg: message }, (key, value) => (SECRET.has(key) ? '[secret]' : value)))
  }
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') }
}
