// The peers that are no packages of ours: installed when they are needed, exactly as their lock file says.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const folder = fileURLToPath(new URL('../peers', import.meta.url))

/** Undefined when they are there; else why not. */
export async function installPeers(): Promise<string | undefined> {
  if (existsSync(join(folder, 'node_modules/minisearch/package.json'))) return undefined
  // npm chooses versions by the Node it runs on: ours, not whichever is first on the PATH.
  const env = { ...process.env, PATH: [dirname(process.execPath), process.env.PATH].join(delimiter) }
  try {
    await promisify(execFile)('npm', ['ci', '--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund'], { env, timeout: 120_000 })
    return undefined
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error)
    return `the peers could not be installed (npm ci --prefix bench/peers): ${words.split('\n').find((line) => /npm (error|ERR)/.test(line)) ?? words.split('\n')[0]}`
  }
}
