// What the keys of channels and desks mean, as `channels.<type>.<key>` and `desks.<type>.<key>`.
import type { Text } from '#core/message.ts'

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
  zh: '`true`：完全不加密，只用于本身安全的线路；不写：仅对本机如此；`false`：对本机也要求 STARTTLS',
  en: '`true`: no TLS at all, only where the way there is safe by itself; left out: so towards this machine; `false`: STARTTLS even there',
}
const caWords: Text = {
  zh: '服务器证书不是公共机构签发时：该证书或其签发者的证书，PEM 文本（`ca: |` 后另起行）',
  en: 'where the server’s certificate is not signed for the world: that certificate, or its signer’s, as PEM text (`ca: |`, then the lines)',
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
  'channels.email.imap.ca': caWords,
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
  'channels.email.smtp.ca': caWords,
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
  'desks.redact.contactsFor': {
    zh: '这些角色用 `/customer` 能看到客户完整的地址和号码，其他角色只看到首尾；不能单独告知一人的工具，须三种角色都列出才完整显示',
    en: "roles that `/customer` tells the customer's addresses and numbers in full; others are told an end. Where a tool cannot tell one person alone they are whole only if all three are named",
  },
  'desks.console.contactsFor': {
    zh: '这些角色能看到客户完整的地址和号码，其他角色只看到首尾',
    en: 'roles that see the addresses and numbers of customers in full; others see an end',
  },
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
  'desks.slack.presence': {
    zh: '每隔几分钟询问 Slack，在线的客服是否还在',
    en: 'ask Slack every few minutes whether people who are online are still there',
  },
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
  'desks.email.imap.ca': caWords,
  'desks.email.imap.user': { zh: '信箱的登录名', en: 'who signs in to the mailbox' },
  'desks.email.imap.password': { zh: '密码或授权码', en: 'the password, or the code that the provider gives programs' },
  'desks.email.smtp.host': { zh: '发信的 SMTP 服务器', en: 'the SMTP server' },
  'desks.email.smtp.port': { zh: '`secure` 时为 465，否则 587', en: '465 with `secure`, else 587' },
  'desks.email.smtp.secure': tlsWords,
  'desks.email.smtp.plain': plainWords,
  'desks.email.smtp.ca': caWords,
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
