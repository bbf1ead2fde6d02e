// What each key of the config files means, in both languages. The keys themselves, their types and defaults come from the
// schemas; a key without words here, or words without a key, stops the generator.
import type { Text } from '#core/message.ts'
import { assistantWords, feedbackWords } from './docs-words-assistant.ts'
import { serviceWords } from './docs-words-service.ts'

const mode: Text = {
  zh: '`polling`（主动拉取）或 `webhook`。不写时：有 `publicUrl` 用 webhook，否则用 polling',
  en: '`polling` or `webhook`. Left out: webhook where there is a `publicUrl`, else polling',
}
const secret: Text = {
  zh: 'webhook 用，与 `mode` 都不写时由 token 生成：1 至 256 个字母、数字、`_` 或 `-`，Telegram 每次推送都会带上它',
  en: 'for webhooks, made from the token when left out together with `mode`: 1 to 256 letters, digits, `_` or `-`; Telegram sends it back with every update',
}
const apiRoot: Text = { zh: '代理或自建 Bot API 服务器的地址', en: 'a proxy, or your own Bot API server' }
const pollSeconds: Text = { zh: '一次拉取最多等待多少秒', en: 'how long one poll waits for news' }

/** Accounts and Mini Programs have the same page on the platform. */
function wechatWords(path: string): Record<string, Text> {
  return {
    [`${path}.appId`]: { zh: 'AppID，如 `wx1234567890abcdef`', en: 'the AppID, such as `wx1234567890abcdef`' },
    [`${path}.appSecret`]: { zh: 'AppSecret', en: 'the AppSecret' },
    [`${path}.token`]: { zh: '“服务器配置”页面上的 Token', en: 'the Token of the page for pushed messages' },
    [`${path}.encodingAesKey`]: {
      zh: '同一页面上的 EncodingAESKey，43 个字符；除非 `plain: true`，否则必填',
      en: 'the EncodingAESKey of the same page, 43 letters; needed unless `plain: true`',
    },
    [`${path}.plain`]: {
      zh: '接受未加密的推送。明文模式的签名不保护正文，只应临时使用',
      en: 'takes pushes that are not encrypted. Their signature does not cover what they say: for a short while only',
    },
    [`${path}.apiRoot`]: { zh: '代理的地址', en: 'a proxy' },
  }
}

const tlsWords: Text = {
  zh: '从第一个字节起加密；`false`：用 STARTTLS，没有加密就不登录',
  en: 'TLS from the first byte; `false`: STARTTLS, and nobody signs in without it',
}
const plainWords: Text = {
  zh: '完全不加密，只用于本身安全的线路；本机地址总是如此',
  en: 'no TLS at all, only where the way there is safe by itself; always so on this machine',
}

export const frontdeskWords: Record<string, Text> = {
  ...serviceWords,
  'brand.name': {
    zh: '客户看到的名称；不写 `brand` 时是 `Frontdesk`',
    en: 'the name that customers see; `Frontdesk` where `brand` is left out',
  },
  publicUrl: {
    zh: '公网地址。没有它：不向任何平台登记地址，Telegram 用轮询，消息里没有指向文件和控制台的链接',
    en: 'where the world reaches us. Without it nothing is registered with a platform, Telegram is polled, and messages hold no links to files or to the console',
  },
  timezone: {
    zh: '坐席在命令里所说时间的时区，如 `Asia/Shanghai`；不写时取 `bot.yaml` 工作时间的时区，再没有则取服务器的',
    en: 'the time zone of times in commands, such as `Asia/Shanghai`; left out: that of the opening hours in `bot.yaml`, else the machine’s',
  },
  locale: {
    zh: '对客户一无所知时用的语言；坐席工具没有指定时也用它',
    en: 'the language while nothing is known of a customer, and of desks that name none',
  },
  'webhooks[].id': { zh: '流程中使用的名字', en: 'the name that flows call it by' },
  'webhooks[].url': {
    zh: '调用地址（POST，JSON）。不跟随跳转',
    en: 'where it is called (POST, JSON); redirects are not followed',
  },
  'webhooks[].secret': {
    zh: '按 Standard Webhooks 给每次调用签名：`whsec_` 加 24 至 64 个随机字节的 base64；更换期间可以写两个',
    en: 'signs each call as Standard Webhooks say: `whsec_` and 24 to 64 random bytes in base64; two while one replaces the other',
  },
  'webhooks[].headers': {
    zh: '附带的请求头，例如网关要求的 `authorization`',
    en: 'headers sent along, such as the `authorization` that a gateway wants',
  },
  ...assistantWords,
  skills: {
    zh: '对话可以要求的技能；只说“人工”的客户归第一个',
    en: 'what a conversation can ask for; the first is for whoever just wants a person',
  },
  'skills[].id': {
    zh: '流程、客服和转接中使用的名字；只写名字时等于 `{ id: 名字 }`',
    en: 'what flows, agents and transfers call it; a plain name is the same as `{ id: name }`',
  },
  'skills[].name': { zh: '给人看的名字；不写则用 `id`', en: 'what people see; `id` when left out' },
  'skills[].desks': {
    zh: '只有这些坐席工具能看到此技能的对话；不写则全部。控制台始终能看到',
    en: 'only these desks see conversations of this skill; all when left out. The console always does',
  },
  'skills[].hours': { zh: '此技能的工作时间表', en: 'the calendar of its opening hours' },
  'skills[].level': { zh: '客服的此项技能至少要达到几级', en: 'how well an agent must have it at least' },
  'skills[].wishes[].id': { zh: '希望客服同时具备的技能', en: 'a skill that the agent should have as well' },
  'skills[].wishes[].level': { zh: '至少几级', en: 'at least so well' },
  'skills[].wishes[].seconds': {
    zh: '排队多少秒之后不再要求；写 `0` 则不等待',
    en: 'for so many seconds in the queue; then it is dropped',
  },
  'skills[].teams': { zh: '只分给这些团队的客服，溢出之前', en: 'only people of these teams, until it overflows' },
  'skills[].overflow[].team': {
    zh: '由哪个团队帮忙（与 `skill` 二选一），不论其技能',
    en: 'the team whose people then help, whatever their skills (or `skill`)',
  },
  'skills[].overflow[].skill': { zh: '由有此技能的客服帮忙，不论团队', en: 'who has this skill then helps, whatever their team' },
  'skills[].overflow[].seconds': { zh: '排队多少秒之后', en: 'after so many seconds in the queue' },
  'skills[].mode': { zh: '同 `routing.mode`，只用于此技能', en: 'as `routing.mode`, for this skill alone' },
  'skills[].offerSeconds': { zh: '同 `routing.offerSeconds`，只用于此技能', en: 'as `routing.offerSeconds`, for this skill alone' },
  'teams[].id': { zh: '简短标识：小写字母、数字、`-`、`_`', en: 'short name: small letters, digits, `-`, `_`' },
  'teams[].name': { zh: '给人看的名字；不写则用 `id`', en: 'what people see; `id` when left out' },
  'files.maxMegabytes': {
    zh: '接收的文件最大多少 MB，不论来自客户还是客服',
    en: 'the largest file in MB that is taken, from customers and agents alike',
  },
  'files.refuse': {
    zh: '不接收哪些扩展名：打开就会运行的文件。程序按内容识别，改名也没用（`exe`、`elf`）',
    en: 'endings that are not taken, since such files run when opened. Programs are known by their first bytes, whatever they are called (`exe`, `elf`)',
  },
  'files.store': {
    zh: '文件放在哪里：数据目录（`type: disk`）或任何兼容 S3 的存储桶（`type: s3`），见[运维](operations.zh.md#文件)',
    en: 'where files are kept: in the data folder (`type: disk`), or in a bucket of anything that speaks S3 (`type: s3`), see [operations](operations.md#files)',
  },
  'files.scan': {
    zh: '文件保存前由谁扫描：ClamAV（`type: clamd`）或 HTTP 服务（`type: http`），见[运维](operations.zh.md#文件)',
    en: 'who looks at each file before it is kept: ClamAV (`type: clamd`) or a service behind HTTP (`type: http`), see [operations](operations.md#files)',
  },
  'agents[].id': {
    zh: '简短标识，用于转接和日志：小写字母、数字、`-`、`_`',
    en: 'short name for transfers and logs: small letters, digits, `-`, `_`',
  },
  'agents[].name': { zh: '同事看到的名字', en: 'the name that colleagues see' },
  'agents[].publicName': { zh: '客户看到的名字；不写则用 `name`', en: 'the name that customers see; `name` when left out' },
  'agents[].email': { zh: '登录控制台用', en: 'for signing in to the console' },
  'agents[].role': {
    zh: '`agent` 看得到自己的、自己技能内的和没有技能要求的对话；`supervisor` 看得到全部；`admin` 还可以管理团队',
    en: '`agent` sees conversations of their own, of their skills and without a skill; `supervisor` sees all; `admin` also manages the team',
  },
  'agents[].skills': {
    zh: '可以接哪些技能的对话；只写名字时等于 `{ id: 名字, level: 1 }`',
    en: 'which conversations may be given to this agent; a plain name is the same as `{ id: name, level: 1 }`',
  },
  'agents[].skills[].id': { zh: '`skills` 中的名字', en: 'a name of `skills`' },
  'agents[].skills[].level': { zh: '掌握到几级（1 至 9）', en: 'how well, from 1 to 9' },
  'agents[].languages': { zh: '会说的语言；不写则全部', en: 'languages that this agent speaks; all when left out' },
  'agents[].team': { zh: '所属团队，`teams` 中的 `id`', en: 'the team, an `id` of `teams`' },
  'agents[].capacity': {
    zh: '同时接待上限：一个数字为合计，`{ chat, async }` 为即时对话与邮件等异步对话分开计算',
    en: 'how many conversations at once: a number counts all together, `{ chat, async }` counts talk and mail apart',
  },
  'agents[].shifts': {
    zh: '班次，如 `"mon-fri 09:00-12:00, 13:30-18:00"`；班次之外不分配对话。不写为随时',
    en: 'when this agent works, like `"mon-fri 09:00-12:00, 13:30-18:00"`: outside nothing is given to them. Always when left out',
  },
  'agents[].timezone': {
    zh: '班次的时区；不写则用 `routing.timezone`',
    en: 'the time zone of the shifts; `routing.timezone` when left out',
  },
  'agents[].identities': { zh: '坐席工具 id → 此人在该工具中的用户 id', en: "desk id → this person's user id in that tool" },
  'routing.mode': {
    zh: '`auto`：自动分给空闲客服；`offer`：逐个询问，接受才分给；`broadcast`：同时询问所有合适的客服，先到先得；`claim`：由客服自己接入',
    en: '`auto`: free agents are given conversations; `offer`: one after the other is asked; `broadcast`: all who are able are asked, the first gets it; `claim`: they take them',
  },
  'routing.offerSeconds': { zh: '一次询问有效多少秒', en: 'for how many seconds an offer stands' },
  'routing.missesBeforePause': {
    zh: '连续错过几次后，客服被暂停分配（会收到通知，`/online` 恢复）；`0` 为从不',
    en: 'so many misses in a row pause an agent, who is told and comes back with `/online`; `0`: never',
  },
  'routing.leaseMinutes': {
    zh: '分到对话后多少分钟不回复就收回；一个数字只管即时对话，`{ chat, async }` 分开；`0` 为从不',
    en: 'who was given a conversation and says nothing for so many minutes loses it; a number is for talk alone, `{ chat, async }` for each kind; `0`: never',
  },
  'routing.languageSeconds': {
    zh: '排队多少秒内只找会说客户语言的客服；`never` 为始终要求',
    en: 'for so many seconds only agents who speak the customer’s language are looked for; `never`: this is never dropped',
  },
  'routing.lastAgentDays': {
    zh: '多少天内接待过该客户的客服优先；`0` 为不优先',
    en: 'who served the customer within so many days comes first; `0`: nobody does',
  },
  'routing.vip.tags': { zh: '带有哪些标签的客户算贵宾', en: 'customers with one of these tags are VIPs' },
  'routing.vip.priority': { zh: '贵宾至少按此优先级排队', en: 'VIPs wait with at least this priority' },
  'routing.async': {
    zh: '哪些渠道（`id` 或类型）算异步：客户不会守着等',
    en: 'channels (ids or types) whose customers do not sit and wait',
  },
  'routing.timezone': {
    zh: '班次的默认时区，如 `Asia/Shanghai`',
    en: 'time zone of shifts where an agent names none, like `Asia/Shanghai`',
  },
  'routing.presenceMinutes': { zh: '最后一次活动后，多少分钟内仍算在线', en: 'for how many minutes a sign of life counts as online' },
  'routing.reopenHours': {
    zh: '结单后多少小时内来信会重新打开原对话',
    en: 'words within so many hours of the end open the old conversation again',
  },
  'surge.backlog': {
    zh: '最多允许多少条消息等待处理，超过后请调用方稍后重试（503）',
    en: 'so many events may wait to be worked on; beyond, callers are asked to come again (503)',
  },
  'sending.policy': {
    zh: '坐席工具里谁的话会发给客户：claimer 负责人的话；prefix 只有 >文字 或 /r 文字；alerts 都不发（只能在控制台回复）',
    en: "whose words in a tool reach the customer: claimer, the owner's; prefix, only `>text` and `/r text`; alerts, none (agents answer in the console)",
  },
  'sending.skills': { zh: '个别技能的不同规则，如 { tech: prefix }', en: 'another policy for a skill, like { tech: prefix }' },
  'sending.undoSeconds': {
    zh: '客服的话发出前等待几秒，其间修改、删除不留痕迹；0 为立即发出',
    en: "so many seconds an agent's words wait before they leave: until then edits and deletions cost nothing; 0 sends at once",
  },
  'sending.heldMinutes': {
    zh: '暂存的话多久没人处理就自动变为备注',
    en: 'after so long held words about which nobody decided stay a note',
  },
  'sending.downMinutes': {
    zh: '工具连续故障多久后，其对话改在下一个坐席工具中显示，并通知管理员',
    en: 'a tool that fails for so long is down: its conversations are shown in the next desk, and the admins are told',
  },
  'surge.waiting': { zh: '排队人数达到多少时进入高峰模式；不填则不按人数判断', en: 'a surge begins when so many wait in the queue' },
  'surge.perMinute': { zh: '每分钟新对话达到多少时进入高峰模式', en: 'a surge begins when so many conversations open within a minute' },
  'surge.calmMinutes': {
    zh: '两项都低于阈值多少分钟后结束高峰',
    en: 'a surge ends when both stayed below their marks for so many minutes',
  },
  'surge.overflow': {
    zh: '高峰时，有这些技能或属于这些团队的客服可以接任何对话',
    en: 'during a surge agents with these skills, or of these teams, may be given any conversation',
  },
  'surge.bot': {
    zh: '高峰时由机器人先接待新对话并告知客户，只有客户要求时才转人工',
    en: 'during a surge the bot keeps its conversations unless a person is asked for, and tells new customers so',
  },
}

/** Keys of channels and desks: `<list>.<type>.<key>`. */
export const kindWords: Record<string, Text> = {
  'channels.app.callbackUrl': {
    zh: '我们的消息发送到的地址：`https`，本机可用 `http`',
    en: 'where our messages are posted to: `https`, or `http` on this machine',
  },
  'channels.app.secret': {
    zh: '双向签名用：`whsec_` 加 24 至 64 个随机字节的 base64；更换期间可写两个',
    en: 'signs both ways: `whsec_` and 24 to 64 random bytes in base64; a list of two while one replaces the other',
  },
  'channels.telegram.token': { zh: 'BotFather 给出的 token', en: 'what BotFather gave you' },
  'channels.telegram.mode': mode,
  'channels.telegram.secret': secret,
  'channels.telegram.apiRoot': apiRoot,
  'channels.telegram.pollSeconds': pollSeconds,
  'channels.email.address': {
    zh: '客户写信的地址，也是我们发信的地址',
    en: 'where customers write to, and what our mails are from',
  },
  'channels.email.aliases': {
    zh: '同样会送到这个信箱的其他地址；寄给别处、只是路过这里的邮件，机器人不会回复',
    en: 'other addresses whose mail arrives here, too; what is addressed to neither is shown, and the bot does not answer it',
  },
  'channels.email.name': { zh: '不是客服本人写的邮件用这个发件人名称', en: 'the name of the sender on mails that no agent wrote' },
  'channels.email.imap.host': { zh: 'IMAP 服务器；填写后从信箱收信', en: 'the IMAP server; with it mails are read from a mailbox' },
  'channels.email.imap.port': {
    zh: '端口；不写：`secure` 为真时 993，否则 143',
    en: 'its port; left out: 993 where `secure` is true, else 143',
  },
  'channels.email.imap.secure': tlsWords,
  'channels.email.imap.plain': plainWords,
  'channels.email.imap.user': { zh: '信箱的登录名', en: 'who signs in to the mailbox' },
  'channels.email.imap.password': {
    zh: '信箱的密码；QQ、163 等需要在网页上生成的授权码',
    en: "the mailbox's password; many providers want one that is made for programs",
  },
  'channels.email.imap.sent': {
    zh: '“已发送”文件夹的名称；不写则用服务器标明的那个',
    en: 'the folder for sent mails; left out: the one that the server calls so',
  },
  'channels.email.smtp.host': { zh: 'SMTP 服务器；填写后经它发信', en: 'the SMTP server; with it mails go out there' },
  'channels.email.smtp.port': {
    zh: '端口；不写：`secure` 为真时 465，否则 587',
    en: 'its port; left out: 465 where `secure` is true, else 587',
  },
  'channels.email.smtp.secure': tlsWords,
  'channels.email.smtp.plain': plainWords,
  'channels.email.smtp.user': { zh: '登录名；不写则与 `imap` 相同', en: 'who signs in; left out: as for `imap`' },
  'channels.email.smtp.password': { zh: '密码；与 `user` 一起填写', en: 'the password; goes with `user`' },
  'channels.email.oauth.provider': {
    zh: '不用密码登录：`google`（Gmail）或 `microsoft`（Microsoft 365）',
    en: 'signing in without a password: `google` (Gmail) or `microsoft` (Microsoft 365)',
  },
  'channels.email.oauth.clientId': { zh: '在服务商处登记的应用 ID', en: 'the id of the application registered there' },
  'channels.email.oauth.clientSecret': { zh: '应用的密钥', en: 'the secret of that application' },
  'channels.email.oauth.refreshToken': { zh: '管理员授权一次后得到的 refresh token', en: 'what an admin got by consenting once' },
  'channels.email.oauth.tokenUrl': {
    zh: '换取令牌的地址；Microsoft 的单一租户填写自己的',
    en: "where tokens are given out, for a tenant's own address at Microsoft",
  },
  'channels.email.plusReplies': {
    zh: '回信地址写成 `地址+签名@…`：往来最不易断开，前提是邮件服务器会把加号地址送到同一信箱',
    en: 'answers come back to `address+signature@…`, the surest way to keep a thread; the mail server must deliver such addresses',
  },
  'channels.email.answersPerHour': {
    zh: '机器人一小时内最多回复同一发件人多少封，防止与没有标明身份的自动程序互相回复',
    en: 'so many answers of the bot to one sender within an hour: the last stop for machines that do not say that they are some',
  },
  'channels.email.api.provider': { zh: '代替 SMTP 发信的邮件服务商', en: 'who sends our mails, instead of SMTP' },
  'channels.email.api.key': { zh: '服务商的 API 密钥', en: "the provider's API key" },
  'channels.email.api.apiRoot': { zh: '代理或其他区域的地址', en: 'a proxy, or another region' },
  'channels.email.secret': {
    zh: '邮件服务器推送来信时用它签名：`whsec_` 加 24 至 64 个随机字节的 base64',
    en: 'signs mails that a mail server posts: `whsec_` and 24 to 64 random bytes in base64',
  },
  ...wechatWords('channels.wechat'),
  'channels.wechat.replies': {
    zh: '`service`：用客服消息回复；`passive`：账号没有客服消息接口时，只随客户来信在 5 秒内被动回复',
    en: "`service`: customer-service messages; `passive`: only in the answer to the customer's call, within 5 s, for accounts without that interface",
  },
  ...wechatWords('channels.wechat-mini'),
  'channels.wechat-mini.sessionSecret': {
    zh: '小程序自己的服务器用它签名 `session-from`，说明用户是谁；至少 16 个字符',
    en: "the Mini Program's own server signs `session-from` with it, to say who the user is; at least 16 letters",
  },
  'channels.web.origins': {
    zh: '除自己的页面外，允许显示聊天的网站（协议加域名）；`"*"` 表示任何网站',
    en: 'sites that may show the chat, besides our own pages (scheme and host); `"*"` = any',
  },
  'channels.web.color': {
    zh: '按钮和访客消息的颜色：`#` 加六位十六进制数',
    en: "colour of the button and of the visitor's messages: `#` and six hex digits",
  },
  'channels.wecom-kf.corpId': {
    zh: '企业 ID，在管理后台“我的企业”页底部',
    en: 'the company id, at the foot of “My Company” in the admin console',
  },
  'channels.wecom-kf.secret': {
    zh: '可调用微信客服接口的自建应用的 Secret',
    en: 'the Secret of the app of your own that may call the API of WeChat Customer Service',
  },
  'channels.wecom-kf.token': { zh: '回调配置页上的 Token', en: 'the Token of the page on which the callback is set up' },
  'channels.wecom-kf.encodingAesKey': { zh: '回调配置页上的 EncodingAESKey', en: 'the EncodingAESKey of that page' },
  'channels.wecom-kf.accounts': {
    zh: '只接待这些客服账号（`wk…`）；不写则为应用可管理的全部账号',
    en: 'only these customer service accounts (`wk…`); all that the app may manage when left out',
  },
  'channels.wecom-kf.apiRoot': { zh: '代理的地址', en: 'a proxy' },
  'channels.wecom-kf.sweepSeconds': {
    zh: '没有收到回调时，每隔多少秒也去看一次：回调可能丢失',
    en: 'how often every account is looked at though nobody called: calls get lost',
  },
  'desks.redact.cards': {
    zh: '银行卡号在该工具中只显示后四位；控制台不受影响',
    en: 'of card numbers this tool is shown the last four digits; the console shows all',
  },
  'desks.redact.secrets': {
    zh: '不向该工具显示密钥、令牌和“密码：…”之后的内容',
    en: 'keys, tokens and what follows `password:` are not shown to this tool',
  },
  'desks.redact.phones': { zh: '电话号码只显示后两位', en: 'of phone numbers it is shown the last two digits' },
  'desks.redact.emails': { zh: '邮箱只显示域名', en: 'of e-mail addresses it is shown the domain' },
  'desks.redact.words': {
    zh: '另外隐藏的词语，或 `/正则表达式/i`',
    en: 'words that it is not shown, or patterns like `/\\bKD-\\d{6}\\b/i`',
  },
  'desks.slack.botToken': {
    zh: '应用安装后得到的 Bot User OAuth Token，`xoxb-…`',
    en: 'the Bot User OAuth Token, `xoxb-…`, that installing the app gave',
  },
  'desks.slack.signingSecret': {
    zh: '“Basic Information”页上的 Signing Secret；用 Socket Mode 时可不填',
    en: 'the Signing Secret of the page “Basic Information”; not needed with Socket Mode',
  },
  'desks.slack.appToken': {
    zh: '应用级 token，`xapp-…`；填了就用 Socket Mode，无需公网地址',
    en: 'the app-level token, `xapp-…`; with it Socket Mode is used, and no public address is needed',
  },
  'desks.slack.channel': { zh: '频道 id，`C…`', en: "the channel's id, `C…`" },
  'desks.slack.channels': { zh: '有自己频道的技能：技能 → 频道 id', en: 'skills with a channel of their own: skill → channel id' },
  'desks.slack.apiRoot': { zh: '代理的地址', en: 'a proxy' },
  'desks.slack.locale': { zh: '卡片和标记的语言；不写则用全局语言', en: "language of cards and marks; the house's when left out" },
  'desks.feishu.appId': { zh: '应用的 App ID，以 `cli_` 开头', en: "the app's App ID, beginning with `cli_`" },
  'desks.feishu.appSecret': { zh: '应用的 App Secret', en: "the app's App Secret" },
  'desks.feishu.encryptKey': {
    zh: '“加密策略”页的 Encrypt Key：推送因此被加密并签名',
    en: 'the Encrypt Key of the page on encryption: with it pushes are encrypted and signed',
  },
  'desks.feishu.verificationToken': {
    zh: '同一页的 Verification Token；没有 Encrypt Key 时必填',
    en: 'the Verification Token of the same page; required where there is no Encrypt Key',
  },
  'desks.feishu.chat': { zh: '客服群的 ID，以 `oc_` 开头', en: 'the id of the group, beginning with `oc_`' },
  'desks.feishu.mode': {
    zh: '`webhook`（飞书请求我们的地址）或 `connection`（长连接，不需要公网地址）；不写时，配置了密钥为前者，否则为后者',
    en: '`webhook` (Feishu calls our address) or `connection` (the long connection, no public address); left out: the former where a key is given, else the latter',
  },
  'desks.feishu.apiRoot': { zh: 'Lark 国际版填 `https://open.larksuite.com`', en: 'for Lark `https://open.larksuite.com`' },
  'desks.feishu.locale': { zh: '卡片和标记的语言；不写则用全局语言', en: "language of cards and marks; the house's when left out" },
  'desks.email.address': {
    zh: '坐席专用邮箱：通知邮件从它发出，客服的回复也回到它',
    en: 'a mailbox for the desk alone: our mails to agents are from it, and their answers come back to it',
  },
  'desks.email.name': { zh: '发件人名称', en: 'the name of the sender' },
  'desks.email.imap.host': { zh: '读取该邮箱的 IMAP 服务器', en: 'the IMAP server of that mailbox' },
  'desks.email.imap.port': { zh: '`secure` 时为 993，否则 143', en: '993 with `secure`, else 143' },
  'desks.email.imap.secure': tlsWords,
  'desks.email.imap.plain': plainWords,
  'desks.email.imap.user': { zh: '信箱的登录名', en: 'who signs in to the mailbox' },
  'desks.email.imap.password': { zh: '密码或授权码', en: 'the password, or the code that the provider gives programs' },
  'desks.email.smtp.host': { zh: '发信的 SMTP 服务器', en: 'the SMTP server' },
  'desks.email.smtp.port': { zh: '`secure` 时为 465，否则 587', en: '465 with `secure`, else 587' },
  'desks.email.smtp.secure': tlsWords,
  'desks.email.smtp.plain': plainWords,
  'desks.email.smtp.user': { zh: '登录名；不写则与 `imap` 相同', en: 'who signs in; left out: as for `imap`' },
  'desks.email.smtp.password': { zh: '密码；与 `user` 一起填写', en: 'the password; goes with `user`' },
  'desks.email.oauth.provider': { zh: '用 OAuth 代替密码：`google` 或 `microsoft`', en: 'instead of passwords: `google` or `microsoft`' },
  'desks.email.oauth.clientId': { zh: '在服务商处登记的应用 ID', en: 'the id of the application registered there' },
  'desks.email.oauth.clientSecret': { zh: '应用的密钥', en: 'the secret of that application' },
  'desks.email.oauth.refreshToken': { zh: '管理员授权一次后得到的 refresh token', en: 'what an admin got by consenting once' },
  'desks.email.oauth.tokenUrl': { zh: '应用只属于一个租户时的令牌地址', en: 'where the application belongs to one tenant' },
  'desks.email.replyTo': {
    zh: '服务器不支持 `desk+…@` 时，另一个会送到此邮箱的地址，@ 前含 `{key}`',
    en: 'where the server knows no `desk+…@`: another address that leads here, with `{key}` before the @',
  },
  'desks.email.authentication': {
    zh: '`hmac+from`：还要求发件人是客服本人的邮箱，否则先扣下询问；`hmac`：有签名地址即可',
    en: "`hmac+from`: a mail must also come from the agent's own address, else its words are held; `hmac`: the signed address is enough",
  },
  'desks.email.answerDays': { zh: '多少天前的邮件仍可回复', en: 'how many days old a mail may be that is answered' },
  'desks.email.subject': {
    zh: '`title`：主题含客户与渠道名称；`reference`：只有编号',
    en: '`title`: subjects name the customer and the channel; `reference`: a number only',
  },
  'desks.email.mails': {
    zh: '`needed`：只发客户的话、备注和需要处理的事；`all`：机器人和系统的话也单独发信',
    en: "`needed`: the customer's words, notes, and what asks for a decision; `all`: a mail for the bot's and the house's words, too",
  },
  'desks.email.gatherSeconds': {
    zh: '客户连续说话时，等多少秒合成一封',
    en: 'how long words wait for more, so that a burst becomes one mail',
  },
  'desks.email.mailsPerMinute': { zh: '每位客服每分钟最多几封', en: 'the most mails that one agent gets within a minute' },
  'desks.email.waitSeconds': { zh: '一次查看信箱等待新邮件多久', en: 'how long one look into the mailbox waits for news' },
  'desks.email.locale': { zh: '邮件的语言；不写则用全局语言', en: "the language of mails; the house's when left out" },
  'desks.telegram.token': { zh: '客服群机器人的 token', en: "the desk bot's token" },
  'desks.telegram.chat': { zh: '群组编号，负数', en: 'the number of the group, negative' },
  'desks.telegram.mode': mode,
  'desks.telegram.secret': secret,
  'desks.telegram.apiRoot': apiRoot,
  'desks.telegram.locale': { zh: '卡片和标记的语言；不写则用全局语言', en: "language of cards and marks; the house's when left out" },
  'desks.telegram.pollSeconds': pollSeconds,
  'desks.xmpp.service': {
    zh: '服务器：`xmpp://主机:5222` 或 `xmpps://主机:5223`',
    en: 'the server: `xmpp://host:5222` or `xmpps://host:5223`',
  },
  'desks.xmpp.user': { zh: '前台的账号，如 `desk@example.com`', en: "the desk's account, like `desk@example.com`" },
  'desks.xmpp.password': { zh: '该账号的密码', en: 'its password' },
  'desks.xmpp.rooms': { zh: '服务器的群聊服务（MUC）', en: "the server's service for rooms (MUC)" },
  'desks.xmpp.lobby': { zh: '大厅的房间名', en: 'the name of the room for everybody' },
  'desks.xmpp.nick': { zh: '前台在房间里的昵称', en: 'what the desk is called in rooms' },
  'desks.xmpp.tls': {
    zh: '`required` 总要加密；`loopback-plain` 只有本机上的服务器可以不加密',
    en: '`required`: always encrypted; `loopback-plain`: except towards a server on this machine',
  },
  'desks.xmpp.keepDays': { zh: '已结单对话的房间保留几天', en: 'how many days the rooms of closed conversations are kept' },
  'desks.xmpp.locale': { zh: '卡片和标记的语言；不写则用全局语言', en: "language of cards and marks; the house's when left out" },
}

const when: Text = { zh: '[条件](#when)；不满足就跳过', en: 'a [condition](#when); passed over when it does not hold' }
const stepId: Text = {
  zh: '前后步骤改动时，让进行中的对话留在原处',
  en: 'keeps running conversations in place when the steps around it change',
}

export const botWords: Record<string, Text> = {
  version: { zh: '文件格式的版本', en: 'version of the form of this file' },
  'defaults.locale': { zh: '还不知道客户语言时用的语言', en: "the language while a customer's is not known" },
  'defaults.hours': { zh: '用哪个时间表决定人工是否在线；不写表示全天', en: 'the calendar that says when people answer; left out: always' },
  'defaults.confidence': { zh: '达到这个把握才直接回答', en: 'how sure the bot must be to answer' },
  'hours.<name>.timezone': { zh: '时区，如 `Asia/Shanghai`', en: 'a time zone such as `Asia/Shanghai`' },
  'hours.<name>.open': {
    zh: '星期 → 时间段，如 `mon-fri: "09:00-12:00, 13:30-18:00"`',
    en: 'days → ranges of times, such as `mon-fri: "09:00-12:00, 13:30-18:00"`',
  },
  'hours.<name>.extra': { zh: '有自己时间段的日子，优先于其他一切', en: 'days with hours of their own, stronger than everything else' },
  'hours.<name>.closed': {
    zh: '休息日：`"2026-10-01"` 或 `"2026-10-01..2026-10-07"`',
    en: 'holidays: `"2026-10-01"` or `"2026-10-01..2026-10-07"`',
  },
  'greetings[].when': { zh: '[条件](#when)；用第一条满足的欢迎语', en: 'a [condition](#when); the first greeting that fits is used' },
  'greetings[].say': { zh: '欢迎语', en: 'the words' },
  'greetings[].buttons': { zh: '[按钮](#button)', en: '[buttons](#button)' },
  faq_files: {
    zh: '更多问答：与 `bot.yaml` 放在一起的 CSV 和 Markdown 文件',
    en: 'more FAQ entries: CSV and Markdown files beside `bot.yaml`',
  },
  'greetings[].questions': {
    zh: '在按钮之后再列出几个问得最多的问题（1 至 5）',
    en: 'so many of the questions asked most as buttons behind these (1 to 5)',
  },
  ...feedbackWords,
  'questions.order': {
    zh: '`asked`：最近问得多的排在前面（只存每条的次数）；`file`：按文件中的顺序，不计数',
    en: '`asked`: what customers ask most lately comes first (only a count for each entry is kept); `file`: as they stand in the file, and nothing is counted',
  },
  'handoff.anger': { zh: '客户辱骂或投诉时转人工', en: 'a person is called for a customer who swears or complains' },
  'handoff.anger_words': { zh: '除内置词以外，还有哪些词算情绪激动', en: 'words that count as anger besides those that the bot knows' },
  'handoff.repeated': {
    zh: '连续几次问同一个问题后转人工；`0` 表示不转',
    en: 'the same question so often in a row calls a person; `0`: never',
  },
  'handoff.unsure': {
    zh: '没有把握时：`suggest` 先问“您是想问”，`handoff` 直接转人工',
    en: 'when the bot is not sure: `suggest` asks "did you mean", `handoff` calls a person',
  },
  'handoff.rules[].when': { zh: '[条件](#when)，例如 `{ tag: vip }`', en: 'a [condition](#when), such as `{ tag: vip }`' },
  'handoff.rules[].words': { zh: '客户说了其中的词', en: 'the customer says one of these' },
  'handoff.rules[].topics': {
    zh: '客户问到这些问答（先回答，再转人工）',
    en: 'the customer asks for one of these FAQ entries; it is answered, then a person comes',
  },
  'handoff.rules[].skill': { zh: '要求的技能', en: 'the skill that is asked for' },
  'handoff.rules[].priority': { zh: '排队优先级', en: 'its priority in the queue' },
  'handoff.rules[].note': { zh: '给客服的备注', en: 'a note for the agent' },
  'handoff.rules[].say': { zh: '转人工前机器人说的话', en: 'what the bot says before' },
  'handoff.closed': {
    zh: '非工作时间：`queue` 留言排队；`bot` 机器人继续接待，上班时自动转给人工',
    en: 'outside of `defaults.hours`: `queue` for an answer later; or the `bot` goes on, and people get it when they open',
  },
  'handoff.back.queue': {
    zh: '多久没有人接入就由机器人继续接待（工作时间内）',
    en: 'nobody took it for so long (while open): the bot goes on',
  },
  'handoff.back.silent': {
    zh: '客服多久没有回复客户就收回对话（工作时间内）',
    en: 'the agent left the customer without an answer for so long (while open): it is taken back',
  },
  'handoff.back.silent_to': {
    zh: '收回后给：`queue` 另一位客服，`bot` 机器人',
    en: 'then it goes to the `queue`, for another agent, or to the `bot`',
  },
  'faq[].id': { zh: '唯一的标识', en: 'a name of its own' },
  'faq[].title': { zh: '按钮上的文字，也算一种问法', en: 'what its button says; also one more way of asking' },
  'faq[].ask': { zh: '问法，语言不限；五种以上更准', en: 'ways of asking, in any language; five or more are good' },
  'faq[].answer': { zh: '回答；列表中的每一项是一条消息', en: 'the answer; in a list each entry is a message of its own' },
  'faq[].article': { zh: '知识库文章的名字；`answer` 与它至少写一个', en: 'the name of an article; either this or `answer` is needed' },
  'flows.<name>.title': { zh: '按钮上的文字', en: 'what its button says' },
  'flows.<name>.trigger.words': { zh: '哪些话会开始这个流程', en: 'what one says to start it' },
  'flows.<name>.trigger.min_confidence': {
    zh: '达到这个把握才开始，默认 0.6',
    en: 'how sure the bot must be to start it, 0.6 when left out',
  },
  'flows.<name>.steps': { zh: '[步骤](#steps)', en: 'the [steps](#steps)' },
  'fallback.after': { zh: '连续几次没听懂后转到 `then`', en: 'after so many misses in a row it goes to `then`' },
  'fallback.say': { zh: '在那之前说的话', en: 'what is said before that' },
  'fallback.then': { zh: '流程名，或 `handoff`', en: 'a flow, or `handoff`' },
  'when.visitor': { zh: '新访客或回头客', en: 'new here, or seen before' },
  'when.channel': { zh: '渠道的类型或 id，可以写多个', en: 'type or id of a channel, or several' },
  'when.hours': { zh: '`open`、`closed`，或必须处于开放时间的时间表', en: '`open`, `closed`, or a calendar that must be open' },
  'when.locale': { zh: '客户的语言', en: "the customer's language" },
  'when.source': { zh: '链接或二维码中的来源', en: 'what the link or QR code said' },
  'when.page': {
    zh: '聊天窗口所在的页面：`/prices`，或 `/products/*`（其下全部）',
    en: 'the page the chat stands on: `/prices`, or `/products/*` for all below',
  },
  'when.campaign': { zh: '带客户来的网址里的 utm_campaign', en: 'the utm_campaign of the address that brought the customer' },
  'when.tag': { zh: '客户或对话的标签，或其中之一', en: 'a tag of the customer or the conversation, or one of several' },
  'when.vars': {
    zh: '流程里的变量，如 `{ order.status: shipped }`，值也可以写多个',
    en: 'what the flow keeps, such as `{ order.status: shipped }`; a value may be several',
  },
  'button.label': { zh: '按钮文字', en: 'what it says' },
  'button.url': { zh: '打开这个网页', en: 'opens this page' },
  'button.faq': { zh: '给出这一条回答', en: 'gives this answer' },
  'button.flow': { zh: '开始这个流程', en: 'starts this flow' },
  'ask.ask': { zh: '把回复存为这个名字', en: 'the name under which the reply is kept' },
  'ask.say': { zh: '问题', en: 'the question' },
  'ask.match': { zh: '回复必须符合的正则表达式', en: 'a regular expression that the reply must match' },
  'ask.choices': {
    zh: '选项 → 去向，或 `{ label, value, then }` 的列表',
    en: 'labels with where they lead, or a list of `{ label, value, then }`',
  },
  'ask.retry.max': { zh: '不合适时最多再问几次', en: 'how often it is asked again' },
  'ask.retry.say': { zh: '再问时说的话', en: 'with which words' },
  'ask.retry.then': { zh: '仍不合适时的去向', en: 'where to go after that' },
  'call.call': { zh: '要调用的 webhook', en: 'the webhook to call' },
  'call.with': { zh: '传给它的值', en: 'what it is given' },
  'call.save': {
    zh: '把应答存为这个名字（`order` → `order.status` …），或“名字: 应答中的路径”',
    en: 'the name under which its answer is kept (`order` → `order.status` …), or names with paths of the answer',
  },
  'call.timeout': {
    zh: '客户最多等多久（1s 至 2m），默认 10 秒',
    en: 'how long the customer waits at most (1s to 2m); 10 seconds when left out',
  },
  'call.failed': { zh: '没有应答时执行的步骤；不写则转人工', en: 'the steps when no answer came; left out: a person' },
  'tag.tag': {
    zh: '给对话加的标签；或 `{ conversation, customer, remove }`',
    en: 'tags for the conversation; or `{ conversation, customer, remove }`',
  },
  'wait.wait': { zh: '过多久再继续（1s 至 7d）', en: 'goes on after that time (1s to 7d)' },
  'rate.rate': { zh: '请客户打分的话', en: 'the words that ask how it was' },
  'switch.switch': { zh: '看哪个变量', en: 'the name that is looked at' },
  'switch.cases': { zh: '值 → 步骤', en: 'value → steps' },
  'switch.default': { zh: '都不符合时的步骤', en: 'the steps when none fits' },
  'handoff.handoff.skill': { zh: '要求的技能', en: 'the skill that is asked for' },
  'handoff.handoff.priority': { zh: '排队优先级', en: 'its priority in the queue' },
  'handoff.handoff.note': { zh: '给客服的备注', en: 'a note for the agent' },
  'goto.goto': { zh: '流程名，或 `end`', en: 'a flow, or `end`' },
  'set.set': { zh: '名字 → 值', en: 'name → value' },
  'say.say': { zh: '要说的话', en: 'the words' },
  'say.buttons': { zh: '[按钮](#button)', en: '[buttons](#button)' },
  ...Object.fromEntries(
    ['ask', 'call', 'switch', 'handoff', 'goto', 'set', 'say', 'tag', 'wait', 'rate'].flatMap((verb) => [
      [`${verb}.when`, when],
      [`${verb}.id`, stepId],
    ]),
  ),
}
