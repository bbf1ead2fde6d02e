// When a person is called though nobody asked for one: by the admin's rules, for anger, for the same question again and again.
import type { HandoffReason } from './contract.ts'
import { normalize, phraseKey } from './normalize.ts'
import { holds, type World } from './reply.ts'
import type { BotFile, Rule } from './schema.ts'

export interface Called {
  reason: HandoffReason
  rule: Omit<Rule, 'when' | 'words' | 'topics'>
}

/**
 * Strong words only: who calls a product bad asks for help, who calls the shop a fraud wants a person. Each stands where it cannot
 * be part of a harmless word.
 */
const angryChinese =
  /投诉你们|我要投诉|举报你们|我要举报|骗子|诈骗|垃圾(?:客服|公司|服务|平台|商家|店|东西)|什么(?:破|烂|垃圾|狗屁)|气死|太(?:过分|恶心|差劲|坑人|离谱)|忽悠(?:人|我)|(?:滚|去死)(?!筒)|他妈|妈的|傻[逼bB]|智障|有病吧|(?:12315|消协|消费者协会|曝光你们|律师函|起诉你们)/
const angryEnglish =
  /\b(?:scam(?:mers?|ming)?|rip ?off|fraudsters?|thieves|bullshit|wtf|fuck\w*|shitty|piece of (?:shit|crap|junk)|(?:this|thats?|its) (?:is )?(?:ridiculous|outrageous|unacceptable|disgusting|pathetic)|(?:absolutely|completely|totally|utterly) (?:useless|unacceptable|ridiculous|terrible)|worst (?:service|company|shop|experience)|sick of (?:this|you|waiting)|fed up|sue you|my lawyer|stupid bot|useless bot)\b/

export function isAngry(text: string, more: readonly string[] = []): boolean {
  const plain = normalize(text)
  if (angryChinese.test(plain.replaceAll(' ', '')) || angryEnglish.test(plain)) return true
  return says(text, more)
}

/** Does the text hold one of these: Chinese anywhere, Latin as whole words? */
function says(text: string, words: readonly string[]): boolean {
  const plain = ` ${normalize(text)} `
  const key = phraseKey(text)
  return words.some((word) => {
    const wanted = normalize(word)
    if (wanted === '') return false
    return /\p{Script=Han}/u.test(wanted) ? key.includes(wanted.replaceAll(' ', '')) : plain.includes(` ${wanted} `)
  })
}

/** What a typed text calls a person for. `inFlow`: only what is about the words themselves interrupts a flow. */
export function calledBy(text: string, file: BotFile, world: World, how: { inFlow: boolean; returned: boolean }): Called | undefined {
  const { anger, anger_words: angerWords, rules } = file.handoff
  for (const { when, words, topics, ...rule } of rules) {
    if (topics || !holds(when, world)) continue
    if (words) {
      if (says(text, words)) return { reason: 'words', rule }
      // Whom an agent just gave back to the bot is not sent to people again for who they are.
    } else if (!how.inFlow && !how.returned) return { reason: 'customer', rule }
  }
  return anger && isAngry(text, angerWords) ? { reason: 'anger', rule: { priority: 'high' } } : undefined
}

/** What asking for an entry calls a person for; `said`: the words, absent for a press. */
export function calledByTopic(entry: string, said: string | undefined, file: BotFile, world: World): Called | undefined {
  for (const { when, words, topics, ...rule } of file.handoff.rules) {
    if (topics?.includes(entry) && holds(when, world) && (!words || (said !== undefined && says(said, words))))
      return { reason: 'topic', rule }
  }
  return undefined
}

/** Was this entry the answer each of the last times, so that once more would be one too many? */
export function isRepeated(entry: string, answered: readonly string[], file: BotFile): boolean {
  const { repeated } = file.handoff
  if (repeated < 2) return false
  const last = answered.slice(1 - repeated)
  return last.length === repeated - 1 && last.every((one) => one === entry)
}
