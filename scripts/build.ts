// Builds the pages into dist/: the widget, the console, the demo shop. With --if-stale only when a source is newer.
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const dist = join(root, 'dist')
const stamp = join(dist, '.built')

if (process.argv.includes('--if-stale') && isFresh()) process.exit(0)
const { buildWidget } = await import('./build-widget.ts')
const { buildConsole } = await import('./build-console.ts')
process.stdout.write('Building the pages … 正在构建页面\n')
rmSync(dist, { recursive: true, force: true })
mkdirSync(dist, { recursive: true })
await buildWidget(join(dist, 'widget'))
await buildConsole(join(dist, 'console'))
cpSync(join(root, 'web/demo'), join(dist, 'demo'), { recursive: true })
writeFileSync(stamp, new Date().toISOString())

function isFresh(): boolean {
  if (!existsSync(stamp)) return false
  const built = statSync(stamp).mtimeMs
  const sources = [join(root, 'web'), join(root, 'scripts'), join(root, 'src/http')].flatMap((folder) =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name)),
  )
  return [...sources, join(root, 'package-lock.json')].every((file) => statSync(file).mtimeMs <= built)
}
