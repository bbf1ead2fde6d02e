import { wechatContract } from '../../../test/contract/wechat.ts'
import { wechatMiniConnector } from './index.ts'

const SESSION_SECRET = 'contract-session-secret'

wechatContract(wechatMiniConnector, {
  kind: 'mini',
  folder: import.meta.dirname,
  config: { sessionSecret: SESSION_SECRET },
  secrets: [SESSION_SECRET],
})
