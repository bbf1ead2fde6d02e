// The programs in a few files, for suites that start them again and again: finding and reading hundreds of modules is most of the work
// of a start. The code is the same, and what a module looks for beside itself it still finds there. That they run as they stand, module
// by module, is what test/e2e/stop.test.ts shows of the house, and src/cli/*.test.ts of the command line.
import { createHash } from 'node:crypto'
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build, type OutputFile, type Plugin } from 'esbuild'
import { COMPILED } from './compiled.ts'

const path = (file: string) => fileURLToPath(new URL(file, import.meta.url))
const PROGRAMS = { house: path('../../src/node.ts'), cli: path('../../src/cli.ts'), crashing: path('../chaos/house-entry.ts') }
/** Some packages are written for `require`, and some of them ask for it under its own name. */
const REQUIRE = "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);"

/** The file of each program. `crashing` is the house that kills itself where it is told to. */
export type Programs = Record<keyof typeof PROGRAMS, string>

/** Each module goes on knowing where it came from; the program itself, where it now stands: by that it sees that it is the one that runs. */
const inPlace = (program?: string): Plugin => ({
  name: 'in place',
  setup({ onLoad }) {
    onLoad({ filter: /\.[cm]?[jt]s$/ }, async ({ path }) => {
      const contents = await readFile(path, 'utf8')
      if (path === program || !contents.includes('import.meta.url')) return undefined
      const place = JSON.stringify(pathToFileURL(path).href)
      return { contents: contents.replaceAll('import.meta.url', () => place), loader: path.endsWith('ts') ? 'ts' : 'js' }
    })
  },
})

async function bundled(entryPoints: Partial<Programs>, program?: string): Promise<OutputFile[]> {
  const { outputFiles } = await build({
    entryPoints,
    outdir: '/',
    outExtension: { '.js': '.mjs' },
    bundle: true,
    // What only one command needs is read by that one.
    splitting: true,
    write: false,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    // sharp finds its library beside itself; without it pictures leave as links.
    external: ['pg-native', 'cloudflare:*', 'sharp'],
    banner: { js: REQUIRE },
    plugins: [inPlace(program)],
    logLevel: 'error',
  })
  return outputFiles
}

/** In a folder of the same name for the same code, so that what was compiled of it is of use the next time, too. */
export async function bundledPrograms(): Promise<Programs> {
  const { house, ...others } = PROGRAMS
  const files = (await Promise.all([bundled({ house }, house), bundled(others)])).flat()
  const hash = createHash('sha256')
  for (const { contents } of files) hash.update(contents)
  const folder = join(COMPILED.NODE_COMPILE_CACHE, `programs-${hash.digest('hex').slice(0, 16)}`)
  mkdirSync(folder, { recursive: true })
  for (const { path, contents } of files) {
    const file = join(folder, relative('/', path))
    // Another run may be at the same: whole, or not there.
    writeFileSync(`${file}.${process.pid}`, contents)
    renameSync(`${file}.${process.pid}`, file)
  }
  const file = (name: keyof Programs) => join(folder, `${name}.mjs`)
  return { house: file('house'), cli: file('cli'), crashing: file('crashing') }
}
