// `frontdesk restore`: a backup into an empty database, all of it or nothing. Also the way from the embedded database to PostgreSQL.
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Pass } from '#core/milestone.ts'
import { verifyBackup } from '#store/backup-file.ts'
import { type Restored, restore } from '#store/restore.ts'
import type { Environment } from '../node/environment.ts'
import { blobsOf } from '../node/store.ts'
import { openFor, unreachable } from './database.ts'
import { exitOnSignals, withPercent } from './percent.ts'
import type { Screen } from './screen.ts'
import { defineTask, Refusal } from './task.ts'

const INSTEAD = {
  zh: '恢复需要一个空目录：请用 FRONTDESK_DATA 指定另一个，或停止它并把目录移走。',
  en: 'A restore wants an empty folder: name another one in FRONTDESK_DATA, or stop it and move the folder away.',
}

export const task = defineTask({
  args: { file: { type: 'positional', required: true }, verify: { type: 'boolean' } },
  describe: {
    file: { zh: '由 frontdesk backup 写成的文件', en: 'a file that frontdesk backup wrote' },
    verify: { zh: '只检查文件是否完好，不恢复', en: 'only look whether the file is sound; restore nothing' },
  },
  examples: [
    ['FRONTDESK_DATA=./restored npx frontdesk restore house.backup', { zh: '恢复到新目录', en: 'into a new folder' }],
    [
      'createdb restored && DATABASE_URL=postgres://…/restored npx frontdesk restore house.backup',
      { zh: '恢复到新的 PostgreSQL 数据库', en: 'into a new PostgreSQL database' },
    ],
    ['npx frontdesk restore house.backup --verify', { zh: '检查一份备份', en: 'look at a backup' }],
  ],
  run: ({ args, env, screen }) => restoreBackup({ file: resolve(args.file), verify: args.verify === true, env, screen }),
})

interface RestoreJob {
  file: string
  verify?: boolean
  env: Environment
  screen: Screen
  pass?: Pass
}

export async function restoreBackup({ file, verify = false, env, screen, pass }: RestoreJob): Promise<boolean> {
  if (!existsSync(file)) throw new Refusal({ zh: `没有文件 ${file}。`, en: `There is no file ${file}.` })
  const manifest = await screen.busy({ zh: '检查备份', en: 'Checking the backup' }, () => verifyBackup(file))
  const { takenAt, product, rows, files } = manifest
  const sound = { zh: `完好：${takenAt}，Frontdesk ${product}`, en: `sound: taken at ${takenAt} by Frontdesk ${product}` }
  screen.mark('ok', sound[screen.locale])
  if (verify) {
    screen.result({ ok: true, takenAt, product, rows, files })
    return true
  }
  const database = await openFor(env, INSTEAD)
  const undo = exitOnSignals()
  try {
    await database.durability().catch(unreachable)
    const blobs = blobsOf(env)
    const done = await withPercent(screen, { zh: '正在恢复', en: 'Restoring' }, (onProgress) =>
      restore({ database, blobs, file, manifest, now: new Date(), pass, onProgress }),
    )
    tell(done, screen)
    screen.result({ ok: true, takenAt, product, ...done })
    return true
  } finally {
    undo()
    await database.close()
  }
}

function tell({ rows, files, held, pending }: Restored, screen: Screen): void {
  screen.mark('ok', { zh: `${rows} 行，${files} 个文件`, en: `${rows} rows, ${files} files` }[screen.locale])
  if (held + pending > 0) {
    const words = {
      zh: `${held} 条待发内容已暂停，${pending} 条未处理的消息处理后其回复也会暂停`,
      en: `${held} deliveries are held, and so will be the answers to ${pending} messages that were not worked on yet`,
    }
    const why = {
      zh: '备份之后它们可能已经发出，所以不会自动再发；请在控制台逐条决定。',
      en: 'They may have gone out after the backup was taken, so nothing of it is sent by itself; decide about each in the console.',
    }
    screen.mark('warn', words[screen.locale], why[screen.locale])
  }
  screen.say({
    zh: '登录状态不会恢复：所有人需要重新登录。现在可以启动 Frontdesk。',
    en: 'Nobody is signed in: everybody signs in again. Frontdesk can be started now.',
  })
}
