// What one entry of skills, teams, agents and routing cannot know of the others: names that stand twice, names that nobody has.

import { type Problem, problemAt, type SourceDocument } from '#core/document.ts'
import type { Text } from '#core/message.ts'
import { nearest } from '#core/nearest.ts'
import type { Settings } from '../config.ts'

type Path = (string | number)[]

export function checkRouting(file: Settings, document: SourceDocument): Problem[] {
  const problems: Problem[] = []
  const report = (path: Path, text: Text) => problems.push(problemAt(document, path, text))
  const skills = file.skills.map(({ id }) => id)
  const teams = file.teams.map(({ id }) => id)
  const isSkill = (path: Path, name: string) => known(path, 'skill', name, skills, report)
  const isTeam = (path: Path, name: string) => known(path, 'team', name, teams, report)
  const desks = [...file.desks.map(({ id }) => id), 'console']
  twice(file.skills, 'skills', { zh: '技能', en: 'skill' }, report)
  twice(file.teams, 'teams', { zh: '团队', en: 'team' }, report)
  twice(file.agents, 'agents', { zh: '客服', en: 'agent' }, report)
  for (const [n, skill] of file.skills.entries()) {
    for (const [k, desk] of (skill.desks ?? []).entries()) known(['skills', n, 'desks', k], 'desk', desk, desks, report)
    for (const [k, team] of (skill.teams ?? []).entries()) isTeam(['skills', n, 'teams', k], team)
    for (const [k, wish] of skill.wishes.entries()) isSkill(['skills', n, 'wishes', k, 'id'], wish.id)
    for (const [k, { team, skill: other }] of skill.overflow.entries()) {
      const path: Path = ['skills', n, 'overflow', k]
      if ((team === undefined) === (other === undefined)) {
        report(path, { zh: '这里要写 team 或 skill 其中之一', en: 'this names either a team or a skill' })
      }
      if (team !== undefined) isTeam([...path, 'team'], team)
      if (other !== undefined) isSkill([...path, 'skill'], other)
    }
  }
  for (const [n, name] of file.surge.overflow.entries()) known(['surge', 'overflow', n], 'skill', name, [...skills, ...teams], report)
  checkAgents(file, report, isSkill, isTeam)
  return problems.sort((a, b) => a.line - b.line || a.column - b.column)
}

/** Says so where `name` is none of `names`. */
function known(path: Path, kind: 'skill' | 'team' | 'desk', name: string, names: string[], report: Report): void {
  if (!names.includes(name)) report(path, unknown(kind, name, names))
}

type Report = (path: Path, text: Text) => void

function checkAgents(
  file: Settings,
  report: Report,
  isSkill: (path: Path, name: string) => void,
  isTeam: (path: Path, name: string) => void,
): void {
  const emails = new Set<string>()
  const people = new Set<string>()
  file.agents.forEach((one, n) => {
    if (one.email && emails.has(one.email)) report(['agents', n, 'email'], { zh: '邮箱重复了', en: 'the e-mail stands twice' })
    if (one.email) emails.add(one.email)
    const written = new Set<string>()
    one.skills.forEach((skill, k) => {
      isSkill(['agents', n, 'skills', k], skill.id)
      if (written.has(skill.id))
        report(['agents', n, 'skills', k], { zh: `技能 “${skill.id}” 重复了`, en: `the skill "${skill.id}" stands twice` })
      written.add(skill.id)
    })
    if (one.team !== undefined) isTeam(['agents', n, 'team'], one.team)
    if (one.shifts && !one.timezone && !file.routing.timezone) {
      report(['agents', n, 'shifts'], {
        zh: '班次需要时区：写 timezone，或 routing.timezone',
        en: 'shifts need a time zone: name one as timezone here, or as routing.timezone',
      })
    }
    for (const [desk, user] of Object.entries(one.identities)) {
      const path: Path = ['agents', n, 'identities', desk]
      if (people.has(`${desk} ${user}`)) {
        report(path, { zh: `${desk} 中的 “${user}” 已属于另一位客服`, en: `"${user}" in ${desk} is another agent already` })
      }
      people.add(`${desk} ${user}`)
      if (!file.desks.some((entry) => entry.id === desk)) report(path, { zh: `desks 里没有 “${desk}”`, en: `there is no desk "${desk}"` })
    }
  })
}

function twice(entries: { id: string }[], list: string, kind: Text, report: Report): void {
  const seen = new Set<string>()
  entries.forEach(({ id }, n) => {
    const path: Path = [list, n, 'id']
    if (seen.has(id)) report(path, { zh: `${kind.zh} “${id}” 重复了`, en: `the ${kind.en} "${id}" stands twice` })
    seen.add(id)
  })
}

function unknown(kind: 'skill' | 'team' | 'desk', name: string, names: string[]): Text {
  const near = nearest(name, names)
  const list = [...new Set(names)].join(', ')
  return near
    ? { zh: `${kind}s 里没有 “${name}”，是不是 “${near}”？`, en: `there is no ${kind} "${name}"; did you mean "${near}"?` }
    : { zh: `${kind}s 里没有 “${name}”（现有：${list}）`, en: `there is no ${kind} "${name}" (there are: ${list})` }
}
