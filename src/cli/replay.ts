// `frontdesk replay`: what could not be sent or worked on, to be looked at and tried once more, for whoever has the machine.
import type { Clock } from '#core/clock.ts'
import { newId } from '#core/ids.ts'
import { inTongue } from '#core/locale.ts'
import { type Locale, plainText, type Text } from '#core/message.ts'
import type { Database } from '#store/database.ts'
import {
  countTrouble,
  type Deed,
  listTrouble,
  replayEvents,
  sendAgain,
  TROUBLE,
  type TroubleCount,
  type TroubleQuery,
  type TroubleRow,
  type TroubleState,
} from '#store/trouble.ts'
import { STOP, withDatabase } from './database.ts'
import { replayPolicy } from './policy.ts'
import { columns, pad, type Screen } from './screen.ts'
import { defineTask, Refusal } from './task.ts'

const INSTEAD = {
  zh: '请在控制台的“需要处理”页操作，或先停止它。',
  en: "Use the console's page “Needs attention”, or stop it first.",
}

/** So many go in one transaction: what is done stays done when the rest cannot be. */
const BATCH = 100
/** A list for people ends somewhere; `--json` gives all. */
const SHOWN = 50

const STATES: Record<TroubleState, Text> = {
  failed: { zh: '发送失败', en: 'failed' },
  unknown: { zh: '结果不明', en: 'unknown' },
  held: { zh: '已保留', en: 'held' },
  expired: { zh: '已过期', en: 'expired' },
  dead: { zh: '无法处理', en: 'dead' },
}

export const task = defineTask({
  takesWords: true,
  args: {
    ids: { type: 'positional', required: false },
    list: { type: 'boolean' },
    all: { type: 'boolean' },
    state: { type: 'string', valueHint: 'failed,unknown,held,expired,dead' },
    channel: { type: 'string', valueHint: 'id' },
    since: { type: 'string', valueHint: 'when' },
    until: { type: 'string', valueHint: 'when' },
    policy: { type: 'string', valueHint: 'new-bot.yaml' },
    'dry-run': { type: 'boolean' },
    yes: { type: 'boolean' },
  },
  describe: {
    ids: { zh: '编号，多个以空格或逗号分隔', en: 'ids, with blanks or commas between them' },
    list: { zh: '只列出，不做任何事', en: 'only list, change nothing' },
    all: { zh: '全部', en: 'everything' },
    state: { zh: '只选这些状态', en: 'only these states' },
    channel: { zh: '只选这个渠道或坐席工具', en: 'only this channel or desk' },
    since: { zh: '从何时起：2026-11-22、2026-11-22T08:00 或 2h、3d', en: 'made since: 2026-11-22, 2026-11-22T08:00, or 2h, 3d ago' },
    until: { zh: '到何时为止，写法相同', en: 'made before, written the same way' },
    policy: {
      zh: '用另一份 bot.yaml 重演最近一个月（或 --since 起）的对话，看会有什么不同；不发送任何内容',
      en: 'play the conversations of the last month (or --since) under another bot.yaml: what would change; nothing is sent',
    },
    'dry-run': { zh: '只说会做什么', en: 'say what would be done, and do nothing' },
    yes: { zh: '不询问', en: 'do not ask' },
  },
  examples: [
    ['npx frontdesk replay --list', { zh: '列出需要处理的', en: 'what needs a person' }],
    ['npx frontdesk replay dlv_0198c1f2…', { zh: '再次发送这一条', en: 'send this one again' }],
    [
      'npx frontdesk replay --channel tg --state failed --since 2h --yes',
      { zh: '某渠道两小时内失败的全部重发', en: 'all that failed on one channel within two hours' },
    ],
    ['npx frontdesk replay --policy new-bot.yaml', { zh: '换机器人配置之前', en: 'before a new bot.yaml serves anybody' }],
    ['npx frontdesk replay --all --dry-run', { zh: '看看全部会重放多少', en: 'how much that would be' }],
  ],
  async run({ args, env, screen }) {
    const { policy } = args
    // What is written wrong is said before the database is looked for.
    queryOf(args, new Date(0))
    if (policy !== undefined) {
      return withDatabase(env, STOP, (database, clock) => {
        const since = args.since === undefined ? undefined : timeOf(args.since, clock.now())
        return replayPolicy(database, clock, { policy, since }, env, screen)
      })
    }
    return withDatabase(env, INSTEAD, async (database, clock) => {
      const query = queryOf(args, clock.now())
      const chosen = args.all || Object.keys(query).length > 0
      if (args.list || !chosen) return show(database, query, screen, !args.list)
      return replay(database, clock, query, { dry: args['dry-run'] === true, yes: args.yes === true }, screen)
    })
  },
})

type Chosen = Omit<TroubleQuery, 'limit' | 'cursor'>

interface Flags {
  ids?: string
  state?: string
  channel?: string
  since?: string
  until?: string
}

function queryOf({ ids, state, channel, since, until }: Flags, now: Date): Chosen {
  const states = listOf(state)
  const wrong = states.find((one) => !TROUBLE.includes(one as TroubleState))
  if (wrong !== undefined)
    throw new Refusal({
      zh: `没有状态 ${wrong}。可用：${TROUBLE.join('、')}`,
      en: `There is no state ${wrong}. States: ${TROUBLE.join(', ')}`,
    })
  return {
    ...(listOf(ids).length > 0 && { ids: listOf(ids) }),
    ...(states.length > 0 && { states: states as TroubleState[] }),
    ...(channel && { target: channel }),
    ...(since && { since: timeOf(since, now) }),
    ...(until && { until: timeOf(until, now) }),
  }
}

function listOf(text: string | undefined): string[] {
  return (text ?? '').split(/[\s,，]+/).filter(Boolean)
}

const UNITS = { m: 60_000, h: 3_600_000, d: 86_400_000 }

/** A time of this machine's zone unless it names another; or so long ago. */
export function timeOf(text: string, now: Date): Date {
  const [, count, unit] = /^(\d+)([mhd])$/.exec(text) ?? []
  if (count && unit) return new Date(now.getTime() - Number(count) * UNITS[unit as keyof typeof UNITS])
  const at = new Date(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00` : text)
  if (/^\d{4}-/.test(text) && !Number.isNaN(at.getTime())) return at
  throw new Refusal({
    zh: `不是时间：${text}。写作 2026-11-22、2026-11-22T08:00，或 30m、2h、3d`,
    en: `Not a time: ${text}. Write 2026-11-22, 2026-11-22T08:00, or 30m, 2h, 3d`,
  })
}

async function show(database: Database, query: Chosen, screen: Screen, hint: boolean): Promise<true> {
  const counts = await countTrouble(database.db, 'operator', query)
  const total = totalOf(counts)
  const { rows } = await listTrouble(database.db, 'operator', { ...query, limit: screen.json ? Math.max(1, total) : SHOWN })
  if (total === 0) screen.mark('ok', { zh: '没有需要处理的', en: 'nothing needs attention' }[screen.locale])
  const cells = rows.map((row) => cellsOf(row, screen.locale))
  const widths = [0, 1, 2, 3].map((n) => Math.max(0, ...cells.map((row) => columns(row[n] ?? ''))))
  for (const [cell, row] of cells.map((cell, n) => [cell, rows[n]] as const)) {
    screen.say(cell.map((text, n) => (n < 4 ? pad(text, widths[n] ?? 0) : text)).join('  '))
    const reason = row && reasonOf(row)
    if (reason) screen.say(`    ${inTongue(reason, screen.locale)}`)
  }
  if (total > rows.length) screen.say({ zh: `…… 还有 ${total - rows.length} 条`, en: `… and ${total - rows.length} more` })
  if (total > 0) screen.say(wordsOf(counts, screen.locale))
  if (total > 0 && hint)
    screen.say({
      zh: '选择要重放的：编号，或 --state、--channel、--since、--until，或 --all。用 --help 查看用法。',
      en: 'Choose what to replay: ids, or --state, --channel, --since, --until, or --all. See --help.',
    })
  screen.result({ ok: true, counts: byState(counts), items: rows.map(jsonOf) })
  return true
}

function cellsOf(row: TroubleRow, locale: Locale): string[] {
  const { id, state, target, at, words } = jsonOf(row)
  return [id, STATES[state][locale], target, shownTime(new Date(at)), [row.customer?.name, words].filter(Boolean).join('：').slice(0, 80)]
}

/** As `timeOf` reads it, so that what is listed can be chosen by. */
function shownTime(at: Date): string {
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16).replace('T', ' ')
}

function reasonOf(row: TroubleRow): string {
  const error = row.kind === 'delivery' ? row.delivery.error : row.event.error
  return (error ?? '').split('\n')[0] ?? ''
}

function jsonOf(row: TroubleRow) {
  const reason = reasonOf(row)
  const whose = { customer: row.customer?.name ?? null, conversation: row.conversationId, ...(reason && { reason }) }
  if (row.kind === 'event') {
    const { id, sourceId: target, attempts, receivedAt, payload } = row.event
    const { parts, type } = payload as { parts?: Parameters<typeof plainText>[0]; type?: string }
    const words = plainText(parts ?? []).replace(/\s+/g, ' ')
    return { id, state: 'dead' as TroubleState, target, what: type ?? '', words, attempts, at: receivedAt.toISOString(), ...whose }
  }
  const { id, state, targetId: target, op: what, attempts, createdAt, payload, possiblyTwice } = row.delivery
  const words = (plainText(payload.parts ?? []) || (row.message?.text ?? '')).replace(/\s+/g, ' ')
  return { id, state: state as TroubleState, target, what, words, attempts, possiblyTwice, at: createdAt.toISOString(), ...whose }
}

async function replay(
  database: Database,
  clock: Clock,
  query: Chosen,
  how: { dry: boolean; yes: boolean },
  screen: Screen,
): Promise<boolean> {
  const counts = await countTrouble(database.db, 'operator', query)
  const found = totalOf(counts)
  const missing = query.ids ? query.ids.length - found : 0
  if (found === 0) {
    screen.mark(missing > 0 ? 'bad' : 'ok', missing > 0 ? NONE_SUCH[screen.locale] : NOTHING[screen.locale])
    screen.result({ ok: missing === 0, found, replayed: 0, missing })
    return missing === 0
  }
  screen.say(wordsOf(counts, screen.locale))
  if (counts.some(({ state }) => state === 'unknown' || state === 'held')) screen.mark('warn', TWICE[screen.locale])
  if (how.dry) {
    screen.say({ zh: `会重放 ${found} 条；什么都没有改。`, en: `${found} would be replayed; nothing was changed.` })
    screen.result({ ok: true, dryRun: true, counts: byState(counts), found, replayed: 0, missing })
    return true
  }
  if (!how.yes) await confirm(found, screen)
  const replayed = await carryOut(database, clock, query, found, screen)
  if (missing > 0) screen.mark('warn', { zh: `${missing} 个编号不在其中`, en: `${missing} of the ids are not among them` }[screen.locale])
  screen.result({ ok: missing === 0, counts: byState(counts), found, replayed, missing })
  return missing === 0
}

const NOTHING: Text = { zh: '没有符合条件的', en: 'nothing matches' }
const NONE_SUCH: Text = { zh: '没有这些编号，或已经处理过了', en: 'there are no such ids, or they are settled already' }
const TWICE: Text = {
  zh: '结果不明和已保留的可能已经送到：客户也许会收到两次',
  en: 'what is unknown or held may have arrived already: the customer may get it twice',
}

async function confirm(found: number, screen: Screen): Promise<void> {
  if (!screen.asks)
    throw new Refusal({ zh: `要重放 ${found} 条，请加上 --yes`, en: `To replay ${found === 1 ? 'it' : `these ${found}`}, add --yes` })
  const prompts = await import('@clack/prompts')
  const answer = await prompts.confirm({
    message: { zh: `重放 ${found} 条？`, en: `Replay ${found}?` }[screen.locale],
    initialValue: false,
  })
  if (answer !== true) throw new Refusal({ zh: '已取消', en: 'cancelled' })
}

/** What is chosen now, and nothing that comes while it runs: a message that fails again is not sent again and again. */
async function carryOut(database: Database, clock: Clock, query: Chosen, found: number, screen: Screen): Promise<number> {
  const { rows } = await listTrouble(database.db, 'operator', { ...query, limit: found })
  const deed: Deed = { by: 'operator', now: clock.now(), auditId: () => newId('aud', clock) }
  const deliveries = rows.flatMap((row) => (row.kind === 'delivery' ? [row.delivery.id] : []))
  const events = rows.flatMap((row) => (row.kind === 'event' ? [row.event.id] : []))
  const jobs = [
    ...batches(deliveries).map((ids) => () => sendAgain(database.db, ids, deed)),
    ...batches(events).map((ids) => () => replayEvents(database.db, ids, deed)),
  ]
  const bar = await screen.progress({ zh: '重放', en: 'Replaying' }, jobs.length)
  let replayed = 0
  for (const job of jobs) {
    replayed += (await job()).count
    bar.step()
  }
  bar.end(
    {
      zh: `已重放 ${replayed} 条；运行中的 Frontdesk 会立即处理${database.kind === 'embedded' ? '（请启动它）' : ''}`,
      en: `${replayed} replayed; ${database.kind === 'embedded' ? 'they go out when Frontdesk starts' : 'a running Frontdesk takes them up at once'}`,
    }[screen.locale],
  )
  return replayed
}

function batches(ids: string[]): string[][] {
  return Array.from({ length: Math.ceil(ids.length / BATCH) }, (_, n) => ids.slice(n * BATCH, (n + 1) * BATCH))
}

function totalOf(counts: TroubleCount[]): number {
  return counts.reduce((sum, { count }) => sum + count, 0)
}

function byState(counts: TroubleCount[]): Partial<Record<TroubleState, number>> {
  return Object.fromEntries(
    TROUBLE.map((state) => [state, totalOf(counts.filter((one) => one.state === state))]).filter(([, count]) => count),
  )
}

function wordsOf(counts: TroubleCount[], locale: Locale): string {
  const parts = Object.entries(byState(counts)).map(([state, count]) => `${count} ${STATES[state as TroubleState][locale]}`)
  return parts.join(locale === 'zh' ? '，' : ', ')
}
