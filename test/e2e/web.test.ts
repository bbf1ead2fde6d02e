// The main job in a browser: a customer in the widget on the demo page, an agent in the console, the real house between them.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Browser, chromium, type Frame, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { environment } from '#src/node/environment.ts'
import { type Running, run } from '#src/node.ts'
import { type Premises, premises } from '../support/house.ts'
import { until } from '../support/until.ts'

const CHROMIUM = '/usr/bin/chromium'
const FLAGS =
  '--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync'
const runnable = existsSync(CHROMIUM) || process.env.FRONTDESK_TEST_ALL !== undefined

const YAML = `brand: { name: 示例商城 }
channels:
  - { id: web, type: web, origins: ["*"] }
skills: [aftersales, tech]
agents:
  - { id: anna, name: 安娜, skills: [aftersales], capacity: 5 }
`

let place: Premises
let running: Running
let browser: Browser

describe.skipIf(!runnable)(
  `a customer and an agent in Chromium${runnable ? '' : ` (skipped: no ${CHROMIUM})`}`,
  { timeout: 90_000 },
  () => {
    beforeAll(async () => {
      place = await premises(YAML)
      running = await run(environment(place.variables))
      browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS.split(' ') })
    })
    afterAll(async () => {
      await browser?.close()
      await running?.stop()
      place?.remove()
    })

    test('greeting before typing, an answer to a typo, a person by word, claim, answer, note, resolve, rating; and all of it is there after a restart', async () => {
      const customer = await visit()
      const chat = await openChat(customer)
      await seen(chat, '欢迎|您好')
      await seen(chat, '多久发货')
      await write(chat, '什么时侯发货呢')
      await seen(chat, '24 小时内发货')

      const agent = await signIn()
      await write(chat, '转人工')
      await seen(chat, '当前排队')

      await agent.getByText('转人工').first().waitFor()
      await agent
        .getByRole('link', { name: /访客/ })
        .or(agent.getByRole('option', { name: /访客/ }))
        .first()
        .click()
      await agent.getByRole('button', { name: '接手' }).first().click()
      await seen(chat, '小李 为您服务')
      await agent.getByRole('textbox', { name: /回复/ }).fill('您好，我来帮您查一下')
      await agent.keyboard.press('Enter')
      await seen(chat, '我来帮您查一下')
      await seen(chat, '小李')

      await agent.getByRole('textbox', { name: /回复/ }).press('Escape')
      await agent.keyboard.press('n')
      await agent.getByRole('textbox', { name: /内部备注/ }).fill('客户情绪稳定')
      await agent.keyboard.press('Enter')
      await agent.getByText('客户情绪稳定').first().waitFor()
      await write(chat, '好的谢谢')
      await agent.getByText('好的谢谢').first().waitFor()
      expect(await chat.getByText('客户情绪稳定').count()).toBe(0)

      await agent.getByRole('button', { name: '解决' }).first().click()
      await chat.getByRole('button', { name: /5 非常满意/ }).click()
      await seen(chat, '谢谢您的评价')

      const { setupUrl, url } = running
      expect(setupUrl).toBeDefined()
      await running.stop()
      running = await run(environment({ ...place.variables, PORT: new URL(url).port }))
      expect(running.setupUrl).toBeUndefined()
      await customer.reload()
      const again = await openChat(customer)
      await seen(again, '我来帮您查一下')
      await customer.context().close()
      await agent.context().close()
    })

    test('an edited bot.yaml counts for the next answer; a mistake is reported with its place and the old file stays', async () => {
      const customer = await visit()
      const chat = await openChat(customer)
      const file = join(place.variables.FRONTDESK_CONFIG ?? '', 'bot.yaml')
      const before = readFileSync(file, 'utf8')
      const answer = async () => {
        const session = await (await fetch(`${running.url}/readyz`)).json()
        return (session as { config: string[] }).config
      }
      writeFileSync(file, before.replace('付款后 24 小时内发货。', '付款后 48 小时内发货。'))
      await until('the new answer', async () => {
        await write(chat, '多久发货')
        return chat
          .getByText('48 小时内发货')
          .first()
          .waitFor({ timeout: 1_500 })
          .then(
            () => true,
            () => false,
          )
      })
      writeFileSync(file, before.replace('faq:', 'faqs:'))
      const problems = await until('the mistake is on record', async () => {
        const list = await answer()
        return list.length > 0 && list
      })
      expect(problems[0]).toMatch(/^bot\.yaml:2:1 .*faqs/)
      await write(chat, '怎么退货')
      await seen(chat, '7 天内可无理由退货')
      writeFileSync(file, before)
      await until('the file is good again', async () => (await answer()).length === 0)
      await customer.context().close()
    })
  },
)

async function visit(): Promise<Page> {
  const page = await (await browser.newContext({ locale: 'zh-CN', viewport: { width: 1280, height: 800 } })).newPage()
  await page.goto(`${running.url}/`)
  return page
}

/** Clicks the button that the one script line put there; returns the frame of the chat. */
async function openChat(page: Page): Promise<Frame> {
  await page.waitForFunction(() => document.querySelector('script[data-channel]') !== null)
  await page.evaluate(() => (window as unknown as { frontdesk(word: string): void }).frontdesk('open'))
  const frame = await until('the frame of the chat', () => page.frames().find((one) => one.url().includes('/widget/')), { ms: 20_000 })
  await frame.locator('textarea').waitFor()
  return frame
}

async function write(chat: Frame, text: string): Promise<void> {
  await chat.locator('textarea').fill(text)
  await chat.locator('textarea').press('Enter')
}

async function seen(chat: Frame, words: string): Promise<void> {
  await chat.getByText(new RegExp(words)).first().waitFor({ timeout: 15_000 })
}

/** Uses the one-time link: the first admin, who answers here. */
async function signIn(): Promise<Page> {
  const page = await (await browser.newContext({ locale: 'zh-CN', viewport: { width: 1440, height: 900 } })).newPage()
  await page.goto(running.setupUrl ?? '')
  await page.getByLabel('你的姓名').fill('小李')
  await page.getByLabel('邮箱').fill('li@example.test')
  await page.locator('input[type=password]').fill('correct horse battery')
  await page.keyboard.press('Enter')
  await page.waitForURL(/conversations/)
  return page
}
