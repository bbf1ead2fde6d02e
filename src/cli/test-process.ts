// For tests: the command line as its own process, as people run it.
import { spawn } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

const entry = fileURLToPath(new URL('../cli.ts', import.meta.url))

/** Tests start hundreds of processes of one program: what one of them compiled the next one need not compile again. */
export const COMPILED = { NODE_COMPILE_CACHE: join(tmpdir(), 'frontdesk-compiled') }

export interface Ran {
  code: number | null
  stdout: string
  stderr: string
}

/** In a folder without `.env`; only `variables` and the path come from outside. */
export async function frontdesk(args: string[], variables: Record<string, string> = {}, input = ''): Promise<Ran> {
  const env = { PATH: process.env.PATH, ...COMPILED, LANG: 'en_GB.UTF-8', NO_COLOR: '1', ...variables }
  const child = spawn(process.execPath, [entry, ...args], { env, cwd: tmpdir() })
  child.stdin.end(input)
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended])
  return { code, stdout, stderr }
}
