// What the file says of skills, teams and agents, as the pipeline reads it.
import type { Calendar } from '#core/hours.ts'
import type { Settings } from '../config.ts'
import type { Person, Staffing } from '../pipeline/house.ts'
import type { AgentSettings } from './routing.ts'

export function staffingOf({ skills, teams, agents, routing }: Settings): Staffing {
  return {
    skills: new Map(skills.map((skill) => [skill.id, skill])),
    people: new Map(agents.map((agent) => [agent.id, personOf(agent, routing.timezone)])),
    teams: new Map(teams.map((team) => [team.id, team])),
  }
}

function personOf({ skills, languages, team, capacity, shifts, timezone }: AgentSettings, elsewhere: string | undefined): Person {
  return {
    levels: new Map(skills.map(({ id, level }) => [id, level])),
    languages,
    team,
    capacity,
    shifts: shifts && calendarOf(shifts, timezone ?? elsewhere ?? 'UTC'),
  }
}

/** Several lines may name one day: its ranges come together. */
function calendarOf(shifts: NonNullable<AgentSettings['shifts']>, timezone: string): Calendar {
  const open: Calendar['open'] = {}
  for (const [days, ranges] of shifts) open[days] = [...(open[days] ?? []), ...ranges]
  return { timezone, open, closed: [] }
}
