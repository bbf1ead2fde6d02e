// The kinds of channels, by the `type:` of frontdesk.yaml. Static imports: Workers cannot load code from a disk.
import type { ConnectorDefinition } from '#core/connector.ts'
import { telegramConnector } from './telegram/index.ts'
import { webConnector } from './web/index.ts'

export const connectors: Record<string, ConnectorDefinition> = {
  telegram: telegramConnector,
  web: webConnector,
}
