// `assistant` in frontdesk.yaml: a language model or embeddings of the admin's choice, behind any endpoint that speaks like OpenAI's.
import { z } from 'zod'

/** The name of its deliveries; no webhook may have it. */
export const ASSISTANT = 'assistant'

export const assistantSettings = z
  .strictObject({
    baseUrl: z.url({ protocol: /^https?$/ }).describe('Up to and with /v1, as the provider writes it / 接口地址，含 /v1'),
    apiKey: z
      .string()
      .min(1)
      .optional()
      .describe('From the environment, like every secret; absent where the endpoint wants none / 写在环境变量里'),
    embeddings: z
      .strictObject({
        model: z.string().min(1).max(200),
        dimensions: z.int().min(64).max(4096).optional().describe('Where the model can make shorter vectors / 模型支持时可缩短向量'),
        batch: z.int().min(1).max(512).default(64).describe('Texts in one request / 每次请求的文本数'),
      })
      .optional()
      .describe('Finds entries by meaning / 按语义查找条目'),
    llm: z
      .strictObject({
        model: z.string().min(1).max(200),
        mode: z
          .enum(['choose', 'answer'])
          .default('choose')
          .describe(
            'choose: it only picks an entry or none; answer: it words an answer from entries, which are named / 只挑选条目，或据条目作答并注明来源',
          ),
        maxTokens: z.int().min(16).max(4096).default(400),
        jsonMode: z
          .boolean()
          .default(true)
          .describe('Turn off where the endpoint knows no response_format / 不支持 response_format 时关闭'),
      })
      .optional(),
    when: z
      .enum(['unsure', 'unknown'])
      .default('unsure')
      .describe('unsure: whenever the bot would not answer by itself; unknown: only when it knows nothing alike / 何时询问'),
    timeoutSeconds: z.number().min(1).max(60).default(8).describe('Then the bot goes on alone / 超时后机器人自行继续'),
    perDay: z.int().min(1).max(10_000_000).default(5000).describe('Questions a day at most / 每天最多询问次数'),
  })
  .refine(({ embeddings, llm }) => embeddings || llm, 'name embeddings, llm, or both / 请写 embeddings、llm 或两者')

export type AssistantSettings = z.output<typeof assistantSettings>
