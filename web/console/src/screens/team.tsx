// Who answers. Admins add agents and make invite links.
import { useMutation, useQuery, useSuspenseQuery } from '@tanstack/react-query'
import { lazy, Suspense, useState } from 'react'
import type { Invite, TeamMember } from '#http/console/protocol.ts'
import { api } from '../api.ts'
import { meQuery, teamQuery, useSkillName } from '../queries.ts'
import { useTitle } from '../shell.tsx'
import { toast } from '../toast.tsx'
import { Avatar, Button, Chip, Empty, Failed, PresenceDot, Skeletons } from '../ui.tsx'
import { useWords } from '../words.ts'
import { Page } from './page.tsx'
import { Accounts } from './team-accounts.tsx'

const AddAgent = lazy(() => import('./team-dialogs.tsx').then((module) => ({ default: module.AddAgent })))
const InviteLink = lazy(() => import('./team-dialogs.tsx').then((module) => ({ default: module.InviteLink })))

export function Team() {
  const t = useWords()
  const { data: me } = useSuspenseQuery(meQuery)
  const team = useQuery(teamQuery)
  const [adding, setAdding] = useState(false)
  const [invite, setInvite] = useState<{ member: TeamMember; invite: Invite } | null>(null)
  const admin = me.role === 'admin'
  useTitle(t.team)
  const add = (
    <Button look="primary" icon="plus" onClick={() => setAdding(true)}>
      {t.addAgent}
    </Button>
  )
  return (
    <Page title={t.team} help={t.teamHelp} action={admin && add}>
      <div className="overflow-hidden rounded-xl border border-line bg-surface shadow-card">
        {team.data ? (
          <Members members={team.data.members} me={me.id} admin={admin} invited={(member, link) => setInvite({ member, invite: link })} />
        ) : team.error ? (
          <Failed error={team.error} retry={() => void team.refetch()} />
        ) : (
          <Skeletons count={5} className="flex gap-3 border-b border-line px-4 py-4" />
        )}
      </div>
      <Suspense fallback={null}>
        {adding && <AddAgent onClose={() => setAdding(false)} />}
        {invite && <InviteLink {...invite} onClose={() => setInvite(null)} />}
      </Suspense>
    </Page>
  )
}

interface MembersProps {
  members: TeamMember[]
  me: string
  admin: boolean
  invited(member: TeamMember, invite: Invite): void
}

function Members({ members, me, admin, invited }: MembersProps) {
  const t = useWords()
  if (members.length === 0) return <Empty icon="people" title={t.emptyTeam} help={t.emptyTeamHelp} />
  return (
    <table className="w-full text-left text-sm max-md:block">
      <thead className="max-md:sr-only">
        <tr className="border-b border-line text-xs text-faint">
          <th className="px-4 py-2 font-medium">{t.name}</th>
          <th className="px-4 py-2 font-medium">{t.role}</th>
          <th className="px-4 py-2 font-medium">{t.skills}</th>
          <th className="px-4 py-2 font-medium">{t.load}</th>
          {admin && (
            <th className="px-4 py-2">
              <span className="sr-only">{t.inviteLink}</span>
            </th>
          )}
        </tr>
      </thead>
      <tbody className="max-md:block">
        {members.map((member) => (
          <Member key={member.id} member={member} me={me} admin={admin} invited={invited} />
        ))}
      </tbody>
    </table>
  )
}

function Member({ member, me, admin, invited }: Omit<MembersProps, 'members'> & { member: TeamMember }) {
  const t = useWords()
  const skillName = useSkillName()
  const cell = 'px-4 py-3 align-middle max-md:block max-md:px-0 max-md:py-0'
  return (
    <tr className="border-b border-line last:border-0 max-md:flex max-md:flex-wrap max-md:items-center max-md:gap-x-4 max-md:gap-y-2 max-md:px-4 max-md:py-3.5">
      <td className={`${cell} max-md:w-full`}>
        <Person member={member} me={me} />
      </td>
      <td className={`${cell} whitespace-nowrap text-muted`}>{t.roles[member.role]}</td>
      <td className={cell}>
        <span className="flex flex-wrap gap-1">
          {member.skills.length > 0 ? (
            member.skills.map((skill) => <Chip key={skill}>{skillName(skill)}</Chip>)
          ) : (
            <span className="text-faint">{t.noSkills}</span>
          )}
        </span>
      </td>
      <td className={cell}>
        <Load member={member} />
      </td>
      {admin && (
        <td className={`${cell} text-right max-md:ml-auto`}>
          <MakeInvite member={member} invited={invited} />
        </td>
      )}
    </tr>
  )
}

function Person({ member, me }: { member: TeamMember; me: string }) {
  const t = useWords()
  return (
    <div className="flex items-center gap-3">
      <Avatar name={member.name} size={34}>
        <PresenceDot state={member.presence} className="absolute -bottom-0.5 -right-0.5 box-content border-2 border-surface" />
      </Avatar>
      <div className="min-w-0">
        <p className="flex flex-wrap items-center gap-x-2 font-medium">
          {member.name}
          {member.id === me && <span className="text-xs font-normal text-faint">({t.you})</span>}
          <span className="text-xs font-normal text-faint">{t[member.presence]}</span>
          {!member.canSignIn && <Chip tone="warn">{t.notSignedUp}</Chip>}
        </p>
        <p className="flex flex-wrap gap-x-3 text-xs text-faint [overflow-wrap:anywhere]">
          {member.email && <span>{member.email}</span>}
          {member.publicName !== member.name && <span>{t.customersSee(member.publicName)}</span>}
          {member.configured && <span title={t.fromConfigHelp}>{t.fromConfig}</span>}
        </p>
        <Accounts member={member} />
      </div>
    </div>
  )
}

function Load({ member }: { member: TeamMember }) {
  const t = useWords()
  const full = member.load >= member.capacity
  const share = member.capacity > 0 ? Math.min(1, member.load / member.capacity) : 1
  return (
    <div className="flex items-center gap-2 whitespace-nowrap">
      <span aria-hidden="true" className="h-1.5 w-16 overflow-hidden rounded-full bg-sunken">
        <span className={`block h-full rounded-full ${full ? 'bg-warn' : 'bg-accent'}`} style={{ width: `${share * 100}%` }} />
      </span>
      <span className="text-xs text-muted tabular-nums">
        <span aria-hidden="true">
          {member.load}/{member.capacity}
        </span>
        <span className="sr-only">{t.loadOf(member.load, member.capacity)}</span>
        {full && <span className="text-warn"> {t.overloaded}</span>}
      </span>
    </div>
  )
}

function MakeInvite({ member, invited }: { member: TeamMember; invited: MembersProps['invited'] }) {
  const t = useWords()
  const make = useMutation({
    mutationFn: () => api.invite(member.id),
    onSuccess: (invite) => invited(member, invite),
    onError: (error) => toast(error.message, { tone: 'bad' }),
  })
  return (
    <Button
      size="sm"
      look={member.canSignIn ? 'ghost' : 'plain'}
      icon="link"
      disabled={make.isPending}
      aria-label={`${member.canSignIn ? t.newPasswordLink : t.inviteLink}: ${member.name}`}
      onClick={() => make.mutate()}
    >
      {member.canSignIn ? t.newPasswordLink : t.inviteLink}
    </Button>
  )
}
