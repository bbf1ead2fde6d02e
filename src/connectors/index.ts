// The kinds of channels, by the `type:` of frontdesk.yaml. Static imports: Workers cannot load code from a disk.
import type { ConnectorDefinition } from '#core/connector.ts'
import { appConnector } from './app/index.ts'
import { emailConnector } from './email/index.ts'
import { telegramConnector } from './telegram/index.ts'
import { webConnector } from './web/index.ts'
import { wechatConnector } from './wechat/index.ts'
import { wechatMiniConnector } from './wechat-mini/index.ts'
import { wecomKfConnector } from './wecom-kf/index.ts'

export const connectors: Record<string, ConnectorDefinition> = {
  app: appConnector,
  email: emailConnector,
  telegram: telegramConnector,
  web: webConnector,
  wechat: wechatConnector,
  'wechat-mini': wechatMiniConnector,
  'wecom-kf': wecomKfConnector,
}
