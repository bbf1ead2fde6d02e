// Makes the pictures of desks in docs/images: what each tool's double shows of one conversation. `node scripts/pictures.ts [type …]`.
// Wants Chromium, and for mail and XMPP what their tests want.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { chromium } from 'playwright-core'

const root = fileURLToPath(new URL('..', import.meta.url))
const wanted = process.argv.slice(2)
const folder = mkdtempSync(join(tmpdir(), 'frontdesk-pictures-'))
try {
  process.stdout.write('Telling one conversation to each tool … 在每个工具里演示同一段对话\n')
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  const args = [vitest, 'run', '--project', 'pure', 'src/handoff', '-t', 'the picture of a thread']
  const { status } = spawnSync(process.execPath, args, { cwd: root, env: { ...process.env, FRONTDESK_PICTURES: folder }, stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
  const pages = readdirSync(folder).filter((name) => wanted.length === 0 || wanted.includes(name.replace('.html', '')))
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium' })
  const page = await browser.newPage({ viewport: { width: 860, height: 600 }, deviceScaleFactor: 1.5, locale: 'zh-CN' })
  for (const name of pages) {
    // Tools whose lists scroll show the whole conversation only in a high window.
    await page.setViewportSize({ width: 860, height: /telegram|xmpp/.test(name) ? 860 : 600 })
    await page.goto(pathToFileURL(join(folder, name)).href)
    const path = join(root, 'docs/images', `desk-${name.replace('.html', '.png')}`)
    await page.screenshot({ path, fullPage: true })
    process.stdout.write(`✓ ${path}\n`)
  }
  await browser.close()
} finally {
  rmSync(folder, { recursive: true, force: true })
}
