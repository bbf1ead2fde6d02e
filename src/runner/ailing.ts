// Watches whether desks work, for all processes together. One that is down has its conversations shown in the next desk, and the admins
// are told once: in the log, in the console, in /readyz, and by mail where there is a channel for it.
import type { Health } from '#core/connector.ts'
import { newId } from '#core/ids.ts'
import { phrase } from '#core/phrases.ts'
import { type Ailments, ailingOf } from '#router/ailing.ts'
import { type Db, type Reader, transact } from '#store/database.ts'
import { insertDeliveries } from '#store/deliveries.ts'
import { loadAgents, openWithPeople } from '#store/drafts.ts'
import { readPauses } from '#store/processes.ts'
import type { NewDelivery } from '#store/rows.ts'
import { lockSetting, readSetting, writeSetting } from '#store/settings.ts'
import { followersOf } from '../pipeline/draft.ts'
import type { House } from '../pipeline/house.ts'
import type { RunnerParts } from './parts.ts'

const KEY = 'desks:ailing'

/** The desks that are down, and since when. */
export async function readDown(db: Reader): Promise<Map<string, { since: string; why: string }>> {
  const all = (await readSetting<Ailments>(db, KEY)) ?? {}
  return new Map(Object.entries(all).flatMap(([id, { down, since, why }]) => (down ? [[id, { since, why }]] : [])))
}

/** Looks once; gives the desks that are down from now on. `house` is the house as it is now. */
export async function watchDesks(parts: RunnerParts, house: () => House): Promise<ReadonlySet<string>> {
  const { clock, log } = parts
  const { db } = parts.database
  const now = clock.now()
  const signs = signsOf(parts, await readPauses(db, now))
  if (signs.size === 0 && !(await readSetting<Ailments>(db, KEY))) return new Set()
  const turn = await transact(db, async (tx) => {
    await lockSetting(tx, KEY)
    const decided = ailingOf((await readSetting<Ailments>(tx, KEY)) ?? {}, signs, now, house().sending.downMs)
    const down = new Set(Object.entries(decided.after).flatMap(([id, ailing]) => (ailing.down ? [id] : [])))
    await writeSetting(tx, KEY, decided.after)
    if (decided.fell.length > 0) await showElsewhere(tx, parts, { ...house(), down }, decided.fell)
    for (const id of decided.fell) await writeToAdmins(tx, parts, house(), id, decided.after[id]?.why ?? '')
    return { ...decided, down }
  })
  for (const id of turn.fell)
    log.error({ desk: id, why: turn.after[id]?.why }, 'a desk is down: its conversations are shown in the next one and in the console')
  for (const id of turn.rose) log.info({ desk: id }, 'a desk works again')
  if (turn.fell.length + turn.rose.length > 0) parts.live.publish('console', { type: 'changed' })
  return turn.down
}

const BAD = new Set<Health['state']>(['bad_credentials', 'misconfigured', 'transient'])

function signsOf({ desks, health }: RunnerParts, pauses: { targetId: string; reason: string }[]): Map<string, string> {
  const signs = new Map<string, string>()
  for (const { id, definition } of desks.values()) {
    if (definition.capabilities?.reads) continue // The console is ours.
    const said = health.get(id)
    const paused = pauses.find(({ targetId }) => targetId === id)
    // A tool that asks us to wait works.
    if (paused && !/429|rate|too many/i.test(paused.reason)) signs.set(id, paused.reason)
    else if (said && BAD.has(said.state) && said.detail !== undefined) signs.set(id, said.detail)
  }
  return signs
}

/** Conversations that wait for people or are with one get their thread where they are shown from now on. */
async function showElsewhere(tx: Db, parts: RunnerParts, house: House, fell: string[]): Promise<void> {
  const rows: NewDelivery[] = []
  const now = parts.clock.now()
  for (const { conversation, threads } of await openWithPeople(tx)) {
    const serving = followersOf(conversation, threads, house)
    if (!serving.some((id) => fell.includes(id))) continue
    for (const deskId of serving) {
      if (house.down.has(deskId) || threads.some((thread) => thread.deskId === deskId)) continue
      rows.push({
        id: newId('dlv', parts.clock),
        kind: 'desk',
        targetId: deskId,
        lane: `desk:${deskId}:${conversation.id}`,
        conversationId: conversation.id,
        messageId: null,
        op: 'open',
        payload: { untilSeq: conversation.lastSeq },
        automatic: true,
        nextAt: now,
        originKey: `${deskId}:fall-over:${conversation.id}:${now.getTime()}`,
        createdAt: now,
      })
    }
  }
  await insertDeliveries(tx, rows)
}

/** One mail to each admin, through the first channel that carries mail. */
async function writeToAdmins(tx: Db, parts: RunnerParts, house: House, desk: string, why: string): Promise<void> {
  const channel = [...parts.channels.values()].find(({ definition }) => definition.type === 'email')
  if (!channel) return
  const now = parts.clock.now()
  const words = { desk, why }
  const admins = (await loadAgents(tx)).flatMap(({ role, email }) => (role === 'admin' && email ? [email] : []))
  const rows = admins.map(
    (email): NewDelivery => ({
      id: newId('dlv', parts.clock),
      kind: 'channel',
      targetId: channel.id,
      lane: `admin:${email}`,
      conversationId: '',
      messageId: null,
      op: 'send',
      payload: {
        to: { user: email },
        subject: phrase('admin.desk_down_subject', house.locale, words),
        parts: [{ type: 'text', text: phrase('admin.desk_down', house.locale, words) }],
      },
      automatic: true,
      nextAt: now,
      originKey: `desk-down:${desk}:${now.getTime()}:${email}`,
      createdAt: now,
    }),
  )
  await insertDeliveries(tx, rows)
}
