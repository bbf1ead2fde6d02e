// Makes docs/images/console*.png: a day of the demo on all channels at once, in the console. `node scripts/picture-console.ts`. Wants Chromium.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Browser, chromium } from 'playwright-core'
import { type DemoHouse, EMAIL, openDemo } from '../src/cli/demo-house.ts'
import { createStage, playDay } from '../src/cli/demo-play.ts'
import { day, isWaiting } from '../src/cli/demo-stories.ts'
import type { ConversationPage } from '../src/http/console/protocol.ts'
import { environment } from '../src/node/environment.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const THEMES = ['light', 'dark'] as const
const LOOKS = [
  { ending: '', locale: 'en' },
  { ending: '.zh', locale: 'zh' },
] as const

const built = spawnSync(process.execPath, ['scripts/build.ts', '--if-stale'], { cwd: root, stdio: 'inherit' })
if (built.status !== 0) process.exit(built.status ?? 1)
const house = await openDemo(environment(), { data: undefined, port: 0 })
try {
  process.stdout.write('A day on all channels … 所有渠道上的一天\n')
  const stage = createStage(house, { paceMs: 0, random: () => 0.5, signal: new AbortController().signal, onStep: () => undefined })
  // Who waits comes last, so that everybody's place is the one they were told.
  for (const [n, stories] of [day.filter((story) => !isWaiting(story)), day.filter(isWaiting)].entries()) {
    const { failures } = await playDay(stage, stories, 5_001 + n * 500)
    if (failures.length > 0) throw new Error(failures.join('\n'))
  }
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium' })
  for (const look of LOOKS) for (const theme of THEMES) await picture(browser, house, look, theme)
  await browser.close()
} finally {
  await house.close()
}

async function picture(browser: Browser, { url, password }: DemoHouse, look: (typeof LOOKS)[number], theme: (typeof THEMES)[number]) {
  const context = await browser.newContext({
    viewport: { width: 1440, height: 1040 },
    deviceScaleFactor: 1.5,
    colorScheme: theme,
    locale: look.locale === 'zh' ? 'zh-CN' : 'en-GB',
  })
  const data = { email: EMAIL, password }
  await context.request.post(`${url}/console/api/login`, { headers: { 'x-frontdesk': '1' }, data })
  await context.addInitScript((locale) => localStorage.setItem('frontdesk.locale', locale), look.locale)
  // On WeChat, with a photo, an answer of the bot's, a note and words of whoever looks.
  const mine = (await (await context.request.get(`${url}/console/api/conversations?view=mine`)).json()) as ConversationPage
  const opened = mine.items.find(({ channel }) => channel.type === 'wechat')
  const page = await context.newPage()
  await page.goto(`${url}/console/conversations/${opened?.id}`)
  await page.getByRole('img').first().waitFor()
  await page.waitForLoadState('networkidle')
  const path = join(root, 'docs/images', `console${theme === 'dark' ? '-dark' : ''}${look.ending}.png`)
  await page.screenshot({ path })
  process.stdout.write(`✓ ${path}\n`)
  await context.close()
}
