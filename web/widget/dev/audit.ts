// What axe finds wrong with what is on the screen.
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import type { Frame } from 'playwright-core'

const axeSource = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

/** Runs in an isolated world, so the site's policy need not allow it. */
export async function audit(frame: Frame): Promise<string[]> {
  const source = await readFile(axeSource, 'utf8')
  await frame.evaluate(source)
  const results = await frame.evaluate(() => (window as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run())
  return results.violations.map(
    (violation) => `${violation.id}: ${violation.nodes.map((node) => `${node.html} ${node.failureSummary}`).join(' | ')}`,
  )
}
