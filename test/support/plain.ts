// What a house is like of which a test says nothing: always open, no terms, nothing ends by itself, whoever is free is given the next.
import type { Routing, Sending, Staffing } from '#src/pipeline/house.ts'
import type { Service } from '#src/pipeline/service.ts'

export const usualSending: Sending = {
  policies: new Map(),
  policy: 'claimer',
  undoMs: 0,
  heldMs: 15 * 60_000,
  lateMs: 15 * 60_000,
  downMs: 2 * 60_000,
}

export const plainRouting: Routing = {
  mode: 'auto',
  offerSeconds: 30,
  missesBeforePause: 3,
  leaseMinutes: { chat: 10, async: 0 },
  languageSeconds: 120,
  lastAgentDays: 30,
  vip: { tags: [], priority: 'high' },
  async: ['email'],
  presenceMinutes: 60,
  reopenHours: 24,
}

export const plainStaffing: Staffing = { skills: new Map(), people: new Map(), teams: new Map() }

export const plainService: Service = {
  calendars: {},
  hours: new Map(),
  sla: [],
  idle: { hours: false, left: true, rating: false },
  queue: { place: true, wait: true, soothe: 180_000, choices: false },
}
