// The table of docs/failures.md is true: every test in it is there under its name, and the numbers stand in the files that show them.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const read = (path: string) => readFileSync(`${root}${path}`, 'utf8')

interface Row {
  issues: string[]
  tests: { file: string; name: string }[]
}

/** Rows of four cells: the numbers, what goes wrong, what Frontdesk does, the tests. */
function rowsOf(page: string): Row[] {
  return read(page)
    .split('\n')
    .map((line) => line.split(' | '))
    .filter(([first = '']) => /#\d/.test(first) && first.startsWith('| '))
    .map((cells) => ({
      issues: (cells[0] ?? '').slice(2).split(' · '),
      tests: [...(cells.at(-1) ?? '').matchAll(/\[`([^`]+)`\]\([^)]+\): \*([^*]+)\*/g)].map(([, file = '', name = '']) => ({ file, name })),
    }))
}

const rows = rowsOf('docs/failures.md')

test('every failure is shown by a test that is there, under this very name', () => {
  expect(rows.length).toBeGreaterThan(50)
  const missing = rows.flatMap(({ issues, tests }) => {
    if (tests.length === 0) return [`${issues}: no test`]
    return tests.filter(({ file, name }) => !read(file).includes(`'${name}'`)).map(({ file, name }) => `${file}: ${name}`)
  })
  expect(missing).toEqual([])
})

test('the number of each failure stands in a file that shows it', () => {
  const isNamed = (issue: string, text: string) => new RegExp(`(?<![\\w/])${issue.replaceAll(/[./-]/g, '\\$&')}(?!\\d)`).test(text)
  const unnamed = rows.flatMap(({ issues, tests }) =>
    issues
      .filter((issue) => !tests.some(({ file }) => isNamed(issue, read(file))))
      .map((issue) => `${issue} in ${tests.map(({ file }) => file)}`),
  )
  expect(unnamed).toEqual([])
})

test('the page in Chinese tells of the same failures and tests', () => {
  expect(rowsOf('docs/failures.zh.md')).toEqual(rows)
})
