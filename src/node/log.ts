// Logs as JSON lines, made by pino. What may be secret is cut out by name, as a second net: messages hold none to begin with.
import pino from 'pino'
import type { Logger } from '#core/connector.ts'

export function createLog(level: string): Logger {
  return pino({
    level,
    base: null,
    redact: { paths: ['token', 'secret', 'password', 'authorization', 'cookie', '*.token', '*.secret', '*.password'], censor: '[secret]' },
    timestamp: pino.stdTimeFunctions.isoTime,
  })
}
