// Is everything there that the desk needs? Each lack by its name: a scope, an invitation, a switch.
import type { Health } from '#core/connector.ts'
import { healthOf } from '#core/health.ts'
import { isRefusal } from '#platforms/slack-errors.ts'
import type { Context } from './context.ts'

/** Without these something that people rely on does not work. */
const NEEDED = ['chat:write', 'files:read', 'files:write', 'reactions:read', 'reactions:write', 'users:read']
/** One of each row: for public channels, or for private ones. */
const EITHER = [['channels:history', 'groups:history']]
/** Without these it works, with less comfort. */
const WANTED: [scope: string, en: string, zh: string][] = [
  ['chat:write.customize', 'names stand within the words instead of above them', '名字会写在正文里，而不是显示在消息上方'],
  ['users:read.email', 'agents are linked by their Slack id only', '只能用 Slack 用户 id 关联客服'],
  ['commands', '/desk and the shortcut “Send as note” do not work', '/desk 和“存为备注”快捷方式不可用'],
]

export async function check(context: Context, settings: { appToken?: string }, signal: AbortSignal): Promise<Health> {
  try {
    const me = await context.api.call('auth.test', {}, signal)
    const account = [me.team, me.user && `@${me.user}`].filter(Boolean).join(' ')
    const wrong = [...lacking(context.api.scopes()), ...(await placesOf(context, signal)), ...(await socketOf(context, settings, signal))]
    if (wrong.length > 0) return { state: 'misconfigured', account, detail: wrong.join('; ') }
    const less = WANTED.filter(([scope]) => context.api.scopes()?.includes(scope) === false)
    const detail = less.map(([scope, en, zh]) => `without the scope ${scope} ${en} / 缺少权限 ${scope}：${zh}`)
    return { state: 'connected', account, ...(detail.length > 0 && { detail: detail.join('; ') }) }
  } catch (error) {
    return healthOf(error)
  }
}

function lacking(scopes: string[] | undefined): string[] {
  // Where Slack does not say what the token may do, the first call that may not will.
  if (!scopes) return []
  const missing = [
    ...NEEDED.filter((scope) => !scopes.includes(scope)),
    ...EITHER.filter((row) => !row.some((scope) => scopes.includes(scope))).map((row) => row.join(' or ')),
  ]
  if (missing.length === 0) return []
  const list = missing.join(', ')
  return [`the app lacks the scopes ${list}: add them and install the app again / 应用缺少权限 ${list}：请添加后重新安装`]
}

async function placesOf({ api, all }: Context, signal: AbortSignal): Promise<string[]> {
  const found = await Promise.all(
    [...all].map(async (channel) => {
      try {
        const { channel: place } = await api.call('conversations.info', { channel }, signal)
        if (place.is_archived) return [`the channel ${channel} is archived / 频道 ${channel} 已归档`]
        if (place.is_member === false)
          return [`the app is not in ${channel}: write /invite @app there / 应用不在频道 ${channel} 中：请在频道里输入 /invite @应用`]
        return []
      } catch (error) {
        if (isRefusal(error, 'channel_not_found'))
          return [
            `there is no channel ${channel}, or it is private and the app was not invited / 没有频道 ${channel}，或它是私有频道而应用未被邀请`,
          ]
        // Asking needs a scope of its own (channels:read, groups:read); posting does not.
        if (isRefusal(error, 'missing_scope')) return []
        throw error
      }
    }),
  )
  return found.flat()
}

/** Asking for an address opens no connection. */
async function socketOf({ api }: Context, { appToken }: { appToken?: string }, signal: AbortSignal): Promise<string[]> {
  if (appToken === undefined) return []
  try {
    await api.call('apps.connections.open', {}, signal)
    return []
  } catch (error) {
    if (!isRefusal(error, 'invalid_auth', 'not_allowed_token_type', 'missing_scope', 'not_authed', 'access_denied')) throw error
    return [
      `appToken does not open a connection (${error.code}): it begins with xapp- and needs connections:write, with Socket Mode switched on / appToken 无法建立连接（${error.code}）：应以 xapp- 开头，带 connections:write 权限，并开启 Socket Mode`,
    ]
  }
}
