// What the keys of `assistant` mean, for docs/config.md.
import type { Text } from '#core/message.ts'

export const assistantWords: Record<string, Text> = {
  'assistant.baseUrl': {
    zh: '兼容 OpenAI 的接口地址，含 `/v1`；也可以是自己机房里的',
    en: 'an endpoint that speaks like OpenAI’s, up to and with `/v1`; it may stand in your own house',
  },
  'assistant.apiKey': { zh: '接口不需要时可不写', en: 'left out where the endpoint wants none' },
  'assistant.embeddings.model': { zh: '向量模型：按语义查找条目', en: 'makes vectors: entries are found by meaning' },
  'assistant.embeddings.dimensions': { zh: '模型支持时可缩短向量', en: 'shorter vectors, where the model can make them' },
  'assistant.embeddings.batch': { zh: '一次请求的文本数', en: 'texts in one request' },
  'assistant.llm.model': { zh: '语言模型', en: 'a language model' },
  'assistant.llm.mode': {
    zh: '`choose`：只挑一条或不挑；`answer`：也可综合几条作答，并注明依据',
    en: '`choose`: it picks an entry or none; `answer`: it may also word an answer from entries, which are named',
  },
  'assistant.llm.maxTokens': { zh: '回答最多多少 token', en: 'the longest answer, in tokens' },
  'assistant.llm.jsonMode': {
    zh: '接口不支持 `response_format` 时设为 `false`',
    en: '`false` where the endpoint knows no `response_format`',
  },
  'assistant.when': {
    zh: '`unsure`：机器人没有把握时就问；`unknown`：完全没有相近条目时才问',
    en: '`unsure`: asked whenever the bot would not answer by itself; `unknown`: only where nothing is alike',
  },
  'assistant.timeoutSeconds': { zh: '超时后机器人自行继续', en: 'after that the bot goes on alone' },
  'assistant.perDay': { zh: '每天（UTC）最多询问多少次，所有进程合计', en: 'questions a day (UTC) at most, of all processes together' },
}
