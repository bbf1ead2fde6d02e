// Whom the conversation on the screen can be passed on to.
import { readListed } from '#store/console.ts'
import { loadAgents } from '#store/drafts.ts'
import { loadsByChannel } from '#store/queue.ts'
import type { AgentRow } from '#store/rows.ts'
import { targetsOf } from '../../pipeline/targets.ts'
import type { HttpParts } from '../parts.ts'
import type { TargetPage } from './protocol.ts'

/** Undefined: no such conversation for the actor. */
export async function targetsFor(parts: HttpParts, actor: AgentRow, id: string): Promise<TargetPage | undefined> {
  const { db } = parts.database
  const [row] = await readListed(db, actor, [id])
  if (!row) return undefined
  const house = parts.house()
  const scene = { conversation: row.conversation, agents: await loadAgents(db), loads: await loadsByChannel(db) }
  const { agents, skills, teams } = targetsOf(scene, actor.id, house)
  return {
    agents: agents.map(({ agent, team, ...standing }) => ({
      id: agent.id,
      name: agent.name,
      publicName: agent.publicName,
      skills: agent.skills,
      ...(team && { team: { id: team, name: house.staffing.teams.get(team)?.name ?? team } }),
      ...standing,
    })),
    skills,
    teams,
  }
}
