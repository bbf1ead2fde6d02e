// A PostgreSQL, a crowd, and the programs that are measured on them; all of it is gone afterwards, however the part ends.
import { type Crowd, type Crushed, type CrushOptions, startCrowd } from './crowds.ts'
import { type BenchDatabase, startDatabase } from './database.ts'
import { cpuOf, type Program, startHouse, startPeer } from './processes.ts'
import type { Check } from './report.ts'
import { counted, type Heard, settle } from './stored.ts'

/** Cores used while a run lasted: by the program, by PostgreSQL, and by the load generator, which shares the machine with both. */
export interface Cost {
  program: number
  postgresql: number
  generator: number
}

export interface Bot {
  name: string
  programs: Program[]
  run(options?: Partial<CrushOptions>): Promise<{ crushed: Crushed; cost: Cost }>
}

export interface House extends Bot {
  /** Absent for the embedded database. */
  url: string
  /** Waits until nothing is left to do. */
  settle(): Promise<void>
  /** What the crowd heard of it, all in all. */
  heard(): Promise<Heard>
  /** Settles, and compares what the crowd heard with what is stored. */
  counted(): Promise<Check>
  stop(): Promise<void>
}

export interface HouseOptions {
  /** A database that is there already. */
  url?: string
  /** A folder for the embedded database, instead of PostgreSQL. */
  data?: string
  processes?: number
  /** A folder for CPU profiles. */
  profile?: string
  /** What lies in the database from before. */
  before?: number
}

export interface Stage {
  database: BenchDatabase
  crowd: Crowd
  house(name: string, options?: HouseOptions): Promise<House>
  peer(name: string, file: string, env?: Record<string, string>): Promise<Bot>
}

export async function onStage<T>(settings: Record<string, string>, task: (stage: Stage) => Promise<T>): Promise<T> {
  const database = await startDatabase(settings)
  const crowd = await startCrowd()
  const bots: Bot[] = []
  const enter = <B extends Bot>(bot: B): B => {
    bots.push(bot)
    return bot
  }
  try {
    return await task({
      database,
      crowd,
      house: async (name, options) => enter(await houseOf(database, crowd, name, options)),
      peer: async (name, file, env) => {
        const program = await startPeer(file, { ...env, API_ROOT: crowd.api(name.replaceAll(/\W/g, '')) })
        return enter(botOf(database, crowd, name, [program]))
      },
    })
  } finally {
    for (const { programs } of bots) for (const program of programs) await program.stop()
    crowd.close()
    await database.stop()
  }
}

function botOf(database: BenchDatabase, crowd: Crowd, name: string, programs: Program[]): Bot {
  const cpu = () => ({ program: programs.reduce((sum, { pid }) => sum + cpuOf(pid), 0), postgresql: cpuOf(database.pid) })
  return {
    name,
    programs,
    async run(options) {
      const before = cpu()
      const startedAt = performance.now()
      const crushed = await crowd.run({ ports: programs.map(({ port }) => port), ...options })
      const after = cpu()
      const seconds = (performance.now() - startedAt) / 1000
      const cores = (used: number) => Math.round((used / seconds) * 100) / 100
      const cost = { program: cores(after.program - before.program), postgresql: cores(after.postgresql - before.postgresql) }
      return { crushed, cost: { ...cost, generator: cores(crushed.cpuSeconds) } }
    },
  }
}

async function houseOf(database: BenchDatabase, crowd: Crowd, name: string, options: HouseOptions = {}): Promise<House> {
  const { data, profile, processes = 1, before = 0 } = options
  const url = data ? '' : (options.url ?? (await database.fresh(name)))
  const programs: Program[] = []
  for (let n = 0; n < processes; n++) programs.push(await startHouse({ apiRoot: crowd.api(name), databaseUrl: url, data, profile }))
  const bot = botOf(database, crowd, name, programs)
  let accepted = 0
  const heard = async () => ({ accepted, sent: await crowd.sentBy(name), before })
  return {
    ...bot,
    url,
    async run(options) {
      const done = await bot.run(options)
      accepted += done.crushed.accepted
      return done
    },
    settle: () => settle(url),
    heard,
    async counted() {
      await settle(url)
      return counted(name, url, await heard())
    },
    async stop() {
      for (const program of programs) await program.stop()
    },
  }
}
