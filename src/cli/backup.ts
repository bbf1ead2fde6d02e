// `frontdesk backup`: everything that the house knows, in one file. While it runs, with PostgreSQL.
import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { Pass } from '#core/milestone.ts'
import { type BackedUp, backup } from '#store/backup.ts'
import type { Environment } from '../node/environment.ts'
import { blobsOf } from '../node/store.ts'
import { productVersion } from '../node/version.ts'
import { openFor, unreachable } from './database.ts'
import { exitOnSignals, megabytes, withPercent } from './percent.ts'
import type { Screen } from './screen.ts'
import { defineTask, Refusal } from './task.ts'

const INSTEAD = {
  zh: '请先停止它（Ctrl-C 或 SIGTERM，最多 10 秒），备份后再启动；想不停机备份，请用 PostgreSQL（DATABASE_URL）。',
  en: 'Stop it first (Ctrl-C or SIGTERM, ten seconds at most) and start it again after the backup. To take backups while it runs, use PostgreSQL (DATABASE_URL).',
}

const LABEL = { zh: '正在备份', en: 'Taking a backup' }

export const task = defineTask({
  args: {
    file: { type: 'positional', required: true },
    'without-files': { type: 'boolean' },
  },
  describe: {
    file: { zh: '要写的文件；已存在则拒绝', en: 'the file to write; one that exists is refused' },
    'without-files': {
      zh: '不含客户与客服发送的文件（例如它们存放在 R2）',
      en: 'leave out the files that people sent (they are kept in R2, for instance)',
    },
  },
  examples: [
    ['DATABASE_URL=postgres://… npx frontdesk backup house.backup', { zh: '运行中备份', en: 'while the house runs' }],
    ['npx frontdesk backup "backups/$(date +%F).backup" --json', { zh: '每天定时', en: 'every day, by cron' }],
  ],
  run: ({ args, env, screen }) => takeBackup({ file: resolve(args.file), withFiles: !args['without-files'], env, screen }),
})

interface BackupJob {
  file: string
  withFiles: boolean
  env: Environment
  screen: Screen
  pass?: Pass
}

export async function takeBackup({ file, withFiles, env, screen, pass }: BackupJob): Promise<boolean> {
  refuseNoFolder(file)
  if (!env.databaseUrl && !existsSync(join(env.data, 'db'))) throw noDatabase(env.data)
  const database = await openFor(env, INSTEAD)
  const undo = exitOnSignals()
  try {
    // Nothing else tells so early that the server is not there.
    await database.durability().catch(unreachable)
    const blobs = withFiles ? blobsOf(env) : undefined
    const done = await withPercent(screen, LABEL, (onProgress) =>
      backup({ database, blobs, file, product: productVersion(), pass, onProgress }),
    )
    tell(done, file, screen)
    return true
  } finally {
    undo()
    await database.close()
  }
}

function tell({ manifest, missing, bytes, sha256 }: BackedUp, file: string, screen: Screen): void {
  const rows = Object.values(manifest.rows).reduce((sum, n) => sum + n, 0)
  const files = manifest.files - missing.length
  const words = {
    zh: `${file}：${rows} 行，${files} 个文件，${megabytes(bytes)}`,
    en: `${file}: ${rows} rows, ${files} files, ${megabytes(bytes)}`,
  }
  const secret = {
    zh: '文件内有客户的话、密码散列和密钥，只有您本人可读（0600）：请加密保存。配置目录和 .env 不在其中，请另行备份。',
    en: 'It holds customers’ words, password hashes and secrets, and only you can read it (0600): keep it encrypted. The config folder and .env are not in it: keep those, too.',
  }
  screen.mark('ok', words[screen.locale], secret[screen.locale])
  if (missing.length > 0) {
    const lost = {
      zh: `数据库记有 ${missing.length} 个文件，数据目录中却没有：${missing.slice(0, 3).join('、')}`,
      en: `${missing.length} files that the database knows are not in the data folder: ${missing.slice(0, 3).join(', ')}`,
    }
    screen.mark('warn', lost[screen.locale])
  }
  screen.result({ ok: true, file, bytes, sha256, takenAt: manifest.takenAt, rows: manifest.rows, files, missing })
}

function refuseNoFolder(file: string): void {
  const folder = dirname(file)
  if (existsSync(folder)) return
  throw new Refusal({ zh: `目录 ${folder} 不存在，请先创建。`, en: `There is no folder ${folder}; make it first.` })
}

function noDatabase(folder: string): Refusal {
  return new Refusal({
    zh: `${folder} 里没有数据库。请用 FRONTDESK_DATA 指定数据目录，或用 DATABASE_URL 指定 PostgreSQL。`,
    en: `There is no database in ${folder}. Name the data folder in FRONTDESK_DATA, or a PostgreSQL server in DATABASE_URL.`,
  })
}
