// `frontdesk migrate`: brings the schema up to this version. Starting Frontdesk does the same; this is for deployments that
// want it as a step of its own.
import { isMigrated, migrate } from '#store/migrate.ts'
import { openFor, unreachable } from './database.ts'
import { defineTask } from './task.ts'

const INSTEAD = {
  zh: '它启动时已经升级过数据库；要用这条命令，请先停止它。',
  en: 'It brought the database up to date when it started; to use this command, stop it first.',
}

export const task = defineTask({
  args: {},
  describe: {},
  examples: [
    ['npx frontdesk migrate', { zh: '升级 FRONTDESK_DATA 中的内置数据库', en: 'the embedded database in FRONTDESK_DATA' }],
    ['DATABASE_URL=postgres://… npx frontdesk migrate', { zh: '升级 PostgreSQL', en: 'a PostgreSQL server' }],
  ],
  async run({ env, screen }) {
    const database = await screen.busy({ zh: '打开数据库', en: 'Opening the database' }, () => openFor(env, INSTEAD))
    try {
      await isMigrated(database.db).catch(unreachable)
      const ran = await migrate(database.db)
      if (ran === 0) screen.mark('ok', { zh: '数据库已是最新', en: 'the database is up to date' }[screen.locale])
      else screen.mark('ok', { zh: `执行了 ${ran} 个迁移`, en: `${ran} ${ran === 1 ? 'migration' : 'migrations'} ran` }[screen.locale])
      screen.result({ ok: true, database: database.kind, ran })
      return true
    } finally {
      await database.close()
    }
  },
})
