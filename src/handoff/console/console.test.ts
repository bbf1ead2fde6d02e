import { deskContract } from '../../../test/contract/desk.ts'
import { consoleDesk } from './index.ts'

deskContract(consoleDesk, { secrets: [], required: [], config: {} })
