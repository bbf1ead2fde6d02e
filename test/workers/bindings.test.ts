// What wrangler.toml binds is what the code uses, under the names that the code uses: a slip shows here, not after a deployment.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { unstable_readConfig as readConfig } from 'wrangler'
import * as worker from '#src/worker/room.ts'

/** What of wrangler.toml is looked at; its own types need the types of the runtime. */
interface Toml {
  hyperdrive: { binding: string }[]
  durable_objects: { bindings: { name: string; class_name: string }[] }
  migrations: { new_sqlite_classes?: string[] }[]
  queues: { producers?: { binding: string; queue: string }[]; consumers?: { queue: string; dead_letter_queue?: string }[] }
  assets?: { binding?: string }
  triggers: { crons?: string[] }
}

const root = join(import.meta.dirname, '../..')
const config: Toml = readConfig({ config: join(root, 'wrangler.toml') })
const environment = readFileSync(join(root, 'src/worker/environment.ts'), 'utf8')

test('every binding has its key in Env, and the other way round', () => {
  const bound = [
    ...config.hyperdrive.map(({ binding }) => binding),
    ...config.durable_objects.bindings.map(({ name }) => name),
    ...(config.queues.producers ?? []).map(({ binding }) => binding),
    config.assets?.binding ?? '',
    /^# binding = "(\w+)"\n# bucket_name/m.exec(readFileSync(join(root, 'wrangler.toml'), 'utf8'))?.[1] ?? '',
  ]
  const used = [...environment.matchAll(/^ {2}([A-Z]+)\?:/gm)].map(([, name]) => name ?? '')
  expect(bound.toSorted()).toEqual(used.toSorted())
})

test('each class of objects is exported, and made by a migration with SQLite', () => {
  for (const { class_name: name } of config.durable_objects.bindings) {
    expect(Object.keys(worker)).toContain(name)
    expect(readFileSync(join(root, 'src/worker.ts'), 'utf8')).toContain(`export { ${name} }`)
    expect(config.migrations.flatMap((migration) => migration.new_sqlite_classes ?? [])).toContain(name)
  }
})

test('what is sent to the queue comes back to us, and what fails again and again is set aside', () => {
  const [producer] = config.queues.producers ?? []
  const [consumer] = config.queues.consumers ?? []
  expect(consumer?.queue).toBe(producer?.queue)
  expect(consumer?.dead_letter_queue).toBe(`${producer?.queue}-dead`)
  expect(config.triggers.crons).toEqual(['* * * * *'])
})
