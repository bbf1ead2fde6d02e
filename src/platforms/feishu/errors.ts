// What Feishu's numbers mean for whoever sends: the kind that decides what happens next, and words for people in both languages.
// The numbers are those of its pages on sending, replying, updating, reactions, files, groups, and of the general list.
import { ConnectorError, type ErrorKind } from '#core/errors.ts'

/** What an answer says, where it says no. */
export interface Refused {
  code: number
  msg: string
  /** Names of permissions that the app lacks, where Feishu tells. */
  missing?: string[]
  retryAfterMs?: number
}

/** The token ran out or was taken back: another is fetched and the call made once more. */
export const TOKEN_REFUSED = new Set([20005, 20013, 99991661, 99991663, 99991664, 99991668])
/** The key itself is wrong, or the app is switched off: the rest of what is refused can be put right in the platform's settings. */
export const CREDENTIALS = new Set([...TOKEN_REFUSED, 10003, 10012, 10013, 10014, 10015, 514, 99991662])
/** The app has not asked for the permission, or nobody granted it. */
const SCOPE_MISSING = 99991672
/** An update comes too late or meets no card any more: fourteen days are over, it was taken back, or it was deleted. */
export const CARD_LOCKED = new Set([230011, 230031, 230110])
/** Nobody can be written to in private: out of the app's range, left, blocked the bot, belongs to another company. */
export const NO_PRIVATE_WORD = new Set([230013, 230029, 230034, 230038, 230053])
/** The group takes no topics. */
export const NO_TOPICS = new Set([230071, 230072])
/** A message that can no longer be taken back by us. */
export const NOT_RECALLED = new Set([230009, 230026, 230054])
/** A message that is not there any more: taking it back is done. */
export const GONE_ALREADY = new Set([230011, 230110])

interface Meaning {
  kind: ErrorKind
  en: string
  zh: string
  retryAfterMs?: number
  certain?: boolean
}

const credentials = (en: string, zh: string): Meaning => ({ kind: 'unauthorized', en, zh })
const gone = (en: string, zh: string): Meaning => ({ kind: 'recipient_gone', en, zh })
const no = (en: string, zh: string): Meaning => ({ kind: 'rejected', en, zh })
const lost = (en: string, zh: string): Meaning => ({ kind: 'thread_gone', en, zh })
const slow = (en: string, zh: string, retryAfterMs = 1000): Meaning => ({ kind: 'rate_limited', en, zh, retryAfterMs })

const BOT_OUT = credentials('the bot is not in the group: add it there', '机器人不在群里，请把它加入客服群')
const BOT_OFF = credentials('switch on the bot ability of the app and publish a version', '请在开发者后台启用机器人能力并发布版本')
const DISSOLVED = credentials('the group was dissolved: put another chat into the config', '客服群已解散，请在配置中换一个 chat')
const TOO_LARGE = no('the file is too large: 30 MB, pictures 10 MB', '文件过大：文件不超过 30 MB，图片不超过 10 MB')

const MEANINGS: Record<number, Meaning> = {
  // Of the long connection.
  1: { kind: 'transient', en: 'Feishu is busy', zh: '飞书系统繁忙' },
  403: credentials('choose the long connection in the settings of the app', '请在开发者后台选择“使用长连接接收事件”'),
  514: credentials('check appId and appSecret', '请检查 appId 与 appSecret'),
  1000040343: { kind: 'transient', en: 'Feishu is busy', zh: '飞书系统繁忙' },
  1000040350: slow('more than fifty long connections of this app', '该应用的长连接已超过 50 个', 60_000),
  10003: credentials('check appId and appSecret', '请检查 appId 与 appSecret'),
  10012: credentials('check appId and appSecret', '请检查 appId 与 appSecret'),
  10013: credentials('check appId and appSecret', '请检查 appId 与 appSecret'),
  10014: credentials('the app is disabled', '应用已停用，请在管理后台启用'),
  10015: credentials('check appSecret', '请检查 appSecret'),
  11232: slow('too many messages at once', '消息发送过于频繁'),
  11233: slow('too many messages in this group', '群内消息发送过于频繁'),
  11247: slow('too many messages at once', '消息发送过于频繁'),
  99991400: slow('too many calls', '接口调用过于频繁'),
  99991401: credentials("add this server's address to the app's IP whitelist", '请把本服务器的 IP 加入应用的 IP 白名单'),
  99991403: slow('the calls of this month are used up', '本月接口调用量已用完', 15 * 60_000),
  99991662: credentials('the app is disabled', '应用已停用，请在管理后台启用'),
  [SCOPE_MISSING]: credentials('grant the permission and publish a version of the app', '请为应用开通该权限并发布版本'),
  212100: credentials('the app is not installed in this company', '应用尚未在企业内安装，请发布版本'),
  230002: BOT_OUT,
  230006: BOT_OFF,
  230009: no('too old to be taken back', '超过可撤回的时间'),
  230011: lost('the message was taken back', '消息已被撤回'),
  230012: no('not a message of this bot', '不是本机器人发送的消息'),
  230013: gone('this person is outside the range of the app', '该成员不在应用的可用范围内'),
  230018: credentials('the settings of the group do not let the bot write', '群设置不允许机器人发言'),
  230019: lost('the topic does not exist any more', '话题不存在'),
  230020: slow('at most five messages a second in one group', '群内每秒最多 5 条消息'),
  230022: no('Feishu finds sensitive words in it', '消息内容包含敏感信息'),
  230025: no('the message is too long', '消息过长'),
  230027: credentials(
    'a permission is missing (of what is said in the group: im:message.group_msg), or the group has people of other companies',
    '缺少权限（读取群消息需要 im:message.group_msg），或该群是外部群',
  ),
  230028: no('the data leak check of the company refused it', '未通过企业的数据防泄漏审查'),
  230029: gone('this person has left the company', '该成员已离职'),
  230031: no('cards can be changed for fourteen days only', '卡片发出超过 14 天，不能再更新'),
  230034: gone('there is nobody and no group of this id: check chat', '没有这个接收者，请检查 chat'),
  230035: credentials('the bot may not write here: it was muted or blocked', '机器人没有发言权限：群已禁言，或机器人被屏蔽'),
  230036: credentials("the company's encryption key was deleted", '企业的加密密钥已被删除'),
  230038: gone('this person belongs to another company', '该成员属于其他企业'),
  // The same uuid is on its way: what became of it is known in a moment, and repeating it with the uuid is harmless.
  230049: { ...slow('the same message is being sent', '同一条消息正在发送'), certain: false },
  230050: lost('the message cannot be seen by the bot', '机器人看不到该消息'),
  230053: gone('this person does not take messages of the bot', '该成员已屏蔽机器人消息'),
  230055: no('the file is not of the kind that was named', '文件类型与消息类型不符'),
  230071: no('this group does not take replies in topics', '该群不支持话题回复'),
  230073: no('this topic is hidden from the bot: it began before the bot came', '机器人看不到该话题：它早于机器人进群'),
  230110: lost('the message was deleted', '消息已被删除'),
  230111: lost('the message is about to vanish', '消息即将自动删除'),
  231003: no('there is no such message any more', '消息不存在或已撤回'),
  231203: no('this kind of group gives out no history', '该类型的群不提供历史消息'),
  232006: credentials('there is no group of this id: check chat', '没有这个群，请检查 chat'),
  232009: DISSOLVED,
  232010: credentials('the group belongs to another company', '该群属于其他企业'),
  232011: BOT_OUT,
  232025: BOT_OFF,
  232034: credentials('the app is not installed or not enabled', '应用未安装或未启用'),
  234001: no('Feishu does not take this file', '飞书不接受这个文件'),
  234003: no('the file does not belong to this message', '文件不属于该消息'),
  234004: BOT_OUT,
  234006: TOO_LARGE,
  234007: BOT_OFF,
  234010: no('the file is empty', '文件为空'),
  234011: no('Feishu does not know this form of picture', '不支持的图片格式'),
  234037: no('files above 100 MB cannot be loaded', '超过 100 MB 的文件无法下载'),
  234038: no('the group does not let files be loaded', '群已开启防泄密模式，不能下载文件'),
  234039: no('the picture has too many points', '图片分辨率过高'),
  234043: no('files in forwarded messages and cards cannot be loaded', '无法下载合并转发或卡片中的文件'),
}

/** Feishu's number and words, for whom the kind is not enough. */
export class FeishuError extends ConnectorError {
  readonly code: number
  readonly missing: string[]

  constructor(refused: Refused, scrub: (text: string) => string) {
    const { code, msg, missing = [] } = refused
    const token = TOKEN_REFUSED.has(code) ? credentials('check appId and appSecret', '请检查 appId 与 appSecret') : undefined
    const known = MEANINGS[code] ?? token
    const said = [String(code), scrub(msg), missing.join(', ')].filter(Boolean).join(' ')
    super(known?.kind ?? 'rejected', known ? `${said} – ${known.en} / ${known.zh}` : said, {
      certain: known?.certain ?? true,
      ...(known?.kind === 'rate_limited' && { retryAfterMs: refused.retryAfterMs ?? known.retryAfterMs }),
    })
    this.name = 'FeishuError'
    this.code = code
    this.missing = missing
  }
}

/** Feishu refused with one of these numbers. */
export function isRefusal(error: unknown, codes: ReadonlySet<number>): boolean {
  return error instanceof FeishuError && codes.has(error.code)
}
