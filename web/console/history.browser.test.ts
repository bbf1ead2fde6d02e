// Reads a history of years in the built console in Chromium, by scrolling and by keyboard, over a line that can be held and broken.
import type { Page } from 'playwright-core'
import { beforeEach, describe, expect, test } from 'vitest'
import { NEEDS, skipped } from './dev/browser.ts'
import { lengthen } from './dev/history.ts'
import { status, visits } from './dev/visits.ts'

const CNV = 'cnv_address'
const OLDER = '**/conversations/*/messages?before=*'

describe.skipIf(skipped)(`a history of years ${NEEDS}`, { timeout: 60_000 }, () => {
  const tab = visits()
  let count = 0
  const all = () => tab.one(CNV)?.messages ?? []
  const row = (page: Page, seq: number) => page.locator(`[data-seq="${seq}"]`)
  const rows = (page: Page) => page.locator('[data-seq]').evaluateAll((found) => found.map((one) => Number(one.getAttribute('data-seq'))))
  const scrollTo = (page: Page, top: number) => page.getByRole('log').evaluate((log, to) => (log.scrollTop = to), top)
  /** In the upper half of what is on the screen. */
  const sees = async (page: Page, seq: number) => {
    const box = await row(page, seq).boundingBox()
    const log = await page.getByRole('log').boundingBox()
    const top = (box?.y ?? -1) - (log?.y ?? 0)
    return top > 0 && top < (log?.height ?? 0) / 2
  }
  const range = (from: number) => Array.from({ length: count - from + 1 }, (_, n) => from + n)

  beforeEach(() => {
    const one = tab.one(CNV)
    if (one) lengthen(one, 240)
    count = all().length
  })

  async function open(look: Parameters<typeof tab.open>[1] = {}): Promise<Page> {
    const page = await tab.open(`/conversations/${CNV}?view=mine`, { user: 'lin', ...look })
    await row(page, count).waitFor()
    return page
  }

  test('opens at its end with the last hundred; older ones come when one scrolls up, and nothing on the screen moves', async () => {
    const page = await open()
    expect(await rows(page)).toEqual(range(count - 99))
    // What is on top when they come: with the button and the loading in sight above it.
    const gate = held()
    await page.route(OLDER, async (route) => {
      await gate.open
      await route.continue()
    })
    await scrollTo(page, 0)
    await page.getByRole('button', { name: '正在加载更早的消息…' }).waitFor()
    const place = async () => (await row(page, count - 99).boundingBox())?.y ?? 0
    const before = await place()
    gate.release()
    await row(page, count - 199).waitFor({ state: 'attached' })
    expect(Math.abs((await place()) - before)).toBeLessThan(1)
    expect(await rows(page)).toEqual(range(count - 199))

    await scrollTo(page, 0)
    await row(page, 1).waitFor({ state: 'attached' })
    expect(await rows(page)).toEqual(range(1))
    await scrollTo(page, 0)
    await page.getByText('会话从这里开始').waitFor()
    expect(await page.getByRole('button', { name: '更早的消息' }).count()).toBe(0)
    // Each day once, wherever the pages met.
    const days = await page
      .getByRole('log')
      .getByText(/年\d+月\d+日|今天|昨天/)
      .allInnerTexts()
    expect(days.length).toBeGreaterThan(40)
    expect(new Set(days).size).toBe(days.length)
  })

  test('comes by a button for the keyboard, says what came, and leaves the focus where arrow keys go on', async () => {
    const page = await open({ locale: 'en-GB' })
    const gate = held()
    await page.route(OLDER, async (route) => {
      await gate.open
      await route.continue()
    })
    const button = page.getByRole('log').getByRole('button').first()
    expect(await button.textContent()).toBe('Older messages')
    await button.focus()
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Loading older messages…' }).waitFor()
    expect(await page.getByRole('log').getAttribute('aria-live')).toBe('off')
    expect(await button.evaluate((one) => one === document.activeElement)).toBe(true)
    gate.release()
    await status(page, '100 older messages loaded, 200 in all')
    expect(await button.evaluate((one) => one === document.activeElement)).toBe(true)
    await page.keyboard.press('Enter')
    await row(page, 1).waitFor({ state: 'attached' })
    await status(page, `${count - 200} older messages loaded, ${count} in all`)
    await page.getByText('The conversation begins here').waitFor()
    await page.locator('[role=log]:focus').waitFor()
    // New words are read out again.
    await page.locator('[role=log][aria-live=polite]').waitFor()
  })

  test('says why older ones did not come, and tries again when told to', async () => {
    const page = await open()
    let isBroken = true
    let asked = 0
    await page.route(OLDER, (route) => {
      asked += 1
      return isBroken ? route.fulfill({ status: 403, json: { error: { code: 'x', message: '数据库不可用' } } }) : route.continue()
    })
    await scrollTo(page, 0)
    await page.getByRole('alert').getByText('更早的消息加载失败。 数据库不可用').waitFor()
    // Scrolling about asks for nothing more by itself.
    await scrollTo(page, 800)
    await scrollTo(page, 0)
    isBroken = false
    await page.getByRole('button', { name: '重试' }).click()
    await row(page, count - 199).waitFor({ state: 'attached' })
    expect(asked).toBe(2)
    expect(await page.getByRole('alert').count()).toBe(0)
  })

  test('opens where the words were said by which it was found, however long ago; reads back and on from there, and comes to the newest', async () => {
    const one = tab.one(CNV)
    if (one) lengthen(one, 2_400)
    count = all().length
    const asked: string[] = []
    const listen = (page: Page) =>
      page.on('request', (request) => request.url().includes('/messages?') && asked.push(request.url().replace(/.*\?/, '')))
    const page = await tab.open('/', { user: 'lin' })
    listen(page)
    const words = all()[599]?.parts[0]
    if (words?.type !== 'text') throw new Error('no words')
    words.text = '保修卡在哪里'
    const open = (q: string) => page.goto(`${tab.server.url}/console/conversations/${CNV}?view=mine&q=${encodeURIComponent(q)}`)
    await open('保修卡')
    await page.getByText('第 1 处，共 1 处').waitFor()
    await expect.poll(() => sees(page, 600)).toBe(true)
    expect(asked).toEqual(['around=600'])
    expect(await rows(page)).toEqual(Array.from({ length: 100 }, (_, n) => 550 + n))
    // What was said a moment ago does not stand below it, and words that come in are told of.
    await page.getByRole('button', { name: '更新的消息' }).waitFor()

    await scrollTo(page, 0)
    await row(page, 450).waitFor({ state: 'attached' })
    await page.getByRole('log').evaluate((log) => (log.scrollTop = log.scrollHeight))
    await row(page, 749).waitFor({ state: 'attached' })
    expect(asked).toEqual(['around=600', 'before=550', 'after=649'])
    expect(await rows(page)).toEqual(Array.from({ length: 300 }, (_, n) => 450 + n))
    all().push({ id: 'msg_new', seq: count + 1, author: 'customer', name: '李婉婷', at: new Date().toISOString(), parts: [] })
    tab.server.office.changed(CNV)
    await page.getByRole('button', { name: '有新消息' }).click()
    await row(page, count + 1).waitFor()
    expect((await rows(page))[0]).toBeGreaterThan(count - 100)
    expect(await page.getByRole('button', { name: '更新的消息' }).count()).toBe(0)
    // Whoever searched for a name wants to answer: it opens at its end.
    await open('李婉婷')
    await row(page, count + 1).waitFor()
  })

  test('goes from one place where words were said to the next, by keyboard, and says why it did not get there', async () => {
    const page = await tab.open(`/conversations/${CNV}?view=mine&q=${encodeURIComponent('12 ·')}`, { user: 'lin' })
    await page.getByText('第 1 处，共 3 处').waitFor()
    await expect.poll(() => sees(page, 212)).toBe(true)
    let isBroken = true
    await page.route('**/messages?around=12', (route) =>
      isBroken ? route.fulfill({ status: 403, json: { error: { code: 'x', message: '数据库不可用' } } }) : route.continue(),
    )
    const earlier = page.getByRole('button', { name: '更早的一处' })
    await earlier.focus()
    await page.keyboard.press('Enter')
    await page.getByText('第 2 处，共 3 处').waitFor()
    await expect.poll(() => sees(page, 112)).toBe(true)
    await page.keyboard.press('Enter')
    await page.getByText('会话的这一部分加载失败。').waitFor()
    isBroken = false
    await page.getByRole('button', { name: '重试' }).click()
    await page.getByText('第 3 处，共 3 处').waitFor()
    await expect.poll(() => sees(page, 12)).toBe(true)
    expect(await earlier.getAttribute('aria-disabled')).toBe('true')
    await page.getByRole('button', { name: '更新的一处' }).click()
    await expect.poll(() => sees(page, 112)).toBe(true)
  })

  test('a new word draws itself, not all that was said before it', async () => {
    const page = await open()
    await expect.poll(() => tab.server.office.listeners.size).toBe(1)
    await scrollTo(page, 0)
    await row(page, count - 199).waitFor({ state: 'attached' })
    await page.evaluate(countTimes)
    for (let n = 1; n <= 5; n++) {
      const at = new Date().toISOString()
      all().push({ id: `msg_${n}`, seq: count + 1, author: 'customer', name: '李婉婷', at, parts: [{ type: 'text', text: '在吗' }] })
      count += 1
      tab.server.office.changed(CNV)
      await row(page, count).waitFor({ state: 'attached' })
    }
    // Those of the list at the side, each time; all that was said would be thousands.
    expect(await page.evaluate(() => window.times)).toBeLessThan(1000)
  })

  test('follows what happens meanwhile: new words keep what is loaded, edits and receipts of old ones show', async () => {
    const page = await open()
    await expect.poll(() => tab.server.office.listeners.size).toBe(1)
    await scrollTo(page, 0)
    await row(page, count - 199).waitFor({ state: 'attached' })
    await scrollTo(page, 0)
    await row(page, 1).waitFor({ state: 'attached' })
    await scrollTo(page, 0)
    await page.getByText('会话从这里开始').waitFor()

    const asked: string[] = []
    page.on('request', (request) => request.url().includes('before=') && asked.push(new URL(request.url()).search))
    const old = (seq: number) => all().find((message) => message.seq === seq)
    Object.assign(old(2) ?? {}, { parts: [{ type: 'text', text: '改过的话' }], editedAt: new Date().toISOString() })
    Object.assign(old(3) ?? {}, { delivery: { state: 'failed', reason: '客户已注销' } })
    Object.assign(old(count - 150) ?? {}, { recalledAt: new Date().toISOString() })
    const last = { ...all().at(-1), id: 'msg_new', seq: count + 1, author: 'customer', at: new Date().toISOString() }
    all().push({ ...last, name: '李婉婷', author: 'customer', parts: [{ type: 'text', text: '在吗' }] })
    tab.server.office.changed(CNV)

    await row(page, 2).getByText('改过的话').waitFor()
    await row(page, 2).getByText('已编辑').waitFor()
    await row(page, 3).getByText('客户已注销').waitFor()
    await row(page, count + 1)
      .getByText('在吗')
      .waitFor({ state: 'attached' })
    expect(await rows(page)).toEqual([...range(1), count + 1])
    // What is far from the screen is read when it comes near.
    expect(asked).toEqual([`?before=${count - 199}`])
    expect(
      await row(page, count - 150)
        .getByText('已撤回')
        .count(),
    ).toBe(0)
    await row(page, count - 150).scrollIntoViewIfNeeded()
    await row(page, count - 150)
      .getByText('已撤回')
      .waitFor()
  })
})

/** Runs in the page: how often a time was written out, which each message does whenever it is drawn. */
function countTimes(): void {
  const { prototype } = Intl.DateTimeFormat
  const found = Object.getOwnPropertyDescriptor(prototype, 'format')
  Object.defineProperty(prototype, 'format', {
    ...found,
    get() {
      window.times = (window.times ?? 0) + 1
      return found?.get?.call(this)
    },
  })
}

declare global {
  interface Window {
    times?: number
  }
}

/** A line on which nothing comes before it is let go. */
function held(): { open: Promise<void>; release(): void } {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { open: promise, release: resolve }
}
