// The keys of a Feishu desk.
import { z } from 'zod'

const secret = z.string().min(1)

export const config = z
  .strictObject({
    appId: z.string().regex(/^cli_[A-Za-z0-9_]+$/, 'the App ID begins with cli_ / App ID 以 cli_ 开头'),
    appSecret: secret,
    /** With it every push is encrypted and signed. */
    encryptKey: secret.optional(),
    /** Stands in every push. */
    verificationToken: secret.optional(),
    /** The group: `oc_…`. */
    chat: z.string().regex(/^oc_[A-Za-z0-9_]+$/, 'the id of a group begins with oc_ / 群 ID 以 oc_ 开头'),
    mode: z.enum(['webhook', 'connection']).optional(),
    /** Feishu's; Lark's is https://open.larksuite.com. */
    apiRoot: z.url().default('https://open.feishu.cn'),
    /** The language of cards and marks; the house's unless told. */
    locale: z.enum(['zh', 'en']).optional(),
  })
  // Without either of them anybody could post events: what is not signed has to show the token.
  .refine((value) => value.mode !== 'webhook' || value.encryptKey !== undefined || value.verificationToken !== undefined, {
    path: ['encryptKey'],
    message: 'mode webhook needs encryptKey, or at least verificationToken / webhook 模式需要 encryptKey，至少要有 verificationToken',
  })

export type Settings = z.output<typeof config>

/** Who was given keys for pushes has set up a request URL; who was not, has none. */
export function modeOf({ mode, encryptKey, verificationToken }: Settings): 'webhook' | 'connection' {
  return mode ?? (encryptKey !== undefined || verificationToken !== undefined ? 'webhook' : 'connection')
}

/** Where links into the client lead. */
export function groupLink({ apiRoot, chat }: Settings): string {
  const host = /larksuite\.com/.test(apiRoot) ? 'applink.larksuite.com' : 'applink.feishu.cn'
  return `https://${host}/client/chat/open?openChatId=${encodeURIComponent(chat)}`
}
