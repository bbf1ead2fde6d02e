// What the pipeline needs to know of the house, made of the config as it is now.
import type { Clock } from '#core/clock.ts'
import { createRedaction, type Redact, type Role, roles, usualRedaction } from '#core/redact.ts'
import { route } from '#router/route.ts'
import { calendarsOf, hoursOfSkills } from '../config/calendars.ts'
import { staffingOf } from '../config/staffing.ts'
import type { Config } from '../config.ts'
import type { House } from '../pipeline/house.ts'
import type { Channel, DeskPart } from '../runner.ts'

export function houseOf(
  config: Config,
  channels: Map<string, Channel>,
  desks: Map<string, DeskPart>,
  clock: Clock,
  addresses: Pick<House, 'link' | 'makes' | 'consoleUrl' | 'assistant'>,
): House {
  const { brand, locale, skills, routing, surge, sla, idle, queue, events } = config.settings
  const following = [...desks.values()].filter(({ definition }) => !definition.capabilities.reads)
  const settingsOf = (id: string) => config.settings.desks.find((entry) => entry.id === id)?.settings ?? {}
  return {
    clock,
    bot: config.bot,
    route,
    brand,
    locale,
    skills: skills.map(({ id }) => id),
    channels: new Map(
      [...channels.values()].map(({ id, connector, definition: { type, title, capabilities } }) => [
        id,
        {
          type,
          title,
          capabilities: { ...(connector.capabilities ?? capabilities), ...(connector.idempotent && { idempotent: true as const }) },
        },
      ]),
    ),
    desks: new Map(
      following.map(({ id, desk: { mark, gatherMs }, definition: { type, title, capabilities } }) => {
        const own = settingsOf(id)
        return [
          id,
          {
            type,
            title,
            locale: own.locale === 'en' || own.locale === 'zh' ? own.locale : locale,
            buttons: capabilities.buttons !== undefined,
            marks: mark !== undefined,
            redact: redactionFor(config, id),
            ...(capabilities.ownThreads && { ownThreads: true as const }),
            ...(gatherMs && { gatherMs }),
            ...(capabilities.addressed && { slow: true as const }),
          },
        ]
      }),
    ),
    contactsFor: new Map([...desks.values()].map((part) => [part.id, contactsFor(config, part)])),
    readers: new Set([...desks.values()].filter(({ definition }) => definition.capabilities.reads).map(({ id }) => id)),
    routing,
    service: { calendars: calendarsOf(config.settings, () => undefined), hours: hoursOfSkills(config.settings), sla, idle, queue },
    staffing: staffingOf(config.settings),
    surge,
    keepEventsDays: events.keepDays,
    sending: sendingOf(config),
    down: new Set(),
    surging: false, // The runner knows.
    library: config.library,
    timezone: config.timezone,
    ...addresses,
  }
}

/** What is told in the thread itself everybody there reads: it is whole only where all may see it. */
function contactsFor({ settings }: Config, { id, definition: { capabilities } }: DeskPart): readonly Role[] {
  const entry = settings.desks.find((one) => one.id === id)
  if (capabilities.reads) return (entry?.settings.contactsFor as Role[] | undefined) ?? roles
  const named = entry?.redact?.contactsFor ?? usualRedaction.contactsFor
  return capabilities.whisper || roles.every((role) => named.includes(role)) ? named : []
}

function redactionFor({ settings }: Config, id: string): Redact | undefined {
  return createRedaction(settings.desks.find((entry) => entry.id === id)?.redact ?? usualRedaction)
}

function sendingOf({ settings: { sending } }: Config): House['sending'] {
  return {
    policies: new Map(Object.entries(sending.skills)),
    policy: sending.policy,
    undoMs: sending.undoSeconds * 1000,
    heldMs: sending.heldMinutes * 60_000,
    lateMs: sending.lateMinutes * 60_000,
    downMs: sending.downMinutes * 60_000,
  }
}

export function agentsOf(config: Config) {
  return config.settings.agents.map(({ id, name, role, skills, capacity, identities, ...agent }) => ({
    id,
    name,
    role,
    skills: skills.map((skill) => skill.id),
    capacity: typeof capacity === 'number' ? capacity : capacity.chat + capacity.async,
    identities,
    publicName: agent.publicName ?? name,
    email: agent.email?.toLowerCase() ?? null,
  }))
}
