// Keys of frontdesk.yaml about what leaves: whose words reach the customer, and what tools are not shown.
import { z } from 'zod'
import { patternOf, roles, usualRedaction } from '#core/redact.ts'

export const redact = z
  .strictObject({
    cards: z.boolean().default(true).describe('Numbers of payment cards / 银行卡号'),
    secrets: z.boolean().default(true).describe('Keys, tokens and what follows the word password / 密钥、令牌和密码'),
    phones: z.boolean().default(false).describe('Phone numbers / 电话号码'),
    emails: z.boolean().default(false).describe('E-mail addresses, all but their domain / 邮箱地址'),
    words: z
      .array(
        z
          .string()
          .min(2)
          .max(200)
          .refine((word) => patternOf(word) !== undefined, 'this is no regular expression / 不是有效的正则表达式'),
      )
      .max(100)
      .default([])
      .describe('Words, or patterns between slashes / 词语，或用斜杠括起的正则表达式'),
    contactsFor: z
      .array(z.enum(roles))
      .default(usualRedaction.contactsFor)
      .describe("Roles that /customer tells the customer's addresses and numbers in full / 可在 /customer 中看到客户完整地址和号码的角色"),
  })
  .describe('What this tool is not shown; the console shows it to whoever may read the conversation / 不发送到该工具的内容')

const policy = z.enum(['claimer', 'prefix', 'alerts'])

export const sending = z.strictObject({
  policy: policy
    .default('claimer')
    .describe(
      "Whose words reach the customer: claimer – the owner's; prefix – only >text and /r text; alerts – none from desks / 谁的话会发给客户：负责人的话、只有 >文字、都不发",
    ),
  skills: z.record(z.string(), policy).default({}).describe('Another policy for a skill / 个别技能的规则'),
  undoSeconds: z
    .number()
    .min(0)
    .max(10)
    .default(0)
    .describe("So long an agent's words wait before they leave, so that edits cost nothing / 客服消息发出前等待几秒，可无痕修改"),
  heldMinutes: z
    .number()
    .min(1)
    .max(1440)
    .default(15)
    .describe('After so long an unanswered question about held words makes them a note / 暂存消息多久后自动变为备注'),
  lateMinutes: z
    .number()
    .min(1)
    .max(1440)
    .default(15)
    .describe(
      "Agents' words that reach us so long after they were written are held and asked about / 超过这么久才收到的客服消息先暂存并询问",
    ),
  downMinutes: z
    .number()
    .min(0.5)
    .max(1440)
    .default(2)
    .describe('A tool that fails for so long is down: its conversations are shown in the next desk / 工具连续故障多久后改用下一个坐席工具'),
})
