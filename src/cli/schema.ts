// `frontdesk schema`: the JSON Schemas that editors complete and check the config files with.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { botSchema } from '#bot/schema.ts'
import { macrosSchema } from '#knowledge/macros.ts'
import { frontdeskSchema } from '../config.ts'
import { defineTask } from './task.ts'

const home = fileURLToPath(new URL('../../schema', import.meta.url))

/** File names and their contents. */
export function schemas(): Map<string, string> {
  const text = (schema: object) => `${JSON.stringify(schema, null, 2)}\n`
  return new Map([
    ['frontdesk.schema.json', text(frontdeskSchema())],
    ['bot.schema.json', text(botSchema())],
    ['macros.schema.json', text(macrosSchema())],
  ])
}

export const task = defineTask({
  args: { out: { type: 'string', valueHint: 'folder' }, verify: { type: 'boolean' } },
  describe: {
    out: { zh: '写到哪个目录；默认 schema/', en: 'where to write; schema/ unless told' },
    verify: { zh: '不写，只看是否最新；不是则退出码 1', en: 'write nothing; exit code 1 unless the files are up to date' },
  },
  examples: [
    ['npx frontdesk schema', { zh: '升级后重新生成', en: 'write them again after an upgrade' }],
    ['npx frontdesk schema --verify', { zh: '在 CI 中检查', en: 'check them in CI' }],
  ],
  async run({ args, screen }) {
    const folder = args.out ? resolve(args.out) : home
    const stale: string[] = []
    for (const [name, text] of schemas()) {
      const file = join(folder, name)
      const fresh = read(file) === text
      if (!fresh) stale.push(name)
      if (args.verify) screen.mark(fresh ? 'ok' : 'bad', file, fresh ? undefined : 'npx frontdesk schema')
      else {
        mkdirSync(folder, { recursive: true })
        writeFileSync(file, text)
        screen.mark('ok', file)
      }
    }
    const ok = !args.verify || stale.length === 0
    screen.result({ ok, folder, files: [...schemas().keys()], stale })
    return ok
  },
})

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
