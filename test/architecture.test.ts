// The layout: imports run downward only, and the words are the product's. See ARCHITECTURE.md.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Rooms and their level; the longest name that fits counts. */
const levels: [room: string, level: number][] = [
  ['src/core', 0],
  ['src/platforms', 1],
  ['src/store', 1],
  ['src/connectors', 2],
  ['src/bot', 2],
  ['src/router', 2],
  ['src/handoff', 2],
  ['src/customers', 2],
  ['src/knowledge', 2],
  ['src/reports', 2],
  ['src/plugins', 2],
  ['src/files.ts', 3],
  ['src/pipeline', 3],
  ['src/runner', 3],
  ['src/http', 4],
  ['src/config', 4],
  ['src/app', 5],
  ['src/node', 6],
  ['src/worker', 6],
  ['src/cli', 6],
]

/** Rooms that run everywhere and know no store and no platform. */
const pure = ['src/core', 'src/bot', 'src/router']
/** Translators: they know words and platforms, never the store. */
const translators = ['src/connectors', 'src/handoff']

interface Arrow {
  from: string
  to: string
  typeOnly: boolean
}

test('imports run downward only', () => {
  const wrong = arrows()
    .filter(({ from }) => from.startsWith('src/'))
    .flatMap((arrow) => complaint(arrow) ?? [])
  expect(wrong).toEqual([])
})

test('browser code imports only types of the server', () => {
  const wrong = arrows()
    .filter(
      ({ from, to, typeOnly }) =>
        from.startsWith('web/') && to.startsWith('src/') && !(typeOnly && (to.startsWith('src/http/') || to.startsWith('src/core/'))),
    )
    .map(({ from, to }) => `${from} → ${to}`)
  expect(wrong).toEqual([])
})

test('every file of the server is in a room of the layout', () => {
  expect(sources('src').filter((file) => !file.endsWith('.test.ts') && levelOf(file) === undefined)).toEqual([])
})

test('only the store speaks SQL, and no room for words imports what only Node has', () => {
  const wrong = sources('src').flatMap((file) => {
    const text = readFileSync(join(root, file), 'utf8')
    if (file.endsWith('.test.ts') || file.startsWith('src/store/')) return []
    const everywhere = [...pure, ...translators].some((room) => file.startsWith(`${room}/`))
    const foreign = everywhere ? /from ['"](node:|pg['"]|drizzle-orm)/ : /from ['"](pg['"]|drizzle-orm)/
    return foreign.test(text) ? [file] : []
  })
  expect(wrong).toEqual([])
})

test('the product never imports a fake; only the demo does, which is made of them', () => {
  const wrong = arrows()
    .filter(({ from, to }) => to.startsWith('test/') && !from.endsWith('.test.ts') && !from.startsWith('src/cli/demo'))
    .map(({ from, to }) => `${from} → ${to}`)
  expect(wrong).toEqual([])
})

test('names keep to the word list', () => {
  const banned = /\b(?:class|interface|type|function|const)\s+\w*(?:Manager|Helper|Util|Utils)\b/
  expect(sources('src').filter((file) => banned.test(readFileSync(join(root, file), 'utf8')))).toEqual([])
})

function complaint({ from, to }: Arrow): string | undefined {
  const [above, below] = [levelOf(from), levelOf(to)]
  if (above === undefined || below === undefined || from.endsWith('.test.ts')) return undefined
  const sameRoom = roomOf(from) === roomOf(to)
  if (below > above) return `${from} → ${to}: up from level ${above} to ${below}`
  if (above === 2 && below === 2 && !sameRoom) return `${from} → ${to}: rooms of level 2 do not know each other; the pipeline joins them`
  if (above === 1 && below === 1 && !sameRoom) return `${from} → ${to}: platforms and store do not know each other`
  if (pure.some((room) => from.startsWith(`${room}/`)) && /^src\/(platforms|store)/.test(to))
    return `${from} → ${to}: this room knows no platform and no store`
  if (translators.some((room) => from.startsWith(`${room}/`)) && to.startsWith('src/store'))
    return `${from} → ${to}: translators know no store`
  return undefined
}

function roomOf(file: string): string | undefined {
  return levels.find(([room]) => file === room || file.startsWith(`${room}/`) || file === `${room}.ts` || file.startsWith(`${room}.`))?.[0]
}

function levelOf(file: string): number | undefined {
  return levels.find(([room]) => room === roomOf(file))?.[1]
}

function arrows(): Arrow[] {
  return [...sources('src'), ...sources('web')].flatMap((file) => {
    const text = readFileSync(join(root, file), 'utf8')
    const found = text.matchAll(
      /^(?:import|export)\s+(type\s)?[^'"]*?from\s+['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)|^import\s+['"]([^'"]+)['"]/gm,
    )
    return [...found].flatMap(([statement, type, name, dynamic, bare]) => {
      const to = target(file, name ?? dynamic ?? bare ?? '')
      return to
        ? [{ from: file, to, typeOnly: type !== undefined || /^(?:import|export)\s+\{(\s*type\s+\w+\s*,?)+\}/.test(statement) }]
        : []
    })
  })
}

/** The file of ours that a name means; undefined for packages. */
function target(from: string, name: string): string | undefined {
  if (name.startsWith('#src/')) return `src/${name.slice(5)}`
  if (name.startsWith('#')) return `src/${name.slice(1)}`
  return name.startsWith('.') ? relative(root, resolve(root, dirname(from), name)) : undefined
}

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name) && !entry.parentPath.includes('node_modules'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .filter((file) => !file.includes('/dev/'))
}
