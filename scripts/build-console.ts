// Builds web/console into a directory. The console's first load has a budget: what the entry and its static imports weigh.
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'vite'

export interface BuiltConsole {
  /** Gzipped bytes by file name, and `first load` = the JavaScript that every visit needs. */
  sizes: Record<string, number>
}

export async function buildConsole(outDir: string): Promise<BuiltConsole> {
  const configFile = fileURLToPath(new URL('../web/console/vite.config.ts', import.meta.url))
  const out = resolve(outDir)
  const result = await asProduction(() => build({ configFile, logLevel: 'error', build: { outDir: out } }))
  if (Array.isArray(result) || !('output' in result)) throw new Error('the console is one bundle')
  const sizes: Record<string, number> = {}
  for (const file of result.output) sizes[file.fileName] = gzipSync(await readFile(join(out, file.fileName))).length
  const chunks = new Map(result.output.filter((file) => file.type === 'chunk').map((file) => [file.fileName, file.imports]))
  const first = result.output.filter((file) => file.type === 'chunk' && file.isEntry).map((file) => file.fileName)
  for (const name of first) for (const next of chunks.get(name) ?? []) if (!first.includes(next)) first.push(next)
  sizes['first load'] = first.reduce((sum, name) => sum + (sizes[name] ?? 0), 0)
  return { sizes }
}

/** Vite keeps a NODE_ENV that is set already, and a test runner sets `test`: that would ship React's development build. */
async function asProduction<T>(work: () => Promise<T>): Promise<T> {
  const before = process.env.NODE_ENV
  process.env.NODE_ENV = 'production'
  try {
    return await work()
  } finally {
    if (before === undefined) delete process.env.NODE_ENV
    else process.env.NODE_ENV = before
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { sizes } = await buildConsole(process.argv[2] ?? 'dist/console')
  for (const [name, bytes] of Object.entries(sizes)) console.log(`${(bytes / 1024).toFixed(1).padStart(7)} KB gz  ${name}`)
}
