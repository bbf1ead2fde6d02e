// Chromium, a built console and a fresh dev server for each test.
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import { buildConsole } from '../../../scripts/build-console.ts'
import { PASSWORD } from './data.ts'
import { type DevServer, startDevServer } from './server.ts'

const CHROMIUM = '/usr/bin/chromium'
const SWITCHES = [
  'headless',
  'no-sandbox',
  'disable-gpu',
  'disable-quic',
  'no-first-run',
  'disable-background-networking',
  'disable-component-update',
  'disable-sync',
]

/** Where Chromium is missing the tests say that they are skipped; FRONTDESK_TEST_ALL makes that a failure. */
export const skipped = !existsSync(CHROMIUM) && !process.env.FRONTDESK_TEST_ALL
export const NEEDS = '(needs /usr/bin/chromium, or FRONTDESK_TEST_ALL)'

export interface Look {
  user?: string
  theme?: 'light' | 'dark'
  locale?: 'zh-CN' | 'en-GB'
  size?: [number, number]
}

export interface Visit {
  server: DevServer
  /** What the browser complained about: a refused script or style breaks the server's policy. */
  complaints: string[]
  open(path: string, look?: Look): Promise<Page>
  end(): Promise<void>
}

export interface House {
  sizes: Record<string, number>
  visit(): Promise<Visit>
  close(): Promise<void>
}

export async function openHouse(): Promise<House> {
  const dist = await mkdtemp(join(tmpdir(), 'console-'))
  const { sizes } = await buildConsole(dist)
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: SWITCHES.map((name) => `--${name}`) })
  return {
    sizes,
    async visit() {
      const server = await startDevServer(dist)
      const complaints: string[] = []
      return {
        server,
        complaints,
        open: (path, look = {}) => openPage(browser, server, complaints, path, look),
        async end() {
          for (const context of browser.contexts()) await context.close()
          await server.close()
        },
      }
    },
    async close() {
      await browser.close()
      await rm(dist, { recursive: true })
    },
  }
}

async function openPage(browser: Browser, server: DevServer, complaints: string[], path: string, look: Look): Promise<Page> {
  const [width, height] = look.size ?? [1440, 900]
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: look.theme ?? 'light',
    locale: look.locale ?? 'zh-CN',
  })
  if (look.user) {
    const data = { email: `${look.user}@example.com`, password: PASSWORD }
    await context.request.post(`${server.url}/console/api/login`, { headers: { 'x-frontdesk': '1' }, data })
  }
  // The account's language is Chinese; this browser was told another one.
  if (look.locale === 'en-GB') await context.addInitScript(() => localStorage.setItem('frontdesk.locale', 'en'))
  await context.addInitScript(keepNotices)
  const page = await context.newPage()
  page.setDefaultTimeout(10_000)
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (line) => /Content Security Policy|Warning:|unique "key"/.test(line.text()) && complaints.push(line.text()))
  await page.goto(`${server.url}/console${path}`)
  return page
}

declare global {
  interface Window {
    /** What was said in regions with the role `status`, since the page was loaded. */
    notices: string[]
  }
}

/** Runs in the page. */
function keepNotices(): void {
  window.notices = []
  const regionsOf = (node: Node): Element[] => {
    const element = node instanceof Element ? node : node.parentElement
    const around = element?.closest('[role=status]')
    return around ? [around] : [...(element?.querySelectorAll('[role=status]') ?? [])]
  }
  new MutationObserver((changes) => {
    const touched = changes.flatMap(({ type, target, addedNodes }) => (type === 'characterData' ? [target] : [...addedNodes]))
    for (const region of new Set(touched.flatMap(regionsOf))) if (region.textContent) window.notices.push(region.textContent)
  }).observe(document, { subtree: true, childList: true, characterData: true })
}
