// What all simulated houses have alike, whatever is played in them: the world's store and clock, a shop, people; and none of what is not
// played – files, webhooks, who is typing.
import type { Clock } from '#core/clock.ts'
import { localLive } from '#core/live.ts'
import { unwatched } from '#core/milestone.ts'
import { route } from '#router/route.ts'
import type { House } from '#src/pipeline/house.ts'
import type { RunnerParts } from '#src/runner.ts'
import type { Db } from '#store/database.ts'
import type { AgentRow } from '#store/rows.ts'
import { usualSending } from '../support/plain.ts'
import type { Handle } from './world.ts'

/** The store in memory answers to the same functions; see `vi.mock` in the tests. */
export const dbOf = (handle: Handle) => handle as unknown as Db

type Played = 'log' | 'channels' | 'desks' | 'house'

export function plainParts(handle: Handle): Omit<RunnerParts, Played> {
  return {
    database: { kind: 'postgresql', db: dbOf(handle), durability: async () => ({ safe: true }), close: async () => undefined },
    clock: handle.world.clock,
    live: localLive(),
    files: {
      open: () => Promise.reject(new Error('no files here')),
      ready: async () => undefined,
      convert: () => Promise.reject(new Error('no files here')),
      collect: async () => 0,
    },
    health: new Map(),
    name: handle.process.name,
    pass: unwatched,
    publicUrl: undefined,
    webhooks: () => new Map(),
    typing: { sift: (rows) => rows, customer: () => undefined, idle: async () => undefined },
    people: { introduce: async (_desk, events) => events },
  }
}

type Told = 'bot' | 'skills' | 'channels' | 'desks' | 'routing' | 'staffing' | 'service' | 'surge'

export function plainHouse(clock: Clock): Omit<House, Told> {
  return {
    clock,
    route,
    brand: { name: '示例商城' },
    locale: 'zh',
    readers: new Set(['console']),
    sending: usualSending,
    down: new Set(),
    keepEventsDays: 30,
    surging: false,
    link: () => undefined,
    consoleUrl: () => undefined,
  }
}

/** Somebody who has not come yet. */
export function plainAgent(id: string, createdAt: Date, more: Partial<AgentRow>): AgentRow {
  return {
    id,
    name: id,
    publicName: id,
    email: null,
    role: 'agent',
    skills: [],
    capacity: 2,
    identities: {},
    presence: 'offline',
    presenceUntil: null,
    presenceAt: null,
    lastAssignedAt: null,
    missed: 0,
    missedAt: null,
    passwordHash: null,
    configured: true,
    disabled: false,
    createdAt,
    ...more,
  }
}
