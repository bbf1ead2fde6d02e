import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Tests start hundreds of processes of one program: what one of them compiled the next one need not compile again. */
export const COMPILED = { NODE_COMPILE_CACHE: join(tmpdir(), 'frontdesk-compiled') }
