// What the process is told from outside: environment variables, folders, a database.

import { readdirSync, readFileSync, realpathSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseEnv } from 'node:util'
import type { Logger } from '#core/connector.ts'
import type { Locale } from '#core/message.ts'
import type { Database } from '#store/database.ts'
import type { ConfigSource } from '../config.ts'

export interface Environment {
  host: string
  port: number
  data: string
  config: string
  databaseUrl: string | undefined
  logLevel: string
  /** The language of messages on the terminal. */
  locale: Locale
  /** A proxy in front of us tells the caller's address in X-Forwarded-For. */
  trustProxy: boolean
  variables: Record<string, string | undefined>
}

/** The process's variables, and those of a file `.env` beside it for what they leave open. */
export function environment(own: Record<string, string | undefined> = process.env): Environment {
  const variables = { ...readEnvFile(), ...own }
  const port = Number(variables.PORT ?? 3000)
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new Error(`PORT: a number from 0 to 65535, not "${variables.PORT}" / PORT 应为 0 到 65535`)
  return {
    host: variables.HOST ?? '127.0.0.1',
    port,
    data: resolve(variables.FRONTDESK_DATA ?? './data'),
    config: resolve(variables.FRONTDESK_CONFIG ?? './config'),
    databaseUrl: variables.DATABASE_URL || undefined,
    logLevel: variables.LOG_LEVEL ?? 'warn',
    locale: variables.LANG?.startsWith('zh') ? 'zh' : 'en',
    trustProxy: variables.TRUST_PROXY === '1',
    variables,
  }
}

function readEnvFile(): Record<string, string | undefined> {
  try {
    return parseEnv(readFileSync('.env', 'utf8')) as Record<string, string | undefined>
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw error
  }
}

export function readConfigFolder(env: Pick<Environment, 'config' | 'variables'>): ConfigSource {
  const ifThere = <T>(take: () => T): T | undefined => {
    try {
      return take()
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw error
    }
  }
  return {
    env: env.variables,
    read: (name) => ifThere(() => readFileSync(join(env.config, name), 'utf8')),
    list: (folder) => ifThere(() => readdirSync(join(env.config, folder))) ?? [],
    write(name, source) {
      const path = ifThere(() => realpathSync(join(env.config, name))) ?? join(env.config, name) // A link stays one.
      const beside = `${path}.new`
      writeFileSync(beside, source, { mode: existingMode(path) })
      renameSync(beside, path)
    },
  }
}

function existingMode(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.mode
}

export async function openDatabase(env: Pick<Environment, 'databaseUrl' | 'data'>, log: Logger): Promise<Database> {
  // Loaded when needed: the embedded database costs half a second and a lot of memory.
  if (env.databaseUrl) return (await import('#store/postgres.ts')).openPostgres({ url: env.databaseUrl, log })
  return (await import('#store/embedded.ts')).openEmbedded({ folder: env.data })
}
