// What is connected, what is stuck, and what to do about it, in words.
import { useQuery, useSuspenseQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { Connection, FeedHealth, SystemState } from '#http/console/protocol-state.ts'
import { ChannelIcon } from '../channel-icon.tsx'
import { Icon } from '../icons.tsx'
import { meQuery, systemQuery } from '../queries.ts'
import { useTitle } from '../shell.tsx'
import { clockTime, comingTime } from '../time.ts'
import { Chip, Empty, Failed, Skeletons } from '../ui.tsx'
import { Card, Page } from './page.tsx'
import { type SystemWords, useSystemWords } from './system-words.ts'

export function System() {
  const t = useSystemWords()
  const system = useQuery(systemQuery)
  useTitle(t.system)
  return (
    <Page title={t.system} help={t.systemHelp}>
      {system.data ? (
        <State state={system.data} />
      ) : system.error ? (
        <Failed error={system.error} retry={() => void system.refetch()} />
      ) : (
        <Skeletons count={5} className="flex gap-3 px-1 py-4" />
      )}
    </Page>
  )
}

function State({ state }: { state: SystemState }) {
  const t = useSystemWords()
  const sick = [...state.channels, ...state.desks].filter((one) => one.state !== 'connected' || one.resting || one.down)
  const count = sick.length + state.problems.length + state.feeds.filter(({ trouble }) => trouble).length + (state.restart ? 1 : 0)
  return (
    <>
      <p
        role="status"
        className={`mb-6 flex items-center gap-2 rounded-xl px-4 py-3 text-sm font-medium ${count > 0 ? 'bg-warn-soft text-warn' : 'bg-ok-soft text-ok'}`}
      >
        <Icon name={count > 0 ? 'alert' : 'check'} />
        {count > 0 ? t.needsCare(count) : t.allWell}
      </p>
      {state.restart && (
        <Card id="restart" title={t.restart}>
          <p className="px-4 py-3 text-sm">{t.restartHelp}</p>
        </Card>
      )}
      {state.problems.length > 0 && <Problems problems={state.problems} />}
      <Card id="channels" title={t.channels} help={t.channelsHelp}>
        <Connections list={state.channels} empty={<Empty icon="talk" title={t.noChannels} help={t.noChannelsHelp} />} />
      </Card>
      <Card id="desks" title={t.desks} help={t.desksHelp}>
        <Connections list={state.desks} empty={<Empty icon="people" title={t.noDesks} help={t.noDesksHelp} />} />
      </Card>
      {state.feeds.length > 0 && (
        <Card id="feeds" title={t.feeds} help={t.feedsHelp}>
          <ul className="divide-y divide-line">
            {state.feeds.map((feed) => (
              <Feed key={`${feed.calendar} ${feed.feed}`} feed={feed} />
            ))}
          </ul>
        </Card>
      )}
      <Card id="deliveries" title={t.deliveries} help={t.deliveriesHelp}>
        <Deliveries deliveries={state.deliveries} />
      </Card>
      <Card id="database" title={t.database}>
        <div className="flex items-start gap-3 px-4 py-3.5">
          <Icon name="database" size={20} className="mt-0.5 text-faint" />
          <div>
            <p className="font-medium">{t.databaseIs[state.database]}</p>
            <p className="text-sm text-faint">{t.databaseHelp[state.database]}</p>
          </div>
        </div>
      </Card>
    </>
  )
}

function Problems({ problems }: { problems: SystemState['problems'] }) {
  const t = useSystemWords()
  return (
    <Card id="problems" title={t.problems} help={t.problemsHelp}>
      <ul className="divide-y divide-line">
        {problems.map((problem) => (
          <li key={`${problem.place} ${problem.message}`} className="flex flex-col gap-0.5 px-4 py-3 md:flex-row md:gap-4">
            <code className="shrink-0 text-sm font-medium text-danger [overflow-wrap:anywhere] md:w-52">{problem.place}</code>
            <span className="text-sm">{problem.message}</span>
          </li>
        ))}
      </ul>
    </Card>
  )
}

export type Health = keyof SystemWords['health']

export function healthOf(state: string): Health | null {
  return state === 'connected' || state === 'transient' || state === 'bad_credentials' || state === 'misconfigured' ? state : null
}

function Connections({ list, empty }: { list: Connection[]; empty: ReactNode }) {
  if (list.length === 0) return empty
  return (
    <ul className="divide-y divide-line">
      {list.map((one) => (
        <ConnectionRow key={one.id} one={one} />
      ))}
    </ul>
  )
}

function ConnectionRow({ one }: { one: Connection }) {
  const t = useSystemWords()
  const health = healthOf(one.state)
  const tones = { connected: 'ok', transient: 'warn', bad_credentials: 'bad', misconfigured: 'bad' } as const
  const advice = health ? t.healthAdvice[health] : ''
  return (
    <li className="flex items-start gap-3 px-4 py-3.5">
      <ChannelIcon type={one.type} size={28} />
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-baseline gap-x-2">
          <span className="font-medium">{one.title}</span>
          <span className="text-xs text-faint">{[one.account, one.id].filter(Boolean).join(' · ')}</span>
        </p>
        {one.detail && <p className="mt-0.5 text-sm text-muted [overflow-wrap:anywhere]">{one.detail}</p>}
        {advice && <p className="mt-0.5 text-sm text-faint">{advice}</p>}
        {one.down && <p className="mt-0.5 text-sm text-bad [overflow-wrap:anywhere]">{t.deskDown(clockTime(one.down.since, t))}</p>}
        {one.resting && (
          <>
            <p className="mt-0.5 text-sm text-muted [overflow-wrap:anywhere]">{one.resting.reason}</p>
            <p className="mt-0.5 text-sm text-faint">{t.restingHelp}</p>
          </>
        )}
      </div>
      {one.resting && (
        <Chip tone="warn" icon="pause" className="mt-0.5">
          {t.resting(clockTime(one.resting.until, t))}
        </Chip>
      )}
      <Chip tone={health ? tones[health] : 'plain'} icon={health === 'connected' ? 'check' : health ? 'alert' : 'clock'} className="mt-0.5">
        {health ? t.health[health] : t.healthUnknown}
      </Chip>
    </li>
  )
}

function Feed({ feed: { calendar, feed, readAt, trouble } }: { feed: FeedHealth }) {
  const t = useSystemWords()
  const time = (at: string) => comingTime(at, Date.now(), t)
  return (
    <li className="flex items-start gap-3 px-4 py-3.5">
      <Icon name="clock" size={20} className="mx-1 mt-0.5 text-faint" />
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-baseline gap-x-2">
          <span className="font-medium">{t.feedOf(calendar)}</span>
          <span className="text-xs text-faint [overflow-wrap:anywhere]">
            {[feed, !trouble && readAt && t.feedRead(time(readAt))].filter(Boolean).join(' · ')}
          </span>
        </p>
        {trouble && (
          <>
            <p className="mt-0.5 text-sm text-muted [overflow-wrap:anywhere]">{trouble.error}</p>
            <p className="mt-0.5 text-sm text-muted">
              {t.feedSince(time(trouble.since), time(trouble.nextAt))} {readAt ? t.feedHolds(time(readAt)) : t.feedNever}
            </p>
            <p className="mt-0.5 text-sm text-faint [overflow-wrap:anywhere]">{trouble.advice}</p>
          </>
        )}
      </div>
      <Chip tone={trouble ? 'warn' : readAt ? 'ok' : 'plain'} icon={trouble ? 'alert' : readAt ? 'check' : 'clock'} className="mt-0.5">
        {trouble ? t.feedFails : readAt ? t.feedOk : t.feedUnread}
      </Chip>
    </li>
  )
}

function Deliveries({ deliveries }: { deliveries: SystemState['deliveries'] }) {
  const t = useSystemWords()
  const states = ['pending', 'failed', 'unknown', 'held', 'expired', 'dead'] as const
  const { data: me } = useSuspenseQuery(meQuery)
  const stuck = states.some((state) => state !== 'pending' && deliveries[state] > 0)
  return (
    <>
      <dl className="grid grid-cols-2 gap-px bg-line md:grid-cols-3 xl:grid-cols-6">
        {states.map((state) => {
          const [label, help] = t.deliveryCounts[state]
          const bad = state !== 'pending' && deliveries[state] > 0
          return (
            <div key={state} className="flex flex-col bg-surface px-4 py-3.5">
              <dt className="text-sm text-muted">{label}</dt>
              <dd className={`order-first text-xl font-semibold tabular-nums ${bad ? 'text-warn' : ''}`}>{deliveries[state]}</dd>
              <dd className="text-xs text-faint">{help}</dd>
            </div>
          )
        })}
      </dl>
      {stuck && me.role !== 'agent' && (
        <Link
          to="/attention"
          className="flex items-center gap-1.5 border-t border-line px-4 py-2.5 text-sm font-medium text-accent-text hover:bg-hover"
        >
          {t.attentionToList}
          <Icon name="arrow" />
        </Link>
      )}
    </>
  )
}
