// The keys that accounts and Mini Programs share.
import { z } from 'zod'
import { crypt, ENCODING_AES_KEY } from './crypt.ts'
import type { PushKeys } from './push.ts'

export const accountKeys = {
  appId: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'the AppID, like wx1234567890abcdef / 形如 wx1234567890abcdef 的 AppID'),
  appSecret: z.string().min(1),
  /** The Token of the page for pushed messages. */
  token: z.string().regex(/^[!-~]{1,64}$/, 'letters and digits, as on the page for pushed messages / 字母和数字，与消息推送页面一致'),
  encodingAesKey: z
    .string()
    .regex(ENCODING_AES_KEY, 'the EncodingAESKey: 43 letters and digits / EncodingAESKey：43 个字母或数字')
    .optional(),
  /** Takes pushes that are not encrypted, whose signature does not cover what they say. */
  plain: z.boolean().default(false),
  apiRoot: z.url({ protocol: /^https?$/ }).default('https://api.weixin.qq.com'),
}

export function needsKey<T extends z.ZodType<{ plain: boolean; encodingAesKey?: string }>>(object: T): T {
  return object.refine((value) => value.plain || value.encodingAesKey !== undefined, {
    path: ['encodingAesKey'],
    message: 'needed for the secure mode / 安全模式必须填写',
  })
}

/** What signs and opens the pushes. */
export function pushKeys({
  token,
  encodingAesKey,
  appId,
  plain,
}: {
  token: string
  encodingAesKey?: string
  appId: string
  plain: boolean
}): PushKeys {
  return { token, plain, crypt: encodingAesKey ? crypt({ token, encodingAesKey, receiveId: appId }) : undefined }
}
