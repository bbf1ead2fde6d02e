// Is everything as it must be: the app's key, the group, and each permission by its name.
import type { Health } from '#core/connector.ts'
import type { Text } from '#core/message.ts'
import { type Feishu, recordOf, unhealthy } from '#platforms/feishu/api.ts'
import { FeishuError } from '#platforms/feishu/errors.ts'
import { modeOf, type Settings } from './settings.ts'

/** One of each row is enough. */
const NEEDED: { scopes: string[]; en: string; zh: string }[] = [
  { scopes: ['im:message', 'im:message:send_as_bot', 'im:message:send'], en: 'write into the group', zh: '在群里发消息' },
  {
    scopes: ['im:message.group_msg', 'im:message.group_msg:readonly'],
    en: 'read what agents write without mentioning the bot, and what they wrote while Frontdesk could not be reached',
    zh: '读取客服未 @ 机器人的消息，并补读 Frontdesk 离线期间的消息',
  },
  {
    scopes: ['im:message', 'im:message:readonly'],
    en: 'load files, see what was taken back, and read again what was missed',
    zh: '下载文件、识别撤回、补读消息',
  },
  { scopes: ['im:resource', 'im:resource:upload'], en: 'send files', zh: '发送文件' },
  { scopes: ['im:message', 'im:message.reactions:write_only'], en: 'show ticks as reactions', zh: '用表情显示送达状态' },
  { scopes: ['im:chat', 'im:chat:read', 'im:chat:readonly'], en: 'look at the group', zh: '查看群信息' },
]
const WANTED: typeof NEEDED = [
  { scopes: ['im:message.p2p_msg:readonly', 'im:message.p2p_msg'], en: 'take commands in private', zh: '在单聊中接收命令' },
  {
    scopes: ['contact:user.email:readonly'],
    en: "link agents by their company's e-mail address",
    zh: '按企业邮箱关联客服',
  },
]

const GRANTED = 1

export async function checkFeishu(api: Feishu, settings: Settings, now: Date, signal: AbortSignal): Promise<Health> {
  let account: string | undefined
  try {
    account = (await api.me(signal, true)).name
    if (modeOf(settings) === 'connection') await api.endpoint(signal)
    const scopes = await scopesOf(api, signal)
    const missing = lacking(NEEDED, scopes)
    if (missing.length > 0) return { state: 'misconfigured', account, detail: permissions(missing) }
    const group = recordOf((await api.call('GET', `/im/v1/chats/${encodeURIComponent(settings.chat)}`, undefined, signal)).data)
    if (/^dissolved/.test(String(group.chat_status ?? '')))
      return { state: 'misconfigured', account, detail: 'the group was dissolved / 客服群已解散' }
    const hints = [await historyHint(api, settings, now, signal), topicHint(group), wish(scopes)].filter((hint) => hint !== undefined)
    return {
      state: 'connected',
      account,
      ...(hints.length > 0 && { detail: `${hints.map(({ en }) => en).join('; ')} / ${hints.map(({ zh }) => zh).join('；')}` }),
    }
  } catch (error) {
    return { ...unhealthy(error), ...(account && { account }) }
  }
}

/** What the company granted; undefined where the platform does not tell (a proxy that lets only some calls through). */
async function scopesOf(api: Feishu, signal: AbortSignal): Promise<Set<string> | undefined> {
  let scopes: unknown
  try {
    scopes = recordOf((await api.call('GET', '/application/v6/scopes', undefined, signal)).data).scopes
  } catch (error) {
    if (unhealthy(error).state === 'misconfigured') return undefined
    throw error
  }
  if (!Array.isArray(scopes)) return undefined
  const granted = scopes.map(recordOf).filter((scope) => Number(scope.grant_status) === GRANTED)
  return new Set(granted.map((scope) => String(scope.scope_name)))
}

function lacking(rows: typeof NEEDED, scopes: ReadonlySet<string> | undefined): typeof NEEDED {
  return scopes ? rows.filter((row) => !row.scopes.some((scope) => scopes.has(scope))) : []
}

function permissions(rows: typeof NEEDED): string {
  const en = rows.map(({ scopes, en }) => `${scopes[0]} (to ${en})`).join(', ')
  const zh = rows.map(({ scopes, zh }) => `${scopes[0]}（${zh}）`).join('、')
  return `the app lacks permissions: ${en}; grant them and publish a version / 应用缺少权限：${zh}；请开通并发布版本`
}

function wish(scopes: ReadonlySet<string> | undefined): Text | undefined {
  const rows = lacking(WANTED, scopes)
  if (rows.length === 0) return undefined
  const en = rows.map(({ scopes: [scope], en }) => `with ${scope} it can ${en}`).join(', ')
  const zh = rows.map(({ scopes: [scope], zh }) => `开通 ${scope} 后可${zh}`).join('，')
  return { en, zh }
}

const HISTORY_MS = 60_000

/** It can be refused though everything is granted: Feishu gives no app the history of groups with people of other companies. */
async function historyHint(api: Feishu, { chat }: Settings, now: Date, signal: AbortSignal): Promise<Text | undefined> {
  try {
    await api.history({ chat, since: new Date(now.getTime() - HISTORY_MS) }, undefined, signal)
    return undefined
  } catch (error) {
    if (!(error instanceof FeishuError) || unhealthy(error).state !== 'misconfigured') throw error
    const { code } = error
    return {
      en: `the history of the group cannot be read (${code}: it takes im:message.group_msg, and no external group): what agents write while Frontdesk cannot be reached is lost`,
      zh: `无法读取该群的历史消息（${code}：需要 im:message.group_msg，且不能是外部群）：Frontdesk 离线期间客服写的话会丢失`,
    }
  }
}

/** A topic group has a mode of its own; an ordinary one may take its messages as topics. */
function topicHint(group: Record<string, unknown>): Text | undefined {
  if (group.chat_mode === 'topic' || group.group_message_type === 'thread') return undefined
  return {
    en: 'the group has no topics: each conversation unfolds under its card all the same, a topic group is easier to read',
    zh: '该群不是话题群：每个对话仍会以话题回复展开，建议改用话题群',
  }
}
