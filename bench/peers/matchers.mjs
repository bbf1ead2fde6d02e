// nlp.js and MiniSearch, answering the same questions from the same bank. Reads { bank, queries } as JSON, writes what each query found.
import { LangEn } from '@nlpjs/lang-en'
import { LangZh } from '@nlpjs/lang-zh'
import { Nlp } from '@nlpjs/nlp'
import MiniSearch from 'minisearch'

const chinese = /\p{Script=Han}/u

/** As its manual shows it: one document for each phrase, intents by its classifier. */
async function nlpjs(bank) {
  const language = bank.some(({ text }) => chinese.test(text)) ? 'zh' : 'en'
  const nlp = new Nlp({ languages: [language], forceNER: false, autoSave: false, log: false, modelFileName: '' })
  nlp.container.use(language === 'zh' ? LangZh : LangEn)
  for (const { text, label } of bank) nlp.addDocument(language, text, label)
  await nlp.train()
  return async (text) => {
    const { classifications } = await nlp.process(language, text)
    const ranked = (classifications ?? []).filter(({ intent }) => intent !== 'None')
    return { ranked: ranked.slice(0, 10).map(({ intent, score }) => ({ id: intent, score })), confidence: ranked[0]?.score ?? 0 }
  }
}

/** The best eight phrases vote for their entries, each with its share of their scores. Its own tokenizer keeps a Chinese sentence as one word. */
async function miniSearch(bank) {
  const tokenize = (text) =>
    chinese.test(text)
      ? [...text].flatMap((char, at, all) => [char, char + (all[at + 1] ?? '')])
      : text
          .toLowerCase()
          .split(/[^\p{L}\p{N}]+/u)
          .filter(Boolean)
  const search = new MiniSearch({ fields: ['text'], storeFields: ['label'], tokenize })
  search.addAll(bank.map(({ text, label }, id) => ({ id, text, label })))
  return async (text) => {
    const votes = new Map()
    const found = search.search(text, { fuzzy: chinese.test(text) ? false : 0.2 }).slice(0, 8)
    for (const { label, score } of found) votes.set(label, (votes.get(label) ?? 0) + score)
    const ranked = [...votes].map(([id, score]) => ({ id, score })).sort((a, b) => b.score - a.score)
    return { ranked, confidence: found[0]?.score ?? 0 }
  }
}

const makers = { 'nlp.js': nlpjs, MiniSearch: miniSearch }

let input = ''
for await (const chunk of process.stdin) input += chunk
const { peer, bank, queries } = JSON.parse(input)
const before = process.cpuUsage()
const ask = await makers[peer](bank)
const { user, system } = process.cpuUsage(before)
const found = []
const times = []
for (const { text } of queries) {
  const start = performance.now()
  found.push(await ask(text))
  times.push(performance.now() - start)
}
process.stdout.write(JSON.stringify({ found, trainMs: (user + system) / 1000, queryMs: times.sort((a, b) => a - b)[times.length >> 1] }))
