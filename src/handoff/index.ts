// The kinds of desks, by the `type:` of frontdesk.yaml. Static imports: Workers cannot load code from a disk.
import type { DeskDefinition } from '#core/desk.ts'
import { consoleDesk } from './console/index.ts'
import { emailDesk } from './email/index.ts'
import { feishuDesk } from './feishu/index.ts'
import { slackDesk } from './slack/index.ts'
import { telegramDesk } from './telegram/index.ts'
import { xmppDesk } from './xmpp/index.ts'

export const desks: Record<string, DeskDefinition> = {
  console: consoleDesk,
  email: emailDesk,
  feishu: feishuDesk,
  slack: slackDesk,
  telegram: telegramDesk,
  xmpp: xmppDesk,
}
