// What keeps the house going: the event pump, the outbox pump, the router's passes, pollers, file copies, health checks.
import { every } from '#core/clock.ts'
import type { Inline } from '#core/connector.ts'
import { reason } from '#core/errors.ts'
import { ASSISTANT } from '#knowledge/settings.ts'
import type { Surging } from '#router/surge.ts'
import { expireLeases } from '#store/deliveries.ts'
import { awaitResults, type Finished, isOwnFault, type NewEvent, resultsOf } from '#store/events.ts'
import { beat, leave } from '#store/processes.ts'
import type { EventResult } from '#store/schema.ts'
import { dropLeases } from '#store/settings.ts'
import { fireTimers } from '#store/timers.ts'
import type { House } from './pipeline/house.ts'
import { readSurge } from './pipeline/surge.ts'
import type { Worked } from './pipeline.ts'
import { watchDesks } from './runner/ailing.ts'
import { type Asked, createAsked } from './runner/asked.ts'
import { createDoor } from './runner/door.ts'
import { createExperience } from './runner/experience.ts'
import { createHints } from './runner/hints.ts'
import { answerInline } from './runner/inline.ts'
import { lookAtBells, runIntake } from './runner/intake.ts'
import { createMissed } from './runner/missed.ts'
import { createOutbox } from './runner/outbox.ts'
import type { RunnerParts } from './runner/parts.ts'
import { BATCH, createPasses } from './runner/passes.ts'
import { createProfiles } from './runner/profiles.ts'
import { createSignal } from './runner/signal.ts'
import { createStanding } from './runner/standing.ts'
import { createSweep } from './runner/sweep.ts'
import { createWaiting } from './runner/waiting.ts'
import { createWatchdog, type Stuck } from './runner/watchdog.ts'

export type { Channel, DeskPart, RunnerParts } from './runner/parts.ts'

/** While the database computes for one batch, the next one is decided here; the embedded one has one connection. */
const WORKERS = { postgresql: 2, embedded: 1 }
const [IDLE_MS, BEAT_MS, DESKS_MS, ROUTE_MS] = [1_000, 5_000, 15_000, 5_000]
const [FILES_MS, PROFILES_MS, DRAIN_FILE_MS] = [2_000, 60_000, 15_000]

export interface Runner {
  /** Commits events and starts work on them. When it resolves, the platform may hear 200. */
  accept(rows: NewEvent[]): Promise<string[]>
  /** What is said to a customer in the answer to their call; undefined: nothing. `ids`: of the events that came with it. */
  answer(channelId: string, ids: string[], inline: Inline): Promise<Response | undefined>
  /** What came of an event, once it is worked on; undefined when that takes longer than `ms`. */
  settled(id: string, ms: number): Promise<EventResult | undefined>
  /** How much each FAQ entry is asked lately. */
  asked: Asked['now']
  /** Who waits beside an idle agent, as the watchdog saw it last. */
  stuck(): Stuck
  /** A channel that only rings has something to be read. */
  rang(): void
  /** Somebody came or went: look at the queue again. */
  reroute(): void
  start(): Promise<void>
  /**
   * Instead of the loops, where nothing may run between requests: works until nothing is due, or takes on nothing new after
   * `until`. Any number may run at once, here and elsewhere.
   */
  drain(until: Date): Promise<void>
  /** Tells the platforms where they reach us; false when one of them did not take it. */
  register(): Promise<boolean>
  /** Ends the loops; what is on the wire is finished first. */
  stop(): Promise<void>
}

export function createRunner(parts: RunnerParts): Runner {
  const abort = new AbortController()
  const calls = Array.from({ length: WORKERS[parts.database.kind] }, createSignal)
  const [queue, files, strangers] = [createSignal(), createSignal(), createSignal()]
  const profiles = createProfiles(parts)
  const wakeWork = () => calls[0]?.wake()
  const door = createDoor(parts, (rows) => passes.receive(rows), wakeWork)
  /** How many processes share the work, as far as this one knows. */
  let processes = 1
  const outbox = createOutbox(
    parts,
    () => processes,
    (rows) => door.accept(rows),
  )
  const asked = createAsked(parts)
  const experience = createExperience(parts)
  const sweep = createSweep(parts)
  const watchdog = createWatchdog(parts)
  const missed = createMissed(parts, wakeWork)
  const hints = createHints(parts, wakeWork)
  const standing = createStanding(parts)
  const startedAt = parts.clock.now()
  /** As this process saw it last, or was told by the one that routes. */
  let surge: Surging | undefined
  let down: ReadonlySet<string> = new Set()
  const house = (): House => ({
    ...parts.house(),
    surging: surge !== undefined,
    down,
    asked: asked.now(),
    // Nobody is made to wait for what is not asked.
    assistant: () => (outbox.rests(ASSISTANT) ? undefined : parts.house().assistant?.()),
  })
  const passes = createPasses(parts, {
    outbox,
    house,
    signal: abort.signal,
    onWorked,
    onRouted(routed) {
      surge = routed.surge
      follow(routed)
    },
    onWaiting: wakeWork,
  })
  const loops: Promise<void>[] = []
  const [{ log, live }, { db }] = [parts, parts.database]
  // Without loops `drain` looks.
  const waiting = createWaiting(parts.onWork ? undefined : results)

  async function results(ids: string[]): Promise<Finished[] | undefined> {
    try {
      return await resultsOf(db, ids)
    } catch (error) {
      log.warn({ error: reason(error) }, 'what came of an event cannot be read')
      return undefined
    }
  }

  /** An outage is no error of the house's: it passes, and nothing is lost by it. */
  function complain(error: unknown, what: string): void {
    log[isOwnFault(error) ? 'error' : 'warn']({ error: reason(error) }, what)
  }

  /** Tells browsers what changed, and the pumps what to do next. */
  function follow({ drafts, sending }: Pick<Worked, 'drafts' | 'sending'>): void {
    asked.count(drafts)
    experience.gather(drafts)
    const going = new Set(sending.map(({ id }) => id))
    const waiting = drafts.flatMap(({ newDeliveries }) => newDeliveries.filter(({ id, op }) => op !== 'update' && !going.has(id)))
    if (waiting.length > 0 || drafts.some(({ resend }) => resend.length > 0)) outbox.wake(waiting.map(({ lane }) => lane))
    if (profiles.note(drafts)) strangers.wake()
    for (const { conversation, newAttachments } of drafts) {
      live.publish(`conversation:${conversation.id}`, { type: 'changed', conversation: conversation.id })
      live.publish(`visitor:${conversation.channelId}:${conversation.userKey}`, { type: 'changed' })
      live.publish('console', { type: 'changed', conversation: conversation.id })
      if (newAttachments.length > 0) files.wake()
    }
  }

  /** Whoever waits hears, whoever watches sees. */
  function onWorked(worked: Worked): void {
    follow(worked)
    waiting.tell(worked.finished)
    if (worked.reroute) queue.wake()
  }

  async function workOnce(atOnce: boolean): Promise<number> {
    const events = await passes.work(atOnce)
    door.worked(events)
    return events
  }

  /** The first worker is woken by what comes in; a full batch wakes the next one. */
  async function workLoop(number: number): Promise<void> {
    const call = calls[number] ?? createSignal()
    while (!abort.signal.aborted) {
      try {
        const worked = await workOnce(true)
        if (worked === BATCH) calls[number + 1]?.wake()
        // Beside the first, a worker has its place only while batches are full: half of one costs as much as all of it.
        if (number > 0 ? worked < BATCH : worked === 0) await call.wait(IDLE_MS, abort.signal)
      } catch (error) {
        complain(error, 'events cannot be worked on; trying again')
        await call.wait(IDLE_MS, abort.signal)
      }
    }
  }

  async function routeLoop(): Promise<void> {
    while (!abort.signal.aborted) {
      await queue.wait(ROUTE_MS, abort.signal)
      if (!abort.signal.aborted) await routeOnce(true)
    }
  }

  /** How many conversations were told or given something. */
  async function routeOnce(atOnce: boolean): Promise<number> {
    try {
      return await passes.route(atOnce)
    } catch (error) {
      complain(error, 'the queue cannot be routed; trying again')
      return 0
    }
  }

  /** Says that we live, and looks how much waits. */
  async function beatLoop(): Promise<void> {
    const pause = createSignal()
    const [beats, looks] = [every(BEAT_MS), every(DESKS_MS)]
    while (!abort.signal.aborted) {
      try {
        if (beats.isDue(parts.clock.now())) {
          processes = await beat(db, parts.name, startedAt, parts.clock.now())
          surge = await readSurge(db)
        }
        if (looks.isDue(parts.clock.now())) down = await watchDesks(parts, house)
        await door.look()
        await ring()
        await asked.look()
        await experience.look()
        if (await watchdog.look(house())) queue.wake()
      } catch (error) {
        log.warn({ error: reason(error) }, 'the database does not answer; trying again')
      }
      await pause.wait(IDLE_MS, abort.signal)
    }
    await asked.look({ end: true }).catch((error) => log.warn({ error: reason(error) }, 'what was asked last could not be counted'))
    await experience.look({ end: true }).catch((error) => log.warn({ error: reason(error) }, 'the last questions could not be kept'))
    await leave(db, parts.name, parts.clock.now()).catch((error) =>
      log.warn({ error: reason(error) }, 'a process could not say that it ends'),
    )
  }

  /** What was waited for until now becomes events. */
  async function ring(): Promise<void> {
    await parts.lookAtFeeds?.()
    const swept = await sweep.look()
    if ((await fireTimers(db, parts.clock.now())) > 0 || swept) wakeWork()
  }

  async function filesLoop(): Promise<void> {
    while (!abort.signal.aborted) {
      try {
        if ((await parts.files.collect(abort.signal)) > 0) live.publish('console', { type: 'changed' })
      } catch (error) {
        complain(error, 'files cannot be copied; trying again')
      }
      await files.wait(FILES_MS, abort.signal)
    }
  }

  /** What could not be learnt is asked for again with the next, or a minute later. */
  async function profilesLoop(): Promise<void> {
    while (!abort.signal.aborted) {
      await strangers.wait(PROFILES_MS, abort.signal)
      if (!abort.signal.aborted) await profiles.collect(abort.signal)
    }
  }

  async function drain(until: Date): Promise<void> {
    const isOpen = () => parts.clock.now() < until
    await door.look()
    surge = await readSurge(db)
    await lookAtBells(parts, until)
    await ring()
    await asked.look()
    await Promise.all([missed, hints].map((one) => one.look(AbortSignal.timeout(DRAIN_FILE_MS))))
    while (isOpen() && (await workOnce(false)) > 0);
    // Whom another process works for right now is waited for: their answer is about to be committed.
    const ids = waiting.ids()
    if (ids.length > 0) waiting.tell(await awaitResults(db, ids))
    const [routed] = await Promise.all([routeOnce(false), outbox.drain(until)])
    if (routed > 0) await outbox.drain(until)
    // What webhooks answered meanwhile.
    while (isOpen() && (await workOnce(false)) > 0) await outbox.drain(until)
    await Promise.all([asked.look({ end: true }), experience.look({ end: true })])
    // One at a time, and each with a signal of its own: Workers have little memory, and share no signal between requests.
    while (isOpen() && (await parts.files.collect(AbortSignal.timeout(DRAIN_FILE_MS), 1)) > 0);
    if (isOpen()) await profiles.collect(AbortSignal.timeout(DRAIN_FILE_MS))
  }

  return {
    async accept(rows) {
      parts.pass('intake.received')
      const ids = await door.accept(parts.typing.sift(rows))
      parts.pass('intake.committed')
      if (ids.length > 0) parts.onWork?.()
      return ids
    },
    answer: (channelId, ids, inline) =>
      answerInline(parts, outbox, channelId, inline, async (ms) => {
        const done = new Set(((await results(ids)) ?? []).map(({ id }) => id))
        await Promise.all(ids.filter((id) => !done.has(id)).map((id) => waiting.settled(id, ms)))
      }),
    settled: waiting.settled,
    asked: asked.now,
    stuck: watchdog.found,
    rang: () => parts.onWork?.(),
    reroute() {
      queue.wake()
      parts.onWork?.()
    },
    drain,
    register: standing.register,
    async start() {
      if (parts.database.kind === 'embedded') {
        // Nobody else can be sending or polling: what a crash left behind is free at once.
        await expireLeases(db, parts.clock.now())
        await dropLeases(db)
      }
      const intake = runIntake(parts, wakeWork, abort.signal, missed)
      loops.push(
        ...calls.map((_call, number) => workLoop(number)),
        beatLoop(),
        routeLoop(),
        filesLoop(),
        profilesLoop(),
        standing.run(abort.signal),
        missed.run(abort.signal),
        hints.run(abort.signal),
        outbox.run(abort.signal),
        intake,
        standing.register().then(() => undefined),
      )
    },
    async stop() {
      abort.abort()
      await Promise.all(loops)
      // Callers who came before are still being saved: what is on record as being sent by then must be sent, and its outcome written.
      await passes.saved()
      await outbox.land()
    },
  }
}
