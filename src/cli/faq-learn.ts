// `frontdesk faq learn`: what customers asked in vain, grouped, and what a person makes of it. Accepted questions go into bot.yaml.
import type { Locale, Text } from '#core/message.ts'
import { mistakeIn } from '../config/mistake.ts'
import { loadConfig } from '../config.ts'
import { readConfigFolder } from '../node/environment.ts'
import { type Calibration, calibrationOf, type Decision, decide, type Lesson, listLessons } from '../runner/lessons.ts'
import { withDatabase } from './database.ts'
import type { Screen } from './screen.ts'
import { defineTask, Refusal } from './task.ts'

const INSTEAD = { zh: '请在控制台的“学习”页操作，或先停止它。', en: "Use the console's Learning page, or stop it first." }
/** What tells groups apart is at the end of their keys; a few letters will do. */
const SHORT = 6

interface Args {
  take?: string | undefined
  entry?: string | undefined
  new?: string | undefined
  answer?: string | undefined
  ignore?: string | undefined
}

export const review = defineTask({
  args: {
    take: { type: 'string', valueHint: 'group' },
    entry: { type: 'string', valueHint: 'id' },
    new: { type: 'string', valueHint: 'id' },
    answer: { type: 'string' },
    ignore: { type: 'string', valueHint: 'group' },
  },
  describe: {
    take: { zh: '采纳这一组问法，写入 bot.yaml', en: 'accept this group: its wordings go into bot.yaml' },
    entry: { zh: '加到哪一条（默认：看起来所指的那条）', en: 'to which entry; else the one that seems to be meant' },
    new: { zh: '作为新的一条，用这个 id', en: 'as a new entry of this id' },
    answer: { zh: '新条目的答案（默认：客服当时的回答）', en: "the new entry's answer; else what an agent answered" },
    ignore: { zh: '不再显示这一组', en: 'do not show this group again' },
  },
  examples: [
    ['npx frontdesk faq learn', { zh: '客户问了而没得到答案的，按相似归组', en: 'what customers asked in vain, in groups' }],
    ['npx frontdesk faq learn --take 3f9a1c', { zh: '把这组问法加到所指的条目', en: 'adds the wordings to the entry that is meant' }],
    ['npx frontdesk faq learn --take 3f9a1c --new installments --answer "支持花呗分期。"', { zh: '新建一条', en: 'makes a new entry' }],
  ],
  async run({ args, env, screen }) {
    const source = readConfigFolder(env)
    const loaded = loadConfig(source)
    if ('problems' in loaded) throw new Refusal({ zh: '配置有误，请先运行 check', en: 'the config has mistakes: run check first' })
    const { config } = loaded
    return withDatabase(env, INSTEAD, async ({ db }) => {
      const lessons = await listLessons(db, config.bot.knowledge(screen.locale))
      const asked = args.take ?? args.ignore
      if (!asked) {
        const calibration = await calibrationOf(db)
        show(lessons, calibration, screen)
        screen.result({ lessons, calibration })
        return true
      }
      const lesson = lessons.find(({ key }) => key.endsWith(asked))
      if (!lesson) throw new Refusal({ zh: `没有 “${asked}” 这一组`, en: `there is no group "${asked}"` })
      const done = await decide(db, lesson, decisionOf(args, lesson), source, (text) => mistakeIn(text, config.settings, source.read))
      if ('problem' in done) throw new Refusal(done.problem)
      screen.mark('ok', { zh: '已处理', en: 'Done' }[screen.locale])
      screen.result({ ok: true, key: lesson.key })
      return true
    })
  },
})

function decisionOf(args: Args, lesson: Lesson): Decision {
  if (!args.take) return { action: 'ignore' }
  if (args.new !== undefined) {
    const answer = args.answer ?? lesson.draft
    if (!answer) throw new Refusal({ zh: '请用 --answer 写上答案', en: 'write the answer with --answer' })
    return { action: 'entry', id: args.new, title: lesson.texts[0] ?? args.new, ask: lesson.texts, answer }
  }
  const entry = args.entry ? `faq:${args.entry.replace(/^faq:/, '')}` : lesson.entry?.id
  if (!entry)
    throw new Refusal({
      zh: '看不出指的是哪一条：用 --entry 指定，或用 --new 新建',
      en: 'no entry seems to be meant: name one with --entry, or make one with --new',
    })
  return { action: 'phrases', entry, texts: lesson.texts }
}

const SAID: Record<NonNullable<Lesson['entry']>['said'], Text> = {
  customers: { zh: '客户选的', en: 'chosen by customers' },
  agents: { zh: '客服发的', en: 'sent by agents' },
  assistant: { zh: '助手认为', en: 'says the assistant' },
  guess: { zh: '猜测', en: 'a guess' },
}

function show(lessons: Lesson[], calibration: Calibration, screen: Screen): void {
  if (lessons.length === 0) screen.say({ zh: '没有待学习的问题。', en: 'Nothing to learn: every question had its answer.' })
  for (const lesson of lessons) {
    screen.say(`${lesson.key.slice(-SHORT)}  ×${lesson.count}  ${lesson.texts[0] ?? ''}`)
    // All of them: whoever takes a group takes what they saw.
    for (const text of lesson.texts.slice(1)) screen.say(`             ${text}`)
    screen.say(`        ${meaningOf(lesson, screen.locale)}`)
  }
  showCalibration(calibration, screen)
}

function meaningOf({ entry, draft, unhelpful }: Lesson, locale: Locale): string {
  const doubt = unhelpful > 0 ? { zh: `（${unhelpful} 次“没帮助”）`, en: ` (${unhelpful} × not helpful)` }[locale] : ''
  if (entry) return `→ ${entry.title} [${entry.id}] · ${SAID[entry.said][locale]}${doubt}`
  const words = { zh: '→ 没有对应的条目', en: '→ no entry yet' }[locale]
  // Whole, since it may become an answer to everybody: what was said to one customer may name them.
  return draft ? `${words}${doubt}: ${draft.replaceAll(/\s+/g, ' ')}` : words + doubt
}

function showCalibration({ tenths, advice }: Calibration, screen: Screen): void {
  if (tenths.length === 0) return
  screen.say({ zh: '回答有帮助的比例（按把握）：', en: 'Answers that helped, by confidence:' })
  for (const { tenth, up, down } of tenths) {
    const share = Math.round((up / (up + down)) * 20)
    screen.say(
      `  ${(tenth / 10).toFixed(1)}–${((tenth + 1) / 10).toFixed(1)}  ${'█'.repeat(share)}${'░'.repeat(20 - share)}  ${up}/${up + down}`,
    )
  }
  if (advice !== undefined) screen.say({ zh: `建议 defaults.confidence: ${advice}`, en: `Advice: defaults.confidence: ${advice}` })
}
