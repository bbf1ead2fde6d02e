// What WeChat tells of a follower: no name and no picture since 2021, but their language, and who they are across accounts.
import type { Connector } from '#core/connector.ts'
import type { Wechat } from '#platforms/wechat/api.ts'
import { channelIdentity } from '#platforms/wechat/messages.ts'

type Profile = Awaited<ReturnType<NonNullable<Connector['profile']>>>

export async function profileOf(api: Wechat, user: string, signal: AbortSignal): Promise<Profile> {
  const told = await api.get('/cgi-bin/user/info', { openid: user, lang: 'zh_CN' }, signal)
  const unionid = typeof told.unionid === 'string' ? told.unionid : ''
  const identities = [channelIdentity(user)]
  if (unionid) identities.push({ kind: 'unionid', value: unionid, verified: true })
  return { identities }
}
