// `frontdesk faq`: what the matcher finds for questions of a file, how well that is, and training ahead of a deployment.
import { writeFileSync } from 'node:fs'
import type { Match, OwnMatcher } from '#bot/faq.ts'
import { writeModel } from '#store/models.ts'
import { loadConfig } from '../config.ts'
import { readConfigFolder } from '../node/environment.ts'
import { trainInThread } from '../node/train.ts'
import { withDatabase } from './database.ts'
import { calibrationPicture, type Figures, figuresOf } from './faq-figures.ts'
import { entriesOf, type Line, readLines, trainedMatcher } from './faq-files.ts'
import { bring } from './faq-import.ts'
import { review } from './faq-learn.ts'
import { withPercent } from './percent.ts'
import { pad, type Screen } from './screen.ts'
import { defineTask, Refusal } from './task.ts'

const bankArgs = {
  bank: { type: 'string', valueHint: 'bank.jsonl', required: true },
  queries: { type: 'string', valueHint: 'queries.jsonl', required: true },
  titles: { type: 'boolean', default: true },
} as const
const bankWords = {
  bank: { zh: '题库：每行一个 {"text","label"}', en: 'the bank: {"text","label"} on each line' },
  queries: { zh: '问题：每行一个 {"text"}', en: 'the questions: {"text"} on each line' },
  titles: { zh: 'label 的文字也算一种问法；--no-titles 则不算', en: "a label's words count as a phrase; --no-titles: they do not" },
}

interface Found {
  line: Line
  match: Match
}

async function find(args: { bank: string; queries: string; titles: boolean }, screen: Screen) {
  const entries = entriesOf(readLines(args.bank), args.bank, args)
  const lines = readLines(args.queries)
  const matcher = await trainedMatcher(entries, screen)
  return { found: await matchAll(matcher, lines, screen), labels: new Set(entries.map(({ id }) => id)) }
}

function matchAll(matcher: OwnMatcher, lines: Line[], screen: Screen): Promise<Found[]> {
  return withPercent(screen, { zh: '匹配问题', en: 'Matching the questions' }, async (tell) =>
    lines.map((line, at) => {
      tell(at + 1, lines.length)
      return { line, match: matcher.match(line.text) }
    }),
  )
}

const match = defineTask({
  args: bankArgs,
  describe: bankWords,
  examples: [
    [
      'npx frontdesk faq match --bank bank.jsonl --queries questions.jsonl --json > found.jsonl',
      { zh: '每个问题一行结果', en: 'a line of findings for each question' },
    ],
  ],
  async run({ args, screen }) {
    const { found } = await find(args, screen)
    for (const {
      line,
      match: { ranked, confidence, zone },
    } of found) {
      if (screen.json) {
        const list = ranked.map(({ id, score }) => ({ label: id, score }))
        process.stdout.write(`${JSON.stringify({ text: line.text, ranked: list, confidence, zone })}\n`)
      } else screen.say(`${pad(zone, 8)} ${confidence.toFixed(2)}  ${ranked[0]?.id ?? '-'}  ← ${line.text}`)
    }
    return true
  },
})

const evaluate = defineTask({
  args: { ...bankArgs, svg: { type: 'string', valueHint: 'picture.svg' } },
  describe: {
    ...bankWords,
    queries: {
      zh: '问题：每行一个 {"text","label"}；题库里没有的 label 表示“不该回答”',
      en: 'the questions: {"text","label"} on each line; a label that the bank has not means: nothing answers this',
    },
    svg: { zh: '把校准图写到这里', en: 'write the picture of the calibration here' },
  },
  examples: [
    [
      'npx frontdesk faq eval --bank bank.jsonl --queries labelled.jsonl --svg calibration.svg',
      { zh: '准确率、能否识别未知问题、各区间的把握', en: 'accuracy, known from unknown, and what each zone is worth' },
    ],
  ],
  async run({ args, screen }) {
    const { found, labels } = await find(args, screen)
    const judged = found.map(({ line, match: own }) => ({ match: own, label: labels.has(line.label ?? '') ? line.label : undefined }))
    const figures = figuresOf(judged)
    if (args.svg) writeFileSync(args.svg, calibrationPicture(figures, pictureWords[screen.locale]))
    show(figures, screen)
    screen.result(figures)
    return true
  },
})

const pictureWords = {
  zh: { title: '把握与正确率', confidence: '把握', right: '正确率' },
  en: { title: 'Confidence, and how often it was right', confidence: 'confidence', right: 'right' },
}

function show(figures: Figures, screen: Screen): void {
  const percent = (value: number | undefined) => (value === undefined ? '–' : `${(value * 100).toFixed(1)} %`)
  const { answer, suggest, unknown } = figures.zones
  const rows: [zh: string, en: string, value: string][] = [
    ['问题（有答案 / 无答案）', 'questions (known / unknown)', `${figures.known} / ${figures.unknown}`],
    ['第一个就对', 'right entry first', percent(figures.accuracy1)],
    ['前三个里有', 'among the first three', percent(figures.accuracy3)],
    ['MRR', 'MRR', figures.mrr.toFixed(3)],
    ['AUROC（区分有无答案）', 'AUROC (known from unknown)', figures.auroc?.toFixed(3) ?? '–'],
    ['拒绝 90 % 未知时答对', 'right when 90 % of unknown are rejected', percent(figures.rightAt90)],
    ['直接回答 / 其中正确', 'answered / of these right', `${percent(answer.share)} / ${percent(answer.right)}`],
    ['您是不是想问 / 含正确答案', 'did you mean / with the right one', `${percent(suggest.share)} / ${percent(suggest.right)}`],
    ['转人工 / 确实没有答案', 'handed off / rightly', `${percent(unknown.share)} / ${percent(unknown.right)}`],
    ['有答案的问题答对', 'of the known answered right', percent(figures.answeredRight)],
    ['无答案的问题未误答', 'of the unknown not answered', percent(figures.rejected)],
  ]
  for (const [zh, en, value] of rows) screen.say({ zh: `${pad(zh, 28)}${value}`, en: `${pad(en, 42)}${value}` })
}

const learn = defineTask({
  args: {},
  describe: {},
  examples: [
    [
      'DATABASE_URL=postgres://… npx frontdesk faq train',
      { zh: '部署到 Cloudflare Workers 之前：Worker 自己不能学习', en: 'before deploying to Cloudflare Workers, which cannot train' },
    ],
  ],
  async run({ env, screen }) {
    const loaded = loadConfig(readConfigFolder(env))
    if ('problems' in loaded) throw new Refusal({ zh: '配置有误，请先运行 check', en: 'the config has mistakes: run check first' })
    const { entries, fingerprint } = loaded.config.lesson
    if (!entries) {
      screen.mark('ok', { zh: '问答太少，没有可学的', en: 'too few FAQ entries: there is nothing to learn' }[screen.locale])
      screen.result({ ok: true, entries: 0, bytes: 0 })
      return true
    }
    const stop = { zh: '运行中的 Frontdesk 会自己学习。', en: 'A running Frontdesk learns by itself.' }
    const bytes = await withDatabase(env, stop, async (database) => {
      const model = await withPercent(screen, { zh: '学习问答', en: 'Learning the FAQ' }, (tell) =>
        trainInThread(entries, new AbortController().signal, (share) => tell(share, 1)),
      )
      await writeModel(database.db, fingerprint, model)
      return model.length
    })
    screen.mark('ok', { zh: `学完 ${entries.length} 条问答`, en: `learnt ${entries.length} entries` }[screen.locale])
    screen.result({ ok: true, entries: entries.length, bytes })
    return true
  },
})

export const tasks = { match, eval: evaluate, train: learn, import: bring, learn: review }
