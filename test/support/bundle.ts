// The house as one file, for suites that start it again and again: finding and reading hundreds of modules is three quarters of the
// work of a start. The code is the same, and what a module looks for beside itself it still finds there. That it runs as it stands,
// module by module, is what all other suites show.
import { createHash } from 'node:crypto'
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build, type Plugin } from 'esbuild'
import { COMPILED } from '#src/cli/test-process.ts'

const HOUSE = fileURLToPath(new URL('../chaos/house-entry.ts', import.meta.url))
/** Some packages are written for `require`. */
const REQUIRE = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);"

/** Each module goes on knowing where it came from. */
const inPlace: Plugin = {
  name: 'in place',
  setup({ onLoad }) {
    onLoad({ filter: /\.[cm]?[jt]s$/ }, async ({ path }) => {
      const contents = await readFile(path, 'utf8')
      if (!contents.includes('import.meta.url')) return undefined
      const place = JSON.stringify(pathToFileURL(path).href)
      return { contents: contents.replaceAll('import.meta.url', () => place), loader: path.endsWith('ts') ? 'ts' : 'js' }
    })
  },
}

/** The file; the same for the same code, so that what was compiled of it is of use the next time, too. */
export async function bundledHouse(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [HOUSE],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    // sharp finds its library beside itself; without it pictures leave as links.
    external: ['pg-native', 'cloudflare:*', 'sharp'],
    banner: { js: REQUIRE },
    plugins: [inPlace],
    logLevel: 'error',
  })
  const contents = outputFiles[0]?.contents ?? new Uint8Array()
  const folder = COMPILED.NODE_COMPILE_CACHE
  const file = join(folder, `house-${createHash('sha256').update(contents).digest('hex').slice(0, 16)}.mjs`)
  mkdirSync(folder, { recursive: true })
  // Another run may be at the same: whole, or not there.
  writeFileSync(`${file}.${process.pid}`, contents)
  renameSync(`${file}.${process.pid}`, file)
  return file
}
