// What a Worker is given: bindings and variables, and the config that was bundled with it.

import bot from '../../config/bot.yaml'
import frontdesk from '../../config/frontdesk.yaml'
import macros from '../../config/macros.yaml'
import type { ConfigSource } from '../config.ts'
import type { Bucket } from './blobs-r2.ts'
import type { Namespace, Queue } from './runtime.ts'

export interface Env {
  /** Hyperdrive. */
  DB?: { connectionString: string }
  /** The built pages. */
  ASSETS?: { fetch(request: Request): Promise<Response> }
  /** R2. */
  FILES?: Bucket
  /** Durable Objects that hold browsers' sockets. */
  LIVE?: Namespace
  /** The queue that wakes us. */
  WORK?: Queue
  /** Variables and secrets, for `${NAME}` in frontdesk.yaml. */
  [name: string]: unknown
}

/** The bundled files, or whole texts in variables: to try another config without another build. */
export function configOf(env: Env): ConfigSource {
  const variables = Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
  const texts: Record<string, string> = {
    'frontdesk.yaml': variables.CONFIG_FRONTDESK ?? frontdesk,
    'bot.yaml': variables.CONFIG_BOT ?? bot,
    'macros.yaml': variables.CONFIG_MACROS ?? macros,
  }
  return { env: variables, read: (name) => texts[name] }
}
