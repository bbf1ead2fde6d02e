// The composition root: config → parts → { fetch, start, stop }. Nothing is decided here, only joined.
import type { Context, Hono } from 'hono'
import type { UpgradeWebSocket } from 'hono/ws'
import { connectors } from '#connectors/index.ts'
import { LINK_DAYS } from '#core/adapt.ts'
import type { Scan } from '#core/admission.ts'
import type { Clock } from '#core/clock.ts'
import type { Connector, Deps, Exchange, Health, Logger, Recall } from '#core/connector.ts'
import type { Converter } from '#core/convert.ts'
import type { Desk, DeskDeps } from '#core/desk.ts'
import { formatProblem, type Problem } from '#core/document.ts'
import { reason } from '#core/errors.ts'
import type { Inbound } from '#core/event.ts'
import type { Dates } from '#core/hours.ts'
import type { Live } from '#core/live.ts'
import type { MailLines } from '#core/mail.ts'
import { type Pass, unwatched } from '#core/milestone.ts'
import type { XmppLines } from '#core/xmpp.ts'
import { desks as deskKinds } from '#handoff/index.ts'
import { createHttp, type Lines } from '#http/index.ts'
import type { Rooms } from '#http/parts.ts'
import { MACROS } from '#knowledge/read.ts'
import { overFetch } from '#platforms/wire.ts'
import { linkedPeople, syncAgents } from '#store/agents.ts'
import type { Blobs } from '#store/blobs.ts'
import type { Database } from '#store/database.ts'
import { answersSince, lastFrom, whoseIds } from '#store/recall.ts'
import { restoredUntil } from '#store/restored.ts'
import { houseSecret, memoryOf } from '#store/settings.ts'
import { agentsOf, houseOf } from './app/house.ts'
import { calendarsOf, feedsOf } from './config/calendars.ts'
import { mistakeIn } from './config/mistake.ts'
import { type Config, type ConfigSource, type Entry, loadConfig } from './config.ts'
import { createFiles, originalOf } from './files.ts'
import { signFile } from './http/files.ts'
import type { House } from './pipeline/house.ts'
import { channelEvents } from './pipeline.ts'
import { createFeeds } from './runner/feeds.ts'
import { createLearning, type Train } from './runner/learn.ts'
import { openOutside } from './runner/outside.ts'
import { createPeople } from './runner/people.ts'
import { createTyping } from './runner/typing.ts'
import { type Channel, createRunner, type DeskPart, type Runner } from './runner.ts'

const LINK_MS = LINK_DAYS * 24 * 3_600_000

export interface AppParts {
  database: Database
  blobs: Blobs
  /** Looks at each file before it is kept. */
  scan?: Scan
  /** Makes files fit for channels that do not take them as they are. */
  converter?: Converter
  live: Live
  clock: Clock
  log: Logger
  config: Config
  source: ConfigSource
  /** Names this process in the cluster. */
  name: string
  fetch?: typeof fetch
  /** How short calls are made, where the runtime has something cheaper than `fetch`. */
  exchange?: Exchange
  /** Lines to mail servers, where the runtime has sockets. */
  mail?: MailLines
  /** Lines to XMPP servers, likewise. */
  xmpp?: XmppLines
  upgrade?: UpgradeWebSocket
  rooms?: Rooms
  clientIp?(context: Context): string
  /** Where no loops run: called after each commit that leaves something to do. */
  onWork?(): void
  /** What each part said of itself last; seeded by runtimes that know more than the parts. */
  health?: Map<string, Health>
  statics?(app: Hono): void
  /** Told of each milestone in passing. */
  pass?: Pass
  /** How the bot's FAQ is learnt, where that is possible here. Absent: what another process learnt is used. */
  train?: Train
}

export interface App {
  fetch: Hono['fetch']
  http: Hono
  runner: Runner
  channels: Map<string, Channel>
  desks: Map<string, DeskPart>
  lines: Lines
  /** Commits what reached a channel by a way of the runtime's own: mail on Workers. */
  take(channel: string, events: Inbound[]): Promise<void>
  /** Reads the files again. Problems leave everything as it is. */
  reload(): Promise<Problem[]>
  /** Takes up what is known of the FAQ beyond its words; by itself from `start` on and after a reload. */
  learn(): Promise<void>
  start(): Promise<void>
  stop(): Promise<void>
}

export async function createApp(parts: AppParts): Promise<App> {
  const { database, blobs, live, clock, log } = parts
  const publicUrl = parts.config.settings.publicUrl ? new URL(parts.config.settings.publicUrl) : undefined
  const secret = await houseSecret(database.db, 'visitors')
  const channels = new Map<string, Channel>()
  const desks = new Map<string, DeskPart>()
  const connectorsById = new Map<string, Connector>()
  const desksById = new Map<string, Desk>()
  let { files: filing } = parts.config.settings
  const files = createFiles({
    db: database.db,
    blobs,
    clock,
    connectors: connectorsById,
    desks: desksById,
    limits: () => ({ maxBytes: Math.floor(filing.maxMegabytes * 1024 * 1024), refuse: filing.refuse }),
    scan: parts.scan,
    converter: parts.converter,
    log,
    pass: parts.pass ?? unwatched,
  })
  const links: House['link'] = ({ id: handle }) => {
    const id = originalOf(handle)
    return publicUrl && new URL(`/chat/v1/files/${id}?s=${signFile(secret, id, clock.now(), LINK_MS)}`, publicUrl).href
  }
  const { fetch: request = fetch, exchange = overFetch(request) } = parts
  const inner = {
    mail: parts.mail,
    xmpp: parts.xmpp,
    pass: parts.pass,
    secret: await houseSecret(database.db, 'replies'),
    ...keeping(blobs),
  }
  const depsOf = (id: string): Deps => ({
    ...inner,
    id,
    fetch: request,
    exchange,
    now: clock.now,
    log,
    file: files.open,
    link: links,
    live,
    memory: memoryOf(database.db, id),
    recall: recallOf(database, id),
  })

  for (const entry of parts.config.settings.channels) channels.set(entry.id, channelOf(entry, depsOf(entry.id)))
  for (const entry of deskEntries(parts.config))
    desks.set(entry.id, deskOf(entry, parts.config, { ...depsOf(entry.id), people: () => linkedPeople(database.db, entry.id) }))
  for (const channel of channels.values()) connectorsById.set(channel.id, channel.connector)
  for (const desk of desks.values()) desksById.set(desk.id, desk.desk)

  const restored = await restoredUntil(database.db)
  const consoleUrl = (id: string) => publicUrl && new URL(`/console/conversations/${id}`, publicUrl).href
  const addresses = { link: links, makes: parts.converter?.makes, consoleUrl, assistant: () => outside.assistant?.patience() }
  let house: House = { ...houseOf(parts.config, channels, desks, clock, addresses), restoredUntil: restored }
  const outsideOf = ({ settings }: Config) =>
    openOutside(settings, { db: database.db, clock, log, exchange, name: parts.name, bot: () => house.bot })
  let outside = outsideOf(parts.config)
  const stopping = new AbortController()
  const prepare = () => void outside.assistant?.prepare(stopping.signal)
  let problems: Problem[] = []
  let waitsForRestart = false
  let { lesson } = parts.config
  const learning = createLearning({ db: database.db, log, name: parts.name, ...(parts.train && { train: parts.train }) })
  const learn = () =>
    learning.learn(lesson, (bot) => {
      house = { ...house, bot }
    })
  /** Files that were there: one that is missing now was not meant to be empty. */
  const known = new Set(FILES.filter((name) => parts.source.read(name) !== undefined))
  const health = parts.health ?? new Map<string, Health>()

  const people = createPeople({ database, desks, clock, log })
  const typing = createTyping({ database, channels, desks, clock, log, live, house: () => house })
  const feeds = createFeeds({ memory: memoryOf(database.db, 'hours'), clock, log, fetch: request, read: (name) => parts.source.read(name) })
  let settings = parts.config.settings
  let feedList = feedsOf(settings)
  let feedDates: ReadonlyMap<string, Dates> = new Map()
  const withFeeds = (one: House): House => ({
    ...one,
    service: { ...one.service, calendars: calendarsOf(settings, (key) => feedDates.get(key)) },
  })

  const runner = createRunner({
    database,
    people,
    typing,
    clock,
    log,
    live,
    files,
    channels,
    desks,
    webhooks: () => outside.all,
    house: () => house,
    async lookAtFeeds() {
      if (feedList.length === 0) return
      const dates = await feeds.look(feedList)
      if (!dates) return
      feedDates = dates
      house = withFeeds(house)
    },
    health,
    name: parts.name,
    onWork: parts.onWork,
    pass: parts.pass ?? unwatched,
    publicUrl,
  })
  const http = createHttp({
    database,
    people,
    typing,
    runner,
    files,
    live,
    clock,
    log,
    channels,
    desks,
    health,
    house: () => house,
    problems: () => problems,
    waitsForRestart: () => waitsForRestart,
    feeds: () => feeds.states(feedList),
    bot: { ...parts.source, mistakeIn: (text) => mistakeIn(text, settings, parts.source.read) },
    publicUrl,
    secret,
    upgrade: parts.upgrade,
    rooms: parts.rooms,
    clientIp: parts.clientIp ?? (() => 'unknown'),
    statics: parts.statics,
  })
  await syncAgents(database.db, agentsOf(parts.config), clock.now())

  /** All of the new config or nothing of it: the house changes last. */
  async function takeUp(): Promise<Problem[]> {
    const vanished = FILES.filter((name) => parts.source.read(name) === undefined && known.has(name))
    if (vanished.length > 0) return vanished.map(gone)
    const loaded = loadConfig(parts.source)
    for (const warning of loaded.warnings) log.warn({}, formatProblem(warning, 'en'))
    if ('problems' in loaded) return loaded.problems
    await syncAgents(database.db, agentsOf(loaded.config), clock.now())
    filing = loaded.config.settings.files
    settings = loaded.config.settings
    feedList = feedsOf(settings)
    house = withFeeds({ ...houseOf(loaded.config, channels, desks, clock, addresses), restoredUntil: restored })
    outside = outsideOf(loaded.config)
    prepare()
    for (const name of FILES) if (parts.source.read(name) !== undefined) known.add(name)
    waitsForRestart = wiringOf(loaded.config) !== wiringOf(parts.config)
    if (waitsForRestart)
      log.warn({}, 'channels, desks, publicUrl, files.store or files.scan changed in frontdesk.yaml: restart to use them')
    lesson = loaded.config.lesson
    void learn()
    runner.reroute()
    return []
  }

  return {
    fetch: http.app.fetch,
    http: http.app,
    runner,
    channels,
    desks,
    lines: http.lines,
    async take(channel, events) {
      await runner.accept(channelEvents(channel, events, house))
    },
    async reload() {
      problems = await takeUp().catch((error) => [trouble(error)])
      live.publish('console', { type: 'changed' })
      return problems
    },
    learn,
    async start() {
      void learn()
      prepare()
      await runner.start()
    },
    async stop() {
      http.closeSockets()
      stopping.abort()
      await Promise.all([learning.stop(), runner.stop()])
    },
  }
}

function recallOf({ db }: Database, id: string): Recall {
  return {
    whose: (ids) => whoseIds(db, id, ids),
    last: (address) => lastFrom(db, id, address),
    answered: (user, since) => answersSince(db, id, user, since),
  }
}

/** Not the id of an attachment: whoever meets it makes one of it first. */
const KEPT = 'kept:'

/** Under the name of an attachment, made of the bytes. */
function keeping(blobs: Blobs): Required<Pick<Deps, 'keep' | 'kept'>> {
  return {
    async keep(bytes) {
      const digest = Buffer.from(await crypto.subtle.digest('SHA-256', new Uint8Array(bytes))).toString('hex')
      const id = `att_${digest.slice(0, 32)}`
      await blobs.put(id, bytes)
      return KEPT + id
    },
    kept: async (id) => (id.startsWith(KEPT) ? blobs.get(id.slice(KEPT.length)) : undefined),
  }
}

const FILES = ['frontdesk.yaml', 'bot.yaml', MACROS]

function gone(file: string): Problem {
  return {
    file,
    line: 1,
    column: 1,
    path: '',
    message: { zh: '文件不见了，继续使用之前的配置', en: 'the file is gone; the config before it still serves' },
  }
}

/** What no schema can foresee: a folder that cannot be read, an e-mail that is taken. */
function trouble(error: unknown): Problem {
  const words = reason(error)
  return {
    file: 'frontdesk.yaml',
    line: 1,
    column: 1,
    path: '',
    message: { zh: words.split('\n').at(-1) ?? words, en: words.split('\n')[0] ?? words },
  }
}

function channelOf(entry: Entry, deps: Deps): Channel {
  const definition = connectors[entry.type]
  if (!definition) throw new Error(`no connector ${entry.type}`)
  const connector = definition.create(entry.settings, deps)
  return { id: entry.id, definition, connector, settings: entry.settings, inbound: definition.inbound(entry.settings) }
}

function deskOf(entry: Entry, config: Config, deps: Omit<DeskDeps, 'locale'>): DeskPart {
  const definition = deskKinds[entry.type]
  if (!definition) throw new Error(`no desk ${entry.type}`)
  const locale = entry.settings.locale === 'en' || entry.settings.locale === 'zh' ? entry.settings.locale : config.settings.locale
  return {
    id: entry.id,
    definition,
    desk: definition.create(entry.settings, { ...deps, locale }),
    inbound: definition.inbound(entry.settings),
  }
}

/** The console is there even when the file names no desk: somebody must be able to answer. */
function deskEntries(config: Config): Entry[] {
  const { desks } = config.settings
  return desks.some((entry) => entry.type === 'console') ? desks : [...desks, { id: 'console', type: 'console', settings: {} }]
}

/** What only a restart can change. */
function wiringOf({ settings }: Config): string {
  return JSON.stringify([settings.publicUrl, settings.channels, settings.desks, settings.files.store, settings.files.scan])
}
