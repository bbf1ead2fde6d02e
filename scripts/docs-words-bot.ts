// What the keys of bot.yaml mean.
import type { Text } from '#core/message.ts'
import { feedbackWords } from './docs-words-assistant.ts'

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
