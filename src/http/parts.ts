// What the routes are made of.
import type { Context, Hono } from 'hono'
import type { UpgradeWebSocket } from 'hono/ws'
import type { Clock } from '#core/clock.ts'
import type { Health, Logger } from '#core/connector.ts'
import type { Problem } from '#core/document.ts'
import type { Live } from '#core/live.ts'
import type { Text } from '#core/message.ts'
import type { Places } from '#core/places.ts'
import type { Database } from '#store/database.ts'
import type { Files } from '../files.ts'
import type { House } from '../pipeline/house.ts'
import type { FeedState } from '../runner/feeds.ts'
import type { BotSource } from '../runner/lessons.ts'
import type { People } from '../runner/people.ts'
import type { Typing } from '../runner/typing.ts'
import type { Channel, DeskPart, Runner } from '../runner.ts'
import type { ChatLine } from './chat/line.ts'

/** Holds live connections where a process does not live as long as they do. */
export interface Rooms {
  chat(request: Request, line: ChatLine): Promise<Response>
  /** `session`: that of the signed-in agent. */
  console(request: Request, session: string): Promise<Response>
}

export interface HttpParts {
  database: Database
  runner: Runner
  files: Files
  /** Asks tools who strangers are. */
  people: People
  typing: Typing
  live: Live
  clock: Clock
  log: Logger
  channels: Map<string, Channel>
  desks: Map<string, DeskPart>
  health: Map<string, Health>
  house(): House
  /** How the feeds of opening hours are. */
  feeds(): Promise<FeedState[]>
  /** Where bot.yaml is, and what would be wrong with another text of it. */
  bot: BotSource & { mistakeIn(source: string): Text | undefined }
  /** Mistakes in the files as they are now; the config before them still serves. */
  problems(): Problem[]
  /** The files name other channels, desks or places than those that were read at the start. */
  waitsForRestart(): boolean
  publicUrl: URL | undefined
  /** Signs visitors' tokens and links to files. */
  secret: string
  /** WebSockets held by this process. Without these and without `rooms` clients poll. */
  upgrade?: UpgradeWebSocket
  rooms?: Rooms
  /** Who called, for limits: never from a header unless a proxy is trusted. */
  clientIp(context: Context): string
  /** The built pages, where the runtime serves them from us. */
  statics?(app: Hono): void
}

export interface RouteParts extends HttpParts {
  /** What open pages ask for by themselves goes through here: a thousand that come back at once leave the database to others, too. */
  reads: Places
}
