// What every customer may say at any time, whatever the config holds: greetings, thanks, 'never mind', and a wish for a person.
import { normalize, phraseKey } from './normalize.ts'

/** Words around a wish that change nothing: '麻烦帮我转人工一下谢谢'. */
const padding =
  /^(?:请问?|麻烦|帮我|给我|我想?要?|能不能|可以|能|快|赶紧|直接|就|hi|hello|please|pls|可不可以)+|(?:一下|谢谢|谢了|吧|吗|呢|啊|呀|了|好吗|可以吗|please|pls|thanks|now)+$/g
const personAlone = new Set(
  (
    '人工 真人 客服 人工客服 在线客服 人工服务 真人客服 转人工 转客服 转接人工 找人工 找客服 接人工 要人工 活人 找个人 ' +
    'human agent operator representative person humanagent liveagent realperson customerservice support livechat livesupport'
  ).split(' '),
)
const personChinese =
  /(?:转|找|接|要|叫|换|联系|呼叫|需要|连线?|跟|和|想)(?:接|到|个|一个|一位|你们的?|下|一下)*(?:人工(?!费|智能|成本|制作|合成)|真人|活人|客服(?!电话|热线|号码|工作|时间|微信))|人工(?:客服|服务)(?:在吗|呢|在哪|怎么联系)|不(?:想|要)(?:和|跟)?机器人/
const personEnglish =
  /\b(?:talk|speak|chat|connect|transfer|switch|put)\b(?: me)?(?: through)?(?: to| with)? (?:(?:a|an|the|some|your|real|live|human|actual) )*(?:human|person|agent|someone|somebody|representative|rep|operator|staff|people|support|customer service)\b|\b(?:real|live|actual) (?:human|person|agent|representative)\b|\b(?:want|need|get|give)(?: me)? (?:a|an|the) (?:real |live )?(?:human|agent|person|representative|operator)\b|\b(?:human|agent|representative|operator) (?:please|pls|now)\b|\bhuman (?:agent|being|support|help)\b/
const refusal =
  /(?:不要|不用|不需要|无需|别|不想)(?:给我)?(?:转|找|接|和|跟)?(?:人工|真人|客服)|\b(?:dont|do not|no need|not)\b.{0,25}\b(?:human|agent|person|representative)\b/

/** Does somebody ask for a person? */
export function wantsPerson(text: string): boolean {
  const plain = normalize(text)
  if (plain.length > 120 || refusal.test(plain)) return false
  const bare = phraseKey(text).replaceAll(padding, '')
  return (
    personAlone.has(bare) || personAlone.has(phraseKey(text)) || personChinese.test(plain.replaceAll(' ', '')) || personEnglish.test(plain)
  )
}

export type SmallTalk = 'hello' | 'thanks' | 'bye'

const smallTalk: Record<SmallTalk, Set<string>> = {
  hello: new Set(
    (
      '你好 您好 你们好 你好啊 你好呀 你好吗 您好吗 哈喽 哈罗 嗨 嘿 在吗 在么 在不在 有人吗 有人在吗 有人么 早 早上好 上午好 中午好 下午好 晚上好 早安 hi hello hey hey there hi there hello there ' +
      'good morning good afternoon good evening howdy yo start'
    )
      .replaceAll(/(hey|hi|hello) there/g, '$1there')
      .replaceAll(/good (\w+)/g, 'good$1')
      .split(' '),
  ),
  thanks: new Set(
    '谢谢 谢谢你 谢谢您 多谢 谢了 感谢 非常感谢 好的谢谢 谢谢啦 thx ty thanks thankyou thanksalot thankyouverymuch thankyousomuch manythanks okthanks great perfect 好的 好 知道了 明白了 收到 收到了 ok okay 行 可以'.split(
      ' ',
    ),
  ),
  bye: new Set('再见 拜拜 88 回头见 bye byebye goodbye seeyou cya'.split(' ')),
}
const howAreYou = new Set([
  'howareyou',
  'howareyoudoing',
  'howdoyoudo',
  'howsitgoing',
  'whatsup',
  'anyonethere',
  'anybodythere',
  'areyouthere',
])

export function smallTalkOf(text: string): SmallTalk | undefined {
  const key = phraseKey(text).replace(/[啊呀呢哦喔哈]+$/u, '') || phraseKey(text)
  if (smallTalk.hello.has(key) || howAreYou.has(key)) return 'hello'
  if (smallTalk.thanks.has(key)) return 'thanks'
  return smallTalk.bye.has(key) ? 'bye' : undefined
}

const out = new Set('取消 算了 不用了 不查了 退出 返回 不弄了 没事了 cancel stop quit exit nevermind forgetit'.split(' '))

/** Does somebody want out of the flow? */
export function wantsOut(text: string): boolean {
  return out.has(phraseKey(text))
}
