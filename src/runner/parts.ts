// What the runner is made of.

import type { Clock } from '#core/clock.ts'
import type { Connector, ConnectorDefinition, Health, Logger } from '#core/connector.ts'
import type { Desk, DeskDefinition } from '#core/desk.ts'
import type { Live } from '#core/live.ts'
import type { Pass } from '#core/milestone.ts'
import type { Webhook } from '#platforms/webhook.ts'
import type { Database } from '#store/database.ts'
import type { Files } from '../files.ts'
import type { House } from '../pipeline/house.ts'
import type { People } from './people.ts'
import type { Typing } from './typing.ts'

export type Inbounding = 'webhook' | 'poll' | 'connect' | 'none'

export interface Channel {
  id: string
  definition: ConnectorDefinition
  connector: Connector
  /** As the config gives them; secrets among them, so never logged or shown as a whole. */
  settings: Record<string, unknown>
  inbound: Inbounding
}

export interface DeskPart {
  id: string
  definition: DeskDefinition
  desk: Desk
  inbound: Inbounding
}

export interface RunnerParts {
  database: Database
  clock: Clock
  log: Logger
  live: Live
  files: Pick<Files, 'open' | 'ready' | 'convert' | 'collect'>
  channels: Map<string, Channel>
  desks: Map<string, DeskPart>
  people: People
  typing: Typing
  /** What flows may ask, by id; as the config says now. */
  webhooks(): ReadonlyMap<string, Webhook>
  /** The house as it is now: asked anew for every batch, so that a reload counts from the next message on. */
  house(): House
  /** Looks whether feeds of opening hours are to be read again. Absent: there are none. */
  lookAtFeeds?(): Promise<void>
  /** What each channel and desk said of itself last. */
  health: Map<string, Health>
  /** Names this process in leases. */
  name: string
  /** Called when there is something to do, where no loops run: `drain` then does it. */
  onWork?(): void
  /** Told of each milestone: tests end the process at them. */
  pass: Pass
  /** Where platforms reach us; absent: nothing is registered with them. */
  publicUrl: URL | undefined
}
