// Builds the website widget: the loader that sites include, and the app in its iframe. A build that has grown too heavy
// fails: every page of every shop pays for it.
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { COLOURS } from '#http/pages.ts'

const source = fileURLToPath(new URL('../web/widget/', import.meta.url))
const TARGET = ['chrome111', 'firefox113', 'safari16.4']
/** In bytes after gzip. */
const BUDGET = { loader: 3 * 1024, app: 30 * 1024 }

/**
 * Writes `loader.js` (served as /widget.js), `app.js`, `app.css` (served below /widget/) and `widget.html` (served at
 * /widget/<channel>) into `outDir`. `sizes` are bytes after gzip.
 */
export async function buildWidget(outDir: string, options: { minify?: boolean } = {}): Promise<{ sizes: Record<string, number> }> {
  const minify = options.minify ?? true
  const shared = { bundle: true, minify, target: TARGET, logLevel: 'warning', legalComments: 'none', charset: 'utf8', write: true } as const
  await mkdir(outDir, { recursive: true })
  await Promise.all([
    buildLoader(outDir, shared),
    build({
      ...shared,
      entryPoints: { app: join(source, 'app/main.tsx') },
      format: 'esm',
      jsx: 'automatic',
      jsxImportSource: 'preact',
      outdir: outDir,
    }),
    build({ ...shared, entryPoints: { app: join(source, 'app/app.css') }, outdir: outDir }),
    readFile(join(source, 'widget.html')).then((html) => writeFile(join(outDir, 'widget.html'), html)),
  ])
  if (!(await readFile(join(outDir, 'loader.js'), 'utf8')).includes(COLOURS)) throw new Error('loader.js has no place for the colours')
  const sizes = await measure(outDir, ['loader.js', 'app.js', 'app.css'])
  console.log(
    `widget: ${Object.entries(sizes)
      .map(([name, bytes]) => `${name} ${(bytes / 1024).toFixed(2)} KB`)
      .join(', ')} (gzip)`,
  )
  if (minify) checkBudget(sizes)
  return { sizes }
}

type Shared = Pick<Parameters<typeof build>[0], 'bundle' | 'minify' | 'target' | 'logLevel' | 'legalComments' | 'charset' | 'write'>

/** The loader carries its style sheet as a string, already minified like everything else. */
async function buildLoader(outDir: string, shared: Shared): Promise<void> {
  const styles = await build({ ...shared, entryPoints: [join(source, 'loader.css')], write: false })
  const css = styles.outputFiles?.[0]?.text.trim() ?? ''
  await build({
    ...shared,
    entryPoints: { loader: join(source, 'loader.ts') },
    format: 'iife',
    outdir: outDir,
    plugins: [
      {
        name: 'style-sheet-as-text',
        setup: (plugin) => void plugin.onLoad({ filter: /loader\.css$/ }, () => ({ contents: css, loader: 'text' })),
      },
    ],
  })
}

async function measure(outDir: string, names: string[]): Promise<Record<string, number>> {
  const entries = await Promise.all(
    names.map(async (name) => [name, gzipSync(await readFile(join(outDir, name)), { level: 9 }).length] as const),
  )
  return Object.fromEntries(entries)
}

function checkBudget(sizes: Record<string, number>): void {
  const { 'loader.js': loader = 0, 'app.js': js = 0, 'app.css': css = 0 } = sizes
  if (loader > BUDGET.loader) throw new Error(`loader.js is ${loader} bytes after gzip, its budget is ${BUDGET.loader}`)
  if (js + css > BUDGET.app) throw new Error(`app.js and app.css are ${js + css} bytes after gzip, their budget is ${BUDGET.app}`)
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  await buildWidget(process.argv[2] ?? fileURLToPath(new URL('../web/widget/dist/', import.meta.url)))
