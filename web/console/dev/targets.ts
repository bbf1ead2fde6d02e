// To whom the dev office passes conversations on, in the order of the server: `targetsOf` in src/pipeline/targets.ts.
import type { ConversationDetail, TargetAgent, TargetGroup, TargetPage } from '#http/console/protocol.ts'
import type { DevUser } from './data.ts'
import type { Office } from './office.ts'

export const TEAMS: readonly { id: string; name: string; members: readonly string[] }[] = [
  { id: 'north', name: '华北组', members: ['agt_wang', 'agt_zhao'] },
  { id: 'overseas', name: 'Overseas', members: ['agt_amelia'] },
]

const ORDER: readonly TargetAgent['standing'][] = ['ready', 'unsuited', 'busy', 'off', 'away', 'offline']

export function targetsOf(office: Office, detail: ConversationDetail, me: DevUser): TargetPage {
  const others = office.users.filter(({ id }) => id !== me.id)
  const agents = others
    .filter(({ id }) => id !== detail.agent?.id)
    .map((user) => targetOf(user, office.load(user), detail.skill))
    .sort((one, other) => rank(one) - rank(other) || one.load - other.load)
  const skills = [...new Set(others.flatMap((user) => user.skills))].sort()
  const group = (id: string, name: string, people: DevUser[], skill: string | undefined): TargetGroup => {
    const ready = people.filter((user) => targetOf(user, office.load(user), skill).standing === 'ready')
    return { id, name, ready: ready.length, people: people.length }
  }
  const having = (skill: string) => others.filter((user) => user.skills.includes(skill))
  const members = (ids: readonly string[]) => others.filter(({ id }) => ids.includes(id))
  return {
    agents,
    skills: skills.map((skill) => group(skill, skill, having(skill), skill)),
    teams: TEAMS.map((team) => group(team.id, team.name, members(team.members), undefined)).filter(({ people }) => people > 0),
  }
}

const rank = ({ standing, lacks }: TargetAgent) => ORDER.indexOf(standing) * 2 + (lacks ? 1 : 0)

function targetOf(user: DevUser, load: number, skill: string | undefined): TargetAgent {
  const { id, name, publicName, skills, capacity, presence } = user
  const team = TEAMS.find(({ members }) => members.includes(id))
  const lacks = skill !== undefined && !skills.includes(skill)
  return {
    id,
    name,
    publicName,
    skills,
    ...(team && { team: { id: team.id, name: team.name } }),
    standing: presence !== 'online' ? presence : load >= capacity ? 'busy' : lacks ? 'unsuited' : 'ready',
    ...(lacks && { lacks: 'skill' as const }),
    load,
    capacity,
  }
}
