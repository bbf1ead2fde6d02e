// Reads what the accounts of one company have to tell: a place for each account, all places in one cursor. A ring says where to look;
// rings get lost, so every account is looked at now and then without one. The runner sees to it that one process in the cluster reads.
import type { Connector, Deps, PollResult } from '#core/connector.ts'
import { ConnectorError, reason } from '#core/errors.ts'
import type { Told, Wecom } from '#platforms/wecom/client.ts'
import { WecomRefusal } from '#platforms/wecom/errors.ts'
import { decode, type Item, readItem, userOf } from './decode.ts'
import type { Ring } from './doorbell.ts'
import type { People } from './people.ts'

/** Where we are in an account. `before`: what was sent until then (seconds) is history, until we have caught up with it. */
interface Place {
  at: string
  before?: number
}

export interface ReaderParts {
  api: Wecom
  people: People
  deps: Deps
  /** How often to look without a ring. */
  sweepSeconds: number
  /** Only these accounts; absent: all that our app may read. */
  accounts: string[] | undefined
}

const PAGE = 1000
/** Without a place what is older than this was answered long ago, by us before the place was lost or by whoever served it before us. */
const HISTORY_MS = 10 * 60_000
/** A poll must come back sooner than its lease runs out. */
const WAIT_MS = 20_000
const ACCOUNTS_PAGE = 100

interface State extends ReaderParts {
  /** Accounts to look at, in turn, with the token of their ring. */
  waiting: Map<string, string | undefined>
  /** What was given last: unless its place comes back with the next call, it was never committed, and is read again. */
  given?: { account: string; at: string }
  sweepAt: number
  wake(): void
}

export function createReader(parts: ReaderParts): NonNullable<Connector['poll']> {
  const state: State = { ...parts, waiting: new Map(), sweepAt: 0, wake: () => undefined }
  let listens = false
  return async (cursor, signal, patience) => {
    // Not before the first poll: who only checks or sends needs no rings.
    if (!listens) parts.deps.live.subscribe(topicOf(parts.deps.id), (hint) => hint.type === 'rang' && rang(state, hint))
    listens = true
    const places = readPlaces(cursor)
    if (state.given && places[state.given.account]?.at !== state.given.at) addTo(state, state.given.account)
    state.given = undefined
    if (state.waiting.size === 0 && patience !== 'now') await rest(state, signal)
    // Who does not wait is asked again while there is more: what is known to be there comes first, and a look has an end.
    const mayLook = patience !== 'now' || state.waiting.size === 0
    if (mayLook && state.deps.now().getTime() >= state.sweepAt) await sweep(state, Object.keys(places), signal)
    const [next] = state.waiting
    if (!next) return { events: [], cursor: cursor ?? '' }
    const read = await readOne(state, next, places, signal)
    return { ...read, more: state.waiting.size > 0 }
  }
}

/** On which topic rings are passed on, from whichever process heard one to the one that reads. */
export function topicOf(channel: string): string {
  return `channel:${channel}`
}

function rang(state: State, { account, token }: Ring): void {
  state.waiting.set(account, token ?? state.waiting.get(account))
  state.wake()
}

function addTo(state: State, account: string): void {
  if (!state.waiting.has(account)) state.waiting.set(account, undefined)
}

type Places = Record<string, Place>

/** `<account>=<before>:<at>&…`: a text that nobody on its way through a store takes for JSON. */
function readPlaces(cursor: string | null): Places {
  const places = [...new URLSearchParams(cursor ?? '')].map(([account, value]): [string, Place] => {
    const [before = '', ...at] = value.split(':')
    return [account, { at: at.join(':'), ...(before && { before: Number(before) }) }]
  })
  return Object.fromEntries(places)
}

function writePlaces(places: Places): string {
  return new URLSearchParams(Object.entries(places).map(([account, { at, before }]) => [account, `${before ?? ''}:${at}`])).toString()
}

/** Until somebody rings, or it is time to look anyway. */
async function rest(state: State, signal: AbortSignal): Promise<void> {
  const ms = Math.min(WAIT_MS, state.sweepAt - state.deps.now().getTime())
  if (ms <= 0 || signal.aborted) return
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms)
    state.wake = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', state.wake)
      resolve()
    }
    signal.addEventListener('abort', state.wake, { once: true })
  })
  state.wake = () => undefined
}

/** Every account gets its turn, without a ring. */
async function sweep(state: State, known: string[], signal: AbortSignal): Promise<void> {
  try {
    for (const account of state.accounts ?? (await listAccounts(state.api, signal)).map(({ id }) => id)) addTo(state, account)
  } catch (error) {
    // Nobody can be read with wrong credentials; else those that we know can be.
    const isHopeless = !(error instanceof ConnectorError) || error.kind === 'unauthorized' || signal.aborted
    if (isHopeless || (known.length === 0 && state.waiting.size === 0 && error.kind !== 'rejected')) throw error
    state.deps.log.warn({ channel: state.deps.id, error: reason(error) }, 'the accounts cannot be listed; those known are read')
  }
  for (const account of known) if (!state.accounts || state.accounts.includes(account)) addTo(state, account)
  state.sweepAt = state.deps.now().getTime() + state.sweepSeconds * 1000
}

export interface Account {
  id: string
  name: string
}

/** The customer service accounts that our app may read and write for. */
export async function listAccounts(api: Wecom, signal: AbortSignal): Promise<Account[]> {
  const accounts: Account[] = []
  for (let offset = 0; ; offset += ACCOUNTS_PAGE) {
    const told = await api.call('kf/account/list', { offset, limit: ACCOUNTS_PAGE }, signal)
    const list = Array.isArray(told.account_list) ? (told.account_list as Record<string, unknown>[]) : []
    for (const { open_kfid: id, name, manage_privilege: mayManage } of list) {
      if (typeof id === 'string' && mayManage !== false) accounts.push({ id, name: String(name ?? id) })
    }
    if (list.length < ACCOUNTS_PAGE) return accounts
  }
}

type Turn = [account: string, token: string | undefined]

async function readOne(state: State, [account, token]: Turn, places: Places, signal: AbortSignal): Promise<PollResult> {
  const { deps, waiting } = state
  // Taken out first: who rings while we read rings for what we may not get to see.
  waiting.delete(account)
  let page: Page
  try {
    page = await readPage(state, account, token, places[account], signal)
  } catch (error) {
    if (error instanceof ConnectorError && error.kind === 'rate_limited' && token === undefined) {
      // Reading without a ring is limited strictly: the next ring, or the next round, comes through.
      deps.log.info({ channel: deps.id, account, error: reason(error) }, 'not looked at this time')
      return { events: [], cursor: writePlaces(places) }
    }
    if (!waiting.has(account)) waiting.set(account, token) // At the end of the line: one that fails must not stop the others.
    throw error
  }
  if (page.more) waiting.set(account, waiting.get(account) ?? token)
  const items = page.list.flatMap((raw) => {
    const item = readItem(raw)
    if (!item) deps.log.error({ channel: deps.id, account }, 'an entry that cannot be read was passed over')
    return item ? [{ item, raw }] : []
  })
  await state.people.meet(
    items.filter(({ item }) => isCustomers(item)).flatMap(({ item }) => userOf(item) ?? []),
    signal,
  )
  const reading = { now: deps.now(), before: page.before, account, senderOf: state.people.senderOf }
  const events = items.flatMap(({ item, raw }) => decode(item, raw, reading))
  state.given = { account, at: page.at }
  const place: Place = { at: page.at, ...(page.more && page.before !== undefined && { before: page.before }) }
  return { events, cursor: writePlaces({ ...places, [account]: place }) }
}

function isCustomers({ origin, event }: Item): boolean {
  return origin === 3 || event?.event_type === 'enter_session'
}

interface Page {
  list: unknown[]
  at: string
  more: boolean
  before?: number
}

/**
 * One page. A token that has run out is left away, and so is a place that the platform does not know any more: it then begins with
 * the oldest of three days, of which nothing is stored twice and nothing old is answered.
 */
async function readPage(
  state: State,
  account: string,
  token: string | undefined,
  place: Place | undefined,
  signal: AbortSignal,
): Promise<Page> {
  const body = { limit: PAGE, voice_format: 0, open_kfid: account }
  const ask = async (extra: object) => pageOf(await state.api.call('kf/sync_msg', { ...body, ...extra }, signal), place?.at ?? '')
  const cursor = place?.at ? { cursor: place.at } : {}
  const before = place ? place.before : historyUntil(state)
  const isRefused = (error: unknown) => error instanceof WecomRefusal && error.kind === 'rejected'
  try {
    return { ...(await ask({ ...cursor, ...(token !== undefined && { token }) })), before }
  } catch (error) {
    if (!isRefused(error) || (token === undefined && !place?.at)) throw error
  }
  try {
    return { ...(await ask(cursor)), before }
  } catch (error) {
    if (!isRefused(error) || !place?.at) throw error
    const page = await ask({})
    state.deps.log.error(
      { channel: state.deps.id, account, error: reason(error) },
      'WeCom does not know our place any more: read from the oldest',
    )
    return { ...page, before: historyUntil(state) }
  }
}

function historyUntil({ deps }: State): number {
  return (deps.now().getTime() - HISTORY_MS) / 1000
}

function pageOf(told: Told, at: string): Omit<Page, 'before'> {
  if (!Array.isArray(told.msg_list)) throw new ConnectorError('transient', 'kf/sync_msg: no list of messages in the answer')
  const next = typeof told.next_cursor === 'string' && told.next_cursor !== '' ? told.next_cursor : at
  return { list: told.msg_list, at: next, more: told.has_more === 1 && next !== at }
}
