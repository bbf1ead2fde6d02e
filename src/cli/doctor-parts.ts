// Asks every channel and every desk whether its credentials work. Their `check` has no side effects.
import { connectors } from '#connectors/index.ts'
import type { Deps, Health } from '#core/connector.ts'
import { reason } from '#core/errors.ts'
import { localLive } from '#core/live.ts'
import { localMemory } from '#core/memory.ts'
import type { Text } from '#core/message.ts'
import { desks } from '#handoff/index.ts'
import type { Config, Entry } from '../config.ts'
import { exchange } from '../node/exchange.ts'
import { createLog } from '../node/log.ts'
import { mail } from '../node/mail.ts'
import { xmpp } from '../node/xmpp.ts'
import type { Finding } from './doctor.ts'

const WAIT_MS = 10_000

interface Kind {
  title: Text
  docs: string
  secrets: string[]
}

export function checkParts({ settings }: Config): Promise<Finding>[] {
  const { locale } = settings
  const ofChannels = settings.channels.map((entry) => {
    const definition = connectors[entry.type]
    if (!definition) throw new Error(`no connector ${entry.type}`)
    return one(entry, definition, { zh: '渠道', en: 'channel' }, () => definition.create(entry.settings, depsOf(entry.id)))
  })
  const ofDesks = settings.desks.map((entry) => {
    const definition = desks[entry.type]
    if (!definition) throw new Error(`no desk ${entry.type}`)
    return one(entry, definition, { zh: '坐席', en: 'desk' }, () => definition.create(entry.settings, { ...depsOf(entry.id), locale }))
  })
  return [...ofChannels, ...ofDesks]
}

async function one(entry: Entry, kind: Kind, word: Text, create: () => { check(signal: AbortSignal): Promise<Health> }): Promise<Finding> {
  const name = { zh: `${word.zh} ${entry.id}`, en: `${word.en} ${entry.id}` }
  const health = await ask(create)
  const { account, detail } = health
  if (health.state === 'connected') {
    const found = { zh: [kind.title.zh, account].filter(Boolean).join(' '), en: [kind.title.en, account].filter(Boolean).join(' ') }
    return { name, mark: detail ? 'warn' : 'ok', found: detail ?? found }
  }
  return { name, mark: 'bad', found: detail ?? health.state, advice: adviceFor(health.state, entry, kind) }
}

async function ask(create: () => { check(signal: AbortSignal): Promise<Health> }): Promise<Health> {
  try {
    return await create().check(AbortSignal.timeout(WAIT_MS))
  } catch (error) {
    return { state: 'transient', detail: reason(error) }
  }
}

function adviceFor(state: Health['state'], entry: Entry, kind: Kind): Text {
  const secrets = kind.secrets.filter((key) => entry.settings[key] !== undefined).join(', ')
  const see = { zh: `参见 docs/${kind.docs.replace(/\.md$/, '.zh.md')}`, en: `See docs/${kind.docs}` }
  switch (state) {
    case 'bad_credentials':
      return {
        zh: `凭据不对：核对 frontdesk.yaml 中 ${entry.id} 的 ${secrets}（通常写在 .env 里），改好后重启。${see.zh}`,
        en: `The credentials are wrong: check ${secrets} of ${entry.id} in frontdesk.yaml (usually kept in .env), then restart. ${see.en}`,
      }
    case 'misconfigured':
      return { zh: `在平台上改好设置后再试。${see.zh}`, en: `Change the settings on the platform, then try again. ${see.en}` }
    default: {
      const root = entry.settings.apiRoot ?? entry.settings.service ?? entry.settings.host
      const where = typeof root === 'string' ? ` ${root}` : ''
      return {
        zh: `连不上${where}：检查网络、代理和防火墙后再试。${see.zh}`,
        en: `No answer${where ? ` from${where}` : ''}: check network, proxy and firewall, then try again. ${see.en}`,
      }
    }
  }
}

function depsOf(id: string): Deps {
  return {
    id,
    fetch,
    exchange,
    now: () => new Date(),
    log: createLog('silent'),
    file: () => Promise.reject(new Error('a check opens no files')),
    live: localLive(),
    memory: localMemory(),
    mail,
    xmpp,
  }
}
