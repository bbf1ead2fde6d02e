// Whether the desk can work: proves the password and that rooms are where the config says, and tells what the server lacks.
import type { Health } from '#core/connector.ts'
import { ConnectorError } from '#core/errors.ts'
import { healthOf } from '#core/health.ts'
import type { Text } from '#core/message.ts'
import { askInfo, type Info } from '#platforms/xmpp/info.ts'
import { all, el, find, NS, textOf } from '#platforms/xmpp/stanza.ts'
import { findUpload } from '#platforms/xmpp/upload.ts'
import type { Context } from './desk.ts'

export async function check(context: Context, signal: AbortSignal): Promise<Health> {
  const { client, service, locale } = context
  try {
    const info = await askInfo(client, service, 'looking for rooms', signal)
    const account = client.own
    if (!info.features.has(NS.muc)) return { state: 'misconfigured', account, detail: NO_ROOMS(service) }
    context.upload.service ??= await findUpload(client, signal)
    const lacks = [await lackOfMemory(context, info, signal), context.upload.service ? undefined : NO_UPLOAD]
    const detail = lacks.flatMap((lack) => lack?.[locale] ?? []).join(locale === 'zh' ? '；' : '; ')
    return { state: 'connected', account, ...(detail !== '' && { detail }) }
  } catch (error) {
    const health = healthOf(error)
    return health.state === 'misconfigured' ? { ...health, detail: `${NO_ROOMS(service)} (${health.detail})` } : health
  }
}

/** What is lost in a break, if anything. The lobby is a room like all of ours: once it is there, it knows better than the service. */
async function lackOfMemory(context: Context, service: Info, signal: AbortSignal): Promise<Text | undefined> {
  const lobby = await ifAny(askInfo(context.client, context.lobby, 'looking for the lobby', signal))
  if ((lobby ?? service).features.has(NS.mam)) return undefined
  return lobby && (await keepsHistory(context, lobby, signal)) === false ? NO_MEMORY : NO_ARCHIVE
}

/** Undefined: the server does not say. XEP-0045 has a field for it, Prosody only the one of the owner's form. */
async function keepsHistory({ client, lobby }: Context, info: Info, signal: AbortSignal): Promise<boolean | undefined> {
  const told = info.value('muc#maxhistoryfetch') ?? (await ifAny(formOf()))
  return told === undefined || told === '' ? undefined : Number(told) > 0

  async function formOf(): Promise<string | undefined> {
    const asked = el('iq', { type: 'get', to: lobby }, el('query', { xmlns: NS.owner }))
    const form = find(find(await client.ask(asked, 'asking how the lobby is set up', signal), 'query', NS.owner), 'x', NS.data)
    const field = all(form, 'field').find(({ attrs }) => attrs.var === 'muc#roomconfig_historylength')
    return field && textOf(find(field, 'value'))
  }
}

/** What is not there, or not ours to see, is no trouble; a server that does not answer is. */
async function ifAny<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked
  } catch (error) {
    if (!(error instanceof ConnectorError) || error.kind === 'transient' || error.kind === 'rate_limited') throw error
    return undefined
  }
}

const NO_ROOMS = (service: string) =>
  `${service} has no rooms: write the server's MUC service as \`rooms\` / ${service} 不是群聊服务：rooms 要写服务器的 MUC 组件`
const NO_UPLOAD: Text = {
  zh: '服务器没有文件上传（XEP-0363）：文件以链接给出',
  en: 'the server has no HTTP upload (XEP-0363): files are shown as links',
}
const NO_ARCHIVE: Text = {
  zh: '房间没有存档（XEP-0313）：前台离线时客服写的话只能从房间自己的历史里补，服务器一重启就没有了；请开启 muc_mam（Prosody）或 mod_mam（ejabberd）',
  en: 'rooms keep no archive (XEP-0313): what agents write while Frontdesk is away is read from the rooms’ own history only, which a restart of the server forgets; switch on muc_mam (Prosody) or mod_mam (ejabberd)',
}
const NO_MEMORY: Text = {
  zh: '房间既没有存档（XEP-0313）也没有历史：前台离线时客服写的话会丢失；请开启 muc_mam（Prosody）或 mod_mam（ejabberd）',
  en: 'rooms keep neither an archive (XEP-0313) nor a history: what agents write while Frontdesk is away is lost; switch on muc_mam (Prosody) or mod_mam (ejabberd)',
}
