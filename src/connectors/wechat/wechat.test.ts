import { wechatContract } from '../../../test/contract/wechat.ts'
import { wechatConnector } from './index.ts'

wechatContract(wechatConnector, { kind: 'account', folder: import.meta.dirname })
