// The papers say what is so: made pages are fresh, links lead somewhere, commands and files exist, examples are accepted.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { connectors } from '#connectors/index.ts'
import { formatProblem } from '#core/document.ts'
import { desks } from '#handoff/index.ts'
import { frontdeskSchema, loadConfig } from '#src/config.ts'
import { madeFiles } from '../scripts/docs.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const isThere = (path: string) => existsSync(join(root, path))

const pages = [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
]

describe('what is made from the schemas and definitions', () => {
  for (const [path, text] of madeFiles()) {
    test(`${path} is fresh (else: node scripts/docs.ts)`, () => {
      expect(isThere(path) ? read(path) : '').toBe(text)
    })
  }

  test('every channel and desk has its page in both languages', () => {
    const wanted = [...Object.values(connectors), ...Object.values(desks)].flatMap(({ docs }) => [docs, docs.replace(/\.md$/, '.zh.md')])
    expect(wanted.filter((page) => !isThere(`docs/${page}`))).toEqual([])
  })
})

describe('what the pages name', () => {
  test('links lead to files, and to headings that are there', () => {
    const broken = pages.flatMap((page) =>
      linksOf(page).flatMap(({ path, heading }) => {
        if (!isThere(path)) return [`${page} → ${path}`]
        return heading && path.endsWith('.md') && !headingsOf(path).includes(heading) ? [`${page} → ${path}#${heading}`] : []
      }),
    )
    expect(broken).toEqual([])
  })

  test('commands of npm exist', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
    const named = ['README.md', 'README.zh.md', 'CONTRIBUTING.md'].flatMap((page) =>
      [...read(page).matchAll(/\bnpm (?:run ([\w:-]+)|(start|test)\b)/g)].map(([, script, short]) => script ?? short ?? ''),
    )
    expect(named.length).toBeGreaterThan(5)
    expect(named.filter((name) => !(name in scripts))).toEqual([])
  })

  test('files and folders of the repository exist', () => {
    const [there = ''] = read('ARCHITECTURE.md').split('## Not there yet')
    const missing = [there, read('CONTRIBUTING.md')].flatMap((text) =>
      [...text.matchAll(/`((?:src|web|test|scripts|docs|config|schema|migrations|\.ci)\/[\w./-]*)`/g)]
        .map(([, path]) => path ?? '')
        .filter((path) => !isThere(path)),
    )
    expect(missing).toEqual([])
  })

  test('the two READMEs have the same sections, pictures and examples', () => {
    const shape = (page: string) => {
      const text = read(page)
      const count = (pattern: RegExp) => [...text.matchAll(pattern)].length
      return { headings: count(/^#+ /gm), pictures: count(/!\[/g), blocks: count(/^```/gm), steps: count(/^\d\. /gm) }
    }
    expect(shape('README.zh.md')).toEqual(shape('README.md'))
  })
})

describe('the examples of the config', () => {
  const schema = z.fromJSONSchema(JSON.parse(JSON.stringify(frontdeskSchema())))
  const env = { TG_TOKEN: '1:a', TG_DESK_TOKEN: '2:b' }

  for (const page of ['README.md', 'README.zh.md']) {
    test(`the one of ${page} is accepted by the server and by editors`, () => {
      const text = /```yaml\n([\s\S]*?)```/.exec(read(page))?.[1] ?? ''
      const loaded = loadConfig({ env, read: (name) => (name === 'frontdesk.yaml' ? text : undefined) })
      expect('problems' in loaded ? loaded.problems.map((one) => formatProblem(one, 'en')) : []).toEqual([])
      expect(schema.safeParse(parse(text)).error?.issues ?? []).toEqual([])
    })
  }

  test('the sample files too, and what is commented out in them', () => {
    const text = read('config/frontdesk.yaml')
    const open = text.replaceAll(/^( *)# (- \{ id:|publicUrl:)/gm, '$1$2')
    for (const variant of [text, open]) {
      const loaded = loadConfig({ env, read: (name) => (name === 'frontdesk.yaml' ? variant : read(`config/${name}`)) })
      expect('problems' in loaded ? loaded.problems.map((one) => formatProblem(one, 'en')) : []).toEqual([])
      expect(schema.safeParse(parse(variant)).error?.issues ?? []).toEqual([])
    }
    expect(open).not.toBe(text)
  })

  test('an editor still sees a mistyped key', () => {
    expect(schema.safeParse({ channels: [{ id: 'a', type: 'telegram', tokn: 'x' }] }).success).toBe(false)
  })
})

test('.env.example names every variable that the server reads, the sample config asks for and the pages speak of', () => {
  const asked = ['frontdesk.yaml', 'bot.yaml'].flatMap((name) => [...read(`config/${name}`).matchAll(/(?<!\$)\$\{([A-Z_a-z]\w*)\}/g)])
  const spokenOf = pages.flatMap((page) =>
    [...read(page).matchAll(/(?<!\$)\$\{([A-Z][A-Z0-9_]+)\}/g)].filter(([, name]) => name !== 'NAME'),
  )
  const readByServer = [...read('src/node/environment.ts').matchAll(/\bvariables\.([A-Z][A-Z_]+)/g)]
  const composed = [...read('compose.yaml').matchAll(/(?<!\$)\$\{([A-Z]\w*)/g)].filter(([, name]) => name !== 'NAME')
  const named = new Set([...read('.env.example').matchAll(/^(?:# )?([A-Z][A-Z0-9_]+)=/gm)].map(([, name]) => name))
  const wanted = new Set([...asked, ...spokenOf, ...readByServer, ...composed].map(([, name]) => name))
  expect(wanted.size).toBeGreaterThan(8)
  expect([...wanted].filter((name) => !named.has(name))).toEqual([])
})

/** Links of a page to files of ours; code blocks hold none. */
function linksOf(page: string): { path: string; heading: string }[] {
  const text = read(page).replaceAll(/```[\s\S]*?```/g, '')
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target]) => target ?? '')
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [file = '', heading = ''] = decodeURIComponent(target).split('#')
      return { path: file ? relative(root, join(root, normalize(join(dirname(page), file)))) : page, heading }
    })
}

/** Headings as GitHub names them in addresses. */
function headingsOf(page: string): string[] {
  return [...read(page).matchAll(/^#+ (.+)$/gm)].map(([, title]) =>
    (title ?? '')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(/\s/g, '-'),
  )
}
