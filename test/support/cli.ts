// For tests: the command line as its own process, as people run it.
import { spawn } from 'node:child_process'
import { tmpdir } from 'node:os'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { inject } from 'vitest'
import { COMPILED } from './compiled.ts'

/** The tests without a database, which start few, run the source as it stands. */
const entry = inject('programs')?.cli ?? fileURLToPath(new URL('../../src/cli.ts', import.meta.url))

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
