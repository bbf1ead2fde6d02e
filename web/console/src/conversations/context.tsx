// Who the customer is, why it came to a person, and what happened so far.
import type { ReactNode } from 'react'
import type { ConversationDetail } from '#http/console/protocol.ts'
import { ChannelIcon } from '../channel-icon.tsx'
import { Icon } from '../icons.tsx'
import { useSkillName } from '../queries.ts'
import { clockTime, fullTime, shortTime } from '../time.ts'
import { Avatar, Chip } from '../ui.tsx'
import type { Words } from '../words.en.ts'
import { useWords } from '../words.ts'
import { Followups, Sorting, Standing } from './sorting.tsx'

export function Context({ detail }: { detail: ConversationDetail }) {
  const t = useWords()
  return (
    <div className="flex flex-col divide-y divide-line">
      <Profile detail={detail} />
      <Sorting detail={detail} />
      <Followups detail={detail} />
      {detail.handoff && (
        <Section title={t.handoffTitle}>
          <p className="text-sm">{detail.handoff.reason}</p>
          <Told label={t.handoffNote} text={detail.handoff.note} />
          <Told label={t.handoffCollected} text={detail.handoff.collected?.map(({ name, value }) => `${name}: ${value}`).join('\n')} />
          <Told label={t.handoffTried} text={detail.handoff.tried?.join('\n')} />
        </Section>
      )}
      {detail.csat && <Rating csat={detail.csat} />}
      {detail.threads.length > 0 && <Threads threads={detail.threads} />}
      <Trail trail={detail.trail} />
      {detail.decisions.length > 0 && <Decisions decisions={detail.decisions} />}
    </div>
  )
}

function Told({ label, text }: { label: string; text: string | undefined }) {
  if (!text) return null
  return (
    <div className="mt-2 rounded-md bg-sunken px-3 py-2">
      <p className="text-2xs font-medium text-faint">{label}</p>
      <p className="mt-0.5 whitespace-pre-wrap break-words text-sm text-muted">{text}</p>
    </div>
  )
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="px-5 py-4">
      <h3 className="mb-2 text-xs font-medium text-faint">{title}</h3>
      {children}
    </section>
  )
}

function Profile({ detail }: { detail: ConversationDetail }) {
  const t = useWords()
  const skillName = useSkillName()
  const { profile } = detail
  const facts: [string, string | undefined][] = [
    [t.firstSeen, shortTime(profile.firstSeenAt, Date.now(), t)],
    [t.lastSeen, shortTime(profile.lastSeenAt, Date.now(), t)],
    [t.speaks, profile.locale],
    [t.conversationCount, String(profile.conversations)],
  ]
  return (
    <section className="px-5 py-4">
      <h3 className="sr-only">{t.customer}</h3>
      <div className="flex items-center gap-3">
        <Avatar name={profile.name} size={40} />
        <div className="min-w-0">
          <p className="truncate text-base font-semibold">{profile.name}</p>
          <p className="flex items-center gap-1.5 text-xs text-faint">
            <ChannelIcon type={detail.channel.type} size={14} /> <span className="truncate">{detail.channel.title}</span>
          </p>
        </div>
      </div>
      {detail.skill && (
        <div className="mt-3 flex flex-wrap gap-1.5">
          <Chip>
            {t.skill}: {skillName(detail.skill)}
          </Chip>
        </div>
      )}
      <Standing detail={detail} until={detail.snoozedUntil && fullTime(detail.snoozedUntil, t)} />
      <dl className="mt-3 grid grid-cols-[auto_1fr] gap-x-4 gap-y-1 text-sm">
        {facts.map(
          ([label, value]) =>
            value && (
              <div key={label} className="col-span-2 grid grid-cols-subgrid">
                <dt className="text-faint">{label}</dt>
                <dd className="text-right tabular-nums">{value}</dd>
              </div>
            ),
        )}
      </dl>
      {profile.identities.length > 0 && <Identities list={profile.identities} />}
    </section>
  )
}

function Identities({ list }: { list: ConversationDetail['profile']['identities'] }) {
  const t = useWords()
  return (
    <>
      <h4 className="mt-3 text-xs font-medium text-faint">{t.identities}</h4>
      <ul className="mt-1 flex flex-col gap-1 text-sm">
        {list.map((identity) => (
          <li key={`${identity.channel} ${identity.value}`} className="flex gap-2">
            <span className="shrink-0 text-faint">{identity.channel}</span>
            <span className="ml-auto min-w-0 text-right [overflow-wrap:anywhere]">{identity.value}</span>
          </li>
        ))}
      </ul>
    </>
  )
}

function Rating({ csat }: { csat: NonNullable<ConversationDetail['csat']> }) {
  const t = useWords()
  return (
    <Section title={t.csatTitle}>
      <p className="flex items-center gap-2 text-sm">
        <span aria-hidden="true" className="flex text-warn">
          {[1, 2, 3, 4, 5].map((step) => (
            <Icon key={step} name="star" className={step <= csat.score ? 'fill-current' : 'opacity-40'} />
          ))}
        </span>
        {t.csat(csat.score)}
      </p>
      {csat.comment && <p className="mt-1.5 text-sm text-muted">{csat.comment}</p>}
    </Section>
  )
}

function Threads({ threads }: { threads: ConversationDetail['threads'] }) {
  const t = useWords()
  const tones = { open: 'ok', lost: 'bad', closed: 'plain' } as const
  return (
    <Section title={t.threadsTitle}>
      <ul className="flex flex-col gap-1.5 text-sm">
        {threads.map((thread) => (
          <li key={`${thread.desk} ${thread.state}`} className="flex items-center justify-between gap-3">
            <span className="truncate">{thread.desk}</span>
            <Chip tone={tones[thread.state]}>{t.threadState[thread.state]}</Chip>
          </li>
        ))}
      </ul>
    </Section>
  )
}

/** The server's word for what happened, in the agent's language when it is one of ours. */
export function trailWords(what: string, t: Words): string {
  return Object.hasOwn(t.trail, what) ? t.trail[what as keyof Words['trail']] : what
}

/** Why this agent, or why still nobody: what the router decided, newest first. */
function Decisions({ decisions }: { decisions: ConversationDetail['decisions'] }) {
  const t = useWords()
  return (
    <Section title={t.decisionsTitle}>
      <ul className="space-y-2 text-sm">
        {decisions.toReversed().map((one) => (
          <li key={`${one.at} ${one.what}`}>
            <p className="break-words">{one.what}</p>
            <p className="text-xs text-muted">{fullTime(one.at, t)}</p>
          </li>
        ))}
      </ul>
    </Section>
  )
}

function Trail({ trail }: { trail: ConversationDetail['trail'] }) {
  const t = useWords()
  return (
    <Section title={t.trailTitle}>
      <ol className="flex flex-col">
        {trail.map((step, index) => (
          <li key={`${step.at} ${step.what}`} className="relative flex gap-3 pb-3 text-sm last:pb-0">
            {index < trail.length - 1 && <span aria-hidden="true" className="absolute left-[3px] top-4 h-full w-px bg-line" />}
            <span aria-hidden="true" className="mt-[7px] size-[7px] shrink-0 rounded-full bg-line-strong" />
            <span className="min-w-0 flex-1">
              {trailWords(step.what, t)}
              {step.who && <span className="text-faint"> · {step.who}</span>}
            </span>
            <time dateTime={step.at} title={fullTime(step.at, t)} className="shrink-0 text-2xs leading-5 text-faint tabular-nums">
              {clockTime(step.at, t)}
            </time>
          </li>
        ))}
      </ol>
    </Section>
  )
}
