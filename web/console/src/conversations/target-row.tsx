// How somebody, or a skill or a team, looks in the transfer dialog: who they are, whether they are here, and what they have in hand.
import { Icon } from '../icons.tsx'
import { Avatar, PresenceDot } from '../ui.tsx'
import type { Target } from './targets.ts'
import { useTransferWords } from './transfer-words.ts'

interface FaceProps {
  target: Target
  /** What the conversation asks for. */
  skill: string | undefined
  skillName(id: string): string
}

export function TargetFace(props: FaceProps) {
  return props.target.agent ? <Person {...props} agent={props.target.agent} /> : <Group {...props} />
}

const PRESENCE = { ready: 'online', unsuited: 'online', busy: 'online', off: 'away', away: 'away', offline: 'offline' } as const
const TONES = { ready: 'text-ok', unsuited: 'text-ok', busy: 'text-warn', off: 'text-muted', away: 'text-muted', offline: 'text-muted' }

function Person({ agent, skill, skillName }: FaceProps & { agent: NonNullable<Target['agent']> }) {
  const w = useTransferWords()
  const { name, publicName, skills, team, standing, lacks, load, capacity } = agent
  const about = [...skills.map(skillName), ...(team ? [team.name] : [])].join(' · ')
  const isHere = PRESENCE[standing] === 'online'
  return (
    <>
      <Avatar name={name}>
        <PresenceDot state={PRESENCE[standing]} className="absolute -bottom-0.5 -right-0.5 size-2.5 outline-2 outline-raised" />
      </Avatar>
      <span className="min-w-0 flex-1">
        <span className="flex min-w-0 items-baseline gap-1.5">
          <span className="truncate font-medium">{name}</span>
          {publicName !== name && <span className="shrink-[2] truncate text-xs text-faint">{publicName}</span>}
        </span>
        <span className="block truncate text-xs text-faint">
          {lacks && <span className="text-warn">{w.lacks[lacks](skill === undefined ? '' : skillName(skill))}</span>}
          {lacks && about && ' · '}
          {about}
        </span>
      </span>
      <span className="shrink-0 text-right text-xs">
        <span className={`block ${TONES[standing]}`}>{w.standing[standing]}</span>
        <span className="block text-faint tabular-nums">{isHere ? w.transferLoad(load, capacity) : w.inHand(load)}</span>
      </span>
    </>
  )
}

function Group({ target: { name, group, to } }: FaceProps) {
  const w = useTransferWords()
  const isTeam = 'team' in to
  return (
    <>
      <span aria-hidden="true" className="flex size-8 shrink-0 items-center justify-center rounded-lg bg-sunken text-faint">
        <Icon name={isTeam ? 'people' : 'tag'} />
      </span>
      <span className="min-w-0 flex-1">
        <span className="block truncate font-medium">{name}</span>
        <span className="block text-xs text-faint">{isTeam ? w.transferTeam : w.transferSkill}</span>
      </span>
      {group && (
        <span className={`shrink-0 text-xs tabular-nums ${group.ready > 0 ? 'text-ok' : 'text-faint'}`}>
          {w.canTake(group.ready, group.people)}
        </span>
      )}
    </>
  )
}

/** A skill or a team among many: its name and how many are free. */
export function Pill({ target: { name, group, to } }: { target: Target }) {
  const w = useTransferWords()
  return (
    <>
      <Icon name={'team' in to ? 'people' : 'tag'} size={13} className="shrink-0 text-faint" />
      <span className="min-w-0 truncate font-medium">
        <span className="sr-only">{'team' in to ? w.transferTeam : w.transferSkill} </span>
        {name}
      </span>
      {group && (
        <span className={`shrink-0 text-xs tabular-nums ${group.ready > 0 ? 'text-ok' : 'text-faint'}`}>{w.free(group.ready)}</span>
      )}
    </>
  )
}
