// What each key of the config files means, in both languages. The keys themselves, their types and defaults come from the
// schemas; a key without words here, or words without a key, stops the generator.
import type { Text } from '#core/message.ts'
import { assistantWords } from './docs-words-assistant.ts'
import { serviceWords } from './docs-words-service.ts'

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
  'files.ffmpeg': {
    zh: '转换语音的程序的路径，例如 `/usr/bin/ffmpeg`；不填则语音保持原样，见[运维](operations.zh.md#文件)',
    en: 'path of the program that converts voices, such as `/usr/bin/ffmpeg`; without it they stay as they are, see [operations](operations.md#files)',
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
  'events.keepDays': {
    zh: '平台送来的事件处理完后保留多少天；之后同样的事件再来会算作新的。对话和消息不受影响，邮件和 XMPP 的事件一直保留',
    en: 'for so many days it is remembered what a platform sent and was worked on; the same after that counts as new. Conversations and messages stay, and what came by mail or XMPP is remembered for ever',
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
  'sending.lateMinutes': {
    zh: '客服的话写了这么久才收到（工具或前台中断过）就先暂存并询问，不直接发给客户；命令则不执行。邮件不受此限',
    en: "an agent's words that reach us so long after they were written (the tool or Frontdesk was down) are held and asked about, commands are not done; mail is exempt",
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
