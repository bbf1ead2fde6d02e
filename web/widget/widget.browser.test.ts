// Drives the built widget in Chromium against the development server, from a page of another origin whose content security
// policy has no 'unsafe-inline', as a visitor would.
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, type BrowserContext, chromium, type Frame, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { buildWidget } from '../../scripts/build-widget.ts'
import { audit } from './dev/audit.ts'
import { held, lengthen, numbered } from './dev/long.ts'
import { type DevServer, startDevServer } from './dev/server.ts'

const CHROMIUM = '/usr/bin/chromium'
const FLAGS =
  '--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync'
const runnable = existsSync(CHROMIUM) || process.env.FRONTDESK_TEST_ALL !== undefined

let outDir: string
let browser: Browser
let server: DevServer
let context: BrowserContext
let page: Page
/** Violations of a content security policy and uncaught errors, of the page and of the widget. */
let complaints: string[]

describe.skipIf(!runnable)(
  `the widget in Chromium${runnable ? '' : ` (skipped: no ${CHROMIUM}, set FRONTDESK_TEST_ALL=1 to insist)`}`,
  { timeout: 60_000 },
  () => {
    beforeAll(async () => {
      outDir = await mkdtemp(join(tmpdir(), 'frontdesk-widget-'))
      await buildWidget(outDir)
      browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS.split(' ') })
    }, 60_000)
    afterAll(async () => {
      await browser?.close()
      await rm(outDir, { recursive: true, force: true })
    })
    beforeEach(async () => {
      server = await startDevServer({ outDir, stepMs: 30 })
      await visit({ locale: 'zh-CN' })
    })
    afterEach(async () => {
      await context.close()
      await server.close()
      expect(complaints).toEqual([])
    })

    test('opens by keyboard, greets, offers questions, answers one, and Esc gives the focus back to the button', async () => {
      await page.keyboard.press('Tab')
      await page.keyboard.press('Enter')
      const chat = await openedChat()
      expect(await chat.textContent('.hello')).toContain('欢迎来到示例商城')
      expect(await chat.locator('textarea').evaluate((area) => area === document.activeElement)).toBe(true)
      expect(server.sessions[0]).toMatchObject({ locale: 'zh-CN', page: expect.stringContaining('/elsewhere') })
      await chat.click('text=下单后多久发货')
      await chat.waitForSelector('.theirs ol li')
      expect(server.accepted).toMatchObject([{ press: { id: 'faq:0', label: '下单后多久发货？' } }])
      expect(await chat.locator('.theirs a').first().getAttribute('rel')).toContain('noopener')
      await page.keyboard.press('Escape')
      await page.waitForFunction(() => document.querySelector('div[lang]')?.className.includes('open') === false)
      expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('DIV')
    })

    test.each([
      ['a site of its own, where a private window denies storage to frames', 'localhost'],
      ['the same site', '127.0.0.1'],
    ])('on %s: what is said offline waits, arrives exactly once, and a reload keeps the history', async (_, host) => {
      await page.goto(shop(host))
      const chat = await open()
      await say(chat, '你好')
      await chat.waitForSelector('.theirs .choices')
      server.faults.down = true
      server.cut()
      await context.setOffline(true)
      await say(chat, '断线时说的话')
      await chat.waitForSelector('.strip.warn')
      await chat.waitForSelector('.own.pending')
      expect(server.accepted).toHaveLength(1)
      server.faults.down = false
      await context.setOffline(false)
      await chat.waitForSelector('.strip.warn', { state: 'detached' })
      await waitUntil(() => server.accepted.length === 2)
      await chat.waitForFunction(() => !document.querySelector('.own.pending, .own.sending, .own.sent'))
      await page.reload()
      const again = await open()
      await again.waitForSelector('.own')
      expect(await again.locator('.own .bubble').allTextContents()).toEqual(['你好', '断线时说的话'])
      expect(server.accepted.map((request) => request.text)).toEqual(['你好', '断线时说的话'])
    })

    test('a send whose answer is lost goes again under its id and is shown and taken once', async () => {
      const chat = await open()
      server.faults.swallowReplies = 1
      await say(chat, '只说一次')
      await chat.waitForSelector('.theirs .choices')
      await chat.waitForFunction(() => !document.querySelector('.own.pending, .own.sending, .own.sent'))
      expect(server.faults.swallowReplies).toBe(0)
      expect(server.accepted).toHaveLength(1)
      expect(await chat.locator('.own').count()).toBe(1)
      await waitUntil(() => server.seen.some(({ state }) => state === 'read'))
    })

    test('what was waiting when the page was closed is sent by the next page, without a click', async () => {
      const chat = await open()
      await say(chat, '你好')
      await chat.waitForSelector('.theirs .choices')
      server.faults.down = true
      server.cut()
      await say(chat, '关掉页面之前')
      await chat.waitForSelector('.own.pending, .own.sending')
      await page.goto('about:blank')
      server.faults.down = false
      await page.goto(shop())
      await waitUntil(() => server.accepted.length === 2)
      expect(server.accepted[1]?.text).toBe('关掉页面之前')
    })

    test('the button has the shop’s colour before anybody opened the chat, without another request', async () => {
      server.colour = '#f2c200'
      const asked: string[] = []
      page.on('request', (request) => asked.push(new URL(request.url()).pathname))
      await page.reload()
      const looks = () =>
        page.evaluate(() => {
          const button = document.querySelector('div[lang]')?.shadowRoot?.querySelector('button')
          return button && [getComputedStyle(button).backgroundColor, button.style.color]
        })
      await expect.poll(looks).toEqual(['rgb(242, 194, 0)', 'rgb(0, 0, 0)'])
      expect(asked.filter((path) => path !== '/elsewhere' && path !== '/favicon.ico')).toEqual(['/widget.js'])
      // One that was kept from an earlier visit does not outlive the config's.
      server.colour = undefined
      await page.reload()
      await expect.poll(looks).toEqual(['rgb(23, 105, 90)', 'rgb(255, 255, 255)'])
    })

    test('where WebSockets are blocked it polls and posts', async () => {
      server.faults.noSockets = true
      server.faults.swallowReplies = 1
      const chat = await open()
      await say(chat, '你好')
      await chat.waitForSelector('.theirs .choices', { timeout: 20_000 })
      await chat.waitForFunction(() => !document.querySelector('.own.pending, .own.sending, .own.sent'))
      expect(server.accepted).toHaveLength(1)
      expect(await chat.locator('.own').count()).toBe(1)
      expect(await chat.locator('.strip.warn').count()).toBe(0)
      // And hears with the next page of what was changed above.
      server.change('bot', '改过的回答')
      await say(chat, '还有一句')
      await chat.getByText('改过的回答').waitFor()
    })

    test('a refused message says why, stays, and can be deleted', async () => {
      const chat = await open()
      await say(chat, '这句会被拒绝')
      await chat.waitForSelector('.own.failed')
      expect(await chat.textContent('.note.failed')).toContain('消息包含不支持的内容')
      await chat.click('.note.failed >> text=删除')
      await chat.waitForSelector('.own.failed', { state: 'detached' })
    })

    test('a place in the queue, then the agent by name; unread messages show on the closed button', async () => {
      const chat = await open()
      server.faults.nobody = true
      await say(chat, '转人工')
      await chat.waitForFunction(() => document.querySelector('.strip')?.textContent?.includes('下一位'))
      server.faults.nobody = false
      await chat.waitForFunction(() => document.querySelector('.status')?.textContent?.includes('小林'))
      expect(await chat.textContent('.speaker:has(.person)')).toContain('小林')
      await page.evaluate(() => window.frontdesk?.('close'))
      // Closed is what the chat knows, not only what the page shows: what comes before that has been seen.
      await chat.waitForSelector('.app[inert]', { state: 'attached' })
      server.say('agent', '还在吗？', '小林')
      await waitUntil(async () => (await launcherLabel()).includes('1 条未读消息'))
      await page.reload()
      await waitUntil(async () => (await launcherLabel()).includes('1 条未读消息'))
      await open()
      await waitUntil(async () => !(await launcherLabel()).includes('未读'))
      // Another page has a session of its own, and the visitor is the same.
      await page.goto(`${shop()}?page=2`)
      await waitUntil(() => page.frames().some((frame) => frame.url().includes('/widget/')))
      await chatFrame().waitForSelector('.own', { state: 'attached' })
      expect(await launcherLabel()).not.toContain('未读')
    })

    test('says what has arrived and what was read: read only while the window is open, again after a break', async () => {
      const chat = await open()
      await say(chat, '转人工')
      await chat.waitForFunction(() => document.querySelector('.status')?.textContent?.includes('小林'))
      const last = () => [...server.visitors.values()].at(-1)?.messages.findLast((message) => message.author !== 'customer')?.seq
      await waitUntil(() => server.seen.some(({ seq, state }) => state === 'read' && seq === last()))
      await page.evaluate(() => window.frontdesk?.('close'))
      await chat.waitForSelector('.app[inert]', { state: 'attached' })
      server.say('agent', '还在吗？', '小林')
      await waitUntil(() => server.seen.some(({ seq, state }) => state === 'delivered' && seq === last()))
      expect(server.seen.some(({ seq, state }) => state === 'read' && seq === last())).toBe(false)
      const before = server.seen.length
      server.cut()
      await waitUntil(() => server.seen.slice(before).some(({ seq, state }) => state === 'delivered' && seq === last()))
      await open()
      await waitUntil(() => server.seen.some(({ seq, state }) => state === 'read' && seq === last()))
    })

    test('a file that fits is sent with its picture, one that does not says why', async () => {
      const chat = await open()
      const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64')
      await chat.setInputFiles('input[type=file]', [
        { name: '照片.png', mimeType: 'image/png', buffer: png },
        { name: 'huge.bin', mimeType: 'application/octet-stream', buffer: Buffer.alloc(2 * 1024 * 1024 + 1) },
      ])
      await chat.waitForSelector('.upload.ready')
      expect(await chat.textContent('.upload.failed')).toContain('huge.bin 超过 2 MB')
      await chat.click('.send')
      await chat.waitForSelector('.own:not(.pending):not(.sending):not(.sent) .picture img')
      expect(server.accepted).toMatchObject([{ file: { id: 'att_1' } }])
    })

    test('a long talk opens at its end; earlier messages come as one scrolls up or presses, and what is read stays where it is', async () => {
      const chat = await openLong(130)
      const numbers = () => chat.locator('.own .bubble').allTextContents()
      expect(await numbers()).toEqual(numbered(81, 130))
      const line = held()
      await page.route(/before=\d/, async (route) => {
        await line.open
        await route.continue()
      })
      const place = (words: string) =>
        chat
          .locator('.own', { hasText: words })
          .evaluate((row) => (row as HTMLElement).offsetTop - (row.closest('.scroller')?.scrollTop ?? 0))
      await chat.locator('.scroller').evaluate((box) => box.scrollTo(0, 0))
      await chat.waitForSelector('.older >> text=正在加载更早的消息')
      expect(await chat.textContent('[aria-live]')).toBe('正在加载更早的消息…')
      const before = await place('第 81 句')
      // What is said meanwhile is the last all the same, and is counted.
      server.say('agent', '还在吗？', '小林')
      await chat.waitForSelector('.pill.news')
      expect(await chat.textContent('.pill.news')).toBe('1 条新消息')
      line.release()
      await chat.waitForFunction(() => document.querySelectorAll('.own').length === 100)
      expect(Math.abs((await place('第 81 句')) - before)).toBeLessThan(2)
      expect(await numbers()).toEqual(numbered(31, 130))
      expect(await chat.textContent('[aria-live]')).toBe('已加载 50 条更早的消息')
      expect(await chat.textContent('.pill.news')).toBe('1 条新消息')
      expect(await chat.locator('.spoken').last().textContent()).toContain('还在吗？')
      // By keyboard, where nobody scrolls: the last page takes the button away, and the arrow keys go on.
      await chat.focus('.older button')
      await page.keyboard.press('Enter')
      await chat.waitForSelector('.older', { state: 'detached' })
      expect(await numbers()).toEqual(numbered(1, 130))
      await chat.waitForSelector('.scroller:focus')
    })

    test('earlier messages that cannot be read say why in sight, and come when asked for again; a cut line changes nothing', async () => {
      const chat = await openLong(80)
      let asked = 0
      await page.route(/before=\d/, (route) => {
        asked += 1
        if (asked > 1) return route.continue()
        return route.fulfill({ status: 503, json: { error: { code: 'busy', message: '请稍后再试。 / Try again later.' } } })
      })
      await chat.locator('.scroller').evaluate((box) => box.scrollTo(0, 0))
      await chat.waitForSelector('.older [role=alert]')
      expect(await chat.textContent('.older [role=alert]')).toBe('更早的消息加载失败。 请稍后再试。')
      const edge = await chat.locator('.scroller').evaluate((box) => box.getBoundingClientRect().top)
      await waitUntil(
        async () => (await chat.locator('.older [role=alert]').evaluate((words) => words.getBoundingClientRect().top)) >= edge,
      )
      server.cut()
      await say(chat, '断线之后')
      await chat.waitForFunction(() => document.querySelectorAll('.own:not(.pending):not(.sending):not(.sent)').length === 51)
      await chat.click('.older >> text=重试')
      await chat.waitForSelector('.older', { state: 'detached' })
      expect(asked).toBe(2)
      expect(await chat.locator('.own .bubble').allTextContents()).toEqual([...numbered(1, 80), '断线之后'])
    })

    test('Enter that ends a composition sends nothing, Shift+Enter makes a line, and the draft survives a reload', async () => {
      const chat = await open()
      await chat.fill('textarea', '你好')
      await chat.locator('textarea').evaluate((area) => {
        area.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', isComposing: true, bubbles: true, cancelable: true }))
      })
      await chat.press('textarea', 'Shift+Enter')
      expect(await chat.inputValue('textarea')).toBe('你好\n')
      await page.reload()
      const again = await open()
      expect(await again.inputValue('textarea')).toBe('你好\n')
      expect(server.accepted).toEqual([])
    })

    test('calls before the script has loaded wait in the queue, and log-out forgets the visitor', async () => {
      const chat = await open()
      await say(chat, '你好')
      await chat.waitForSelector('.theirs .choices')
      await page.evaluate(() => window.frontdesk?.('logout'))
      await chat.waitForSelector('.welcome')
      await waitUntil(() => server.visitors.size === 2)
      await page.addInitScript(() => {
        const queue: unknown[][] = []
        window.frontdesk = Object.assign((...call: unknown[]) => void queue.push(call), { q: queue })
        window.frontdesk('set', { locale: 'en' })
        window.frontdesk('open')
      })
      await page.reload()
      const english = await openedChat()
      expect(await english.getAttribute('html', 'lang')).toBe('en')
      expect(await english.textContent('h2')).toBe('People often ask')
      await page.evaluate(() => window.frontdesk?.('set', { locale: 'zh' }))
      await english.waitForFunction(() => document.querySelector('.hello')?.textContent?.includes('欢迎来到示例商城'))
      expect(await english.textContent('h2')).toBe('大家都在问')
    })

    test('messages from other windows and origins are ignored', async () => {
      await open()
      await page.evaluate(() => window.postMessage({ frontdesk: 1, type: 'close' }, '*'))
      const chat = chatFrame()
      await chat.evaluate(() => window.postMessage({ frontdesk: 1, type: 'logout' }, '*'))
      await say(chat, '还在')
      await chat.waitForSelector('.theirs .choices')
      expect(server.visitors.size).toBe(1)
    })

    for (const colorScheme of ['light', 'dark'] as const) {
      test(`axe finds nothing in ${colorScheme}: closed, greeting, talk, trouble, on a phone`, async () => {
        await context.close()
        await visit({ locale: 'en-GB', colorScheme, reducedMotion: 'reduce' })
        expect(await audit(page.mainFrame())).toEqual([])
        const chat = await open()
        expect(await audit(chat)).toEqual([])
        for (const words of ['picture please', 'Can I get an invoice?', 'payments', 'hello']) await say(chat, words)
        await chat.waitForFunction(() => document.querySelectorAll('.theirs').length > 4)
        await say(chat, '拒绝')
        await chat.waitForSelector('.own.failed')
        await chat.setInputFiles('input[type=file]', { name: 'huge.bin', mimeType: 'text/plain', buffer: Buffer.alloc(3 * 1024 * 1024) })
        await chat.fill('textarea', 'x'.repeat(2010))
        await say(chat, 'person', false)
        expect(await audit(chat)).toEqual([])
        await chat.fill('textarea', '')
        await say(chat, 'talk to a person')
        await chat.waitForFunction(() => document.querySelector('.status')?.textContent?.includes('Lin'))
        await say(chat, 'thanks')
        await chat.waitForSelector('.scale')
        expect(await audit(page.mainFrame())).toEqual([])
        await page.setViewportSize({ width: 390, height: 844 })
        server.faults.down = true
        server.cut()
        await context.setOffline(true)
        await chat.waitForSelector('.strip.warn')
        expect(await audit(chat)).toEqual([])
      })
    }
  },
)

/** Chromium counts `localhost` and `127.0.0.1` as two sites. */
const shop = (host = 'localhost') => `${server.url.replace('127.0.0.1', host)}/elsewhere`

async function visit(options: Parameters<Browser['newContext']>[0]): Promise<void> {
  complaints = []
  // Our own addresses only; bypassCSP stays off, so that what a strict site forbids fails here too.
  context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options })
  // A closed root is closed to axe and to the tests as well.
  await context.addInitScript(() => {
    const attach = Element.prototype.attachShadow
    Element.prototype.attachShadow = function (init) {
      return attach.call(this, { ...init, mode: 'open' })
    }
  })
  page = await context.newPage()
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('console', (message) => {
    if (/Content Security Policy/i.test(message.text())) complaints.push(message.text())
  })
  await page.goto(shop())
  await page.waitForFunction(() => window.frontdesk?.ready)
}

function chatFrame(): Frame {
  const frame = page.frames().find((each) => each.url().includes('/widget/'))
  if (!frame) throw new Error('the chat is not there')
  return frame
}

async function open(): Promise<Frame> {
  await page.waitForFunction(() => window.frontdesk?.ready)
  await page.evaluate(() => window.frontdesk?.('open'))
  return openedChat()
}

async function openedChat(): Promise<Frame> {
  await waitUntil(() => page.frames().some((frame) => frame.url().includes('/widget/')))
  const chat = chatFrame()
  await chat.waitForSelector('.welcome, .history')
  return chat
}

async function say(chat: Frame, words: string, clear = true): Promise<void> {
  if (clear) await chat.fill('textarea', words)
  await chat.press('textarea', 'Enter')
}

/** The chat of somebody who said so many things before. */
async function openLong(count: number): Promise<Frame> {
  await open()
  await waitUntil(() => server.visitors.size === 1)
  lengthen([...server.visitors.values()][0], count)
  await page.reload()
  const chat = await open()
  await chat.waitForSelector('.own')
  return chat
}

function launcherLabel(): Promise<string> {
  return page.evaluate(() => document.querySelector('div[lang]')?.shadowRoot?.querySelector('button')?.ariaLabel ?? '')
}

async function waitUntil(condition: () => boolean | Promise<boolean>): Promise<void> {
  await expect.poll(condition, { timeout: 20_000, interval: 50 }).toBe(true)
}
