// Drives the built console in Chromium against the dev server: coming in, what needs attention, and on a phone.
import { describe, expect, test } from 'vitest'
import { NEEDS, skipped } from './dev/browser.ts'
import { PASSWORD } from './dev/data.ts'
import { status, visits } from './dev/visits.ts'

describe.skipIf(skipped)(`the console in Chromium ${NEEDS}`, { timeout: 60_000 }, () => {
  const tab = visits()

  test('the first load weighs at most 150 KB of compressed JavaScript', () => {
    expect(tab.sizes['first load']).toBeLessThanOrEqual(150 * 1024)
  })

  describe('coming in', () => {
    test('the one-time link makes the first admin, with a password that meets the rules', async () => {
      const page = await tab.open('/setup?token=first-admin')
      await page.getByLabel('你的姓名').fill('孙悦')
      await page.getByLabel('邮箱').fill('sun@example.com')
      await page.getByLabel('密码', { exact: true }).fill('short')
      await page.getByRole('button', { name: '创建账号' }).click()
      await page.getByText('密码还没有满足全部规则').waitFor()
      await page.getByLabel('密码', { exact: true }).fill('three wet cats')
      await page.getByRole('button', { name: '创建账号' }).click()
      await page.waitForURL('**/console/conversations')
      expect(tab.server.office.users.at(-1)).toMatchObject({ name: '孙悦', role: 'admin' })
    })

    test('a used link says so and leads to the sign-in', async () => {
      const page = await tab.open('/setup?token=used')
      await page.getByRole('heading', { name: '链接已失效' }).waitFor()
      await page.getByRole('link', { name: '登录' }).click()
      await page.getByRole('heading', { name: '登录' }).waitFor()
    })

    test('a wrong password is told, and after the right one the page that was asked for opens', async () => {
      const page = await tab.open('/conversations/cnv_login?view=queue')
      await page.getByLabel('邮箱').fill('lin@example.com')
      await page.getByLabel('密码', { exact: true }).fill('guess')
      await page.keyboard.press('Enter')
      await page.getByRole('alert').filter({ hasText: '邮箱或密码不对' }).waitFor()
      await page.getByLabel('密码', { exact: true }).fill(PASSWORD)
      await page.keyboard.press('Enter')
      await page.getByRole('heading', { name: 'Daniel Okafor' }).waitFor()
      expect(page.url()).toContain('/console/conversations/cnv_login')
    })

    test('a session that ends leads to the sign-in and back', async () => {
      const page = await tab.open('/conversations/cnv_mug', { user: 'lin' })
      await page.getByRole('heading', { name: '周明' }).waitFor()
      await page.context().clearCookies()
      tab.server.office.changed('cnv_mug')
      await page.getByRole('heading', { name: '登录' }).waitFor()
      await page.getByLabel('邮箱').fill('lin@example.com')
      await page.getByLabel('密码', { exact: true }).fill(PASSWORD)
      await page.keyboard.press('Enter')
      await page.getByRole('heading', { name: '周明' }).waitFor()
    })
  })

  describe('what needs attention', () => {
    test('is counted in the navigation, filtered, sent again and given up, one by one or together', async () => {
      const page = await tab.open('/attention', { user: 'lin', locale: 'en-GB' })
      const rows = page.getByRole('listitem')
      await page.getByRole('link', { name: /Needs attention\s*6/ }).waitFor()
      expect(await rows.count()).toBe(6)
      await page.getByRole('button', { name: /^Failed/ }).click()
      await expect.poll(() => rows.count()).toBe(2)
      expect(page.url()).toContain('state=failed')
      await page.getByLabel('Channel or desk').selectOption('tg')
      await expect.poll(() => rows.count()).toBe(1)
      await page.getByRole('button', { name: 'Send again' }).click()
      await status(page, 'On its way again: 1')
      await page.getByText('Nothing like that').waitFor()
      await page.getByRole('button', { name: /^All/ }).click()
      await page.getByLabel('Channel or desk').selectOption('')
      await expect.poll(() => rows.count()).toBe(5)

      await page.getByLabel('Select all shown').check()
      await page.getByRole('checkbox', { name: /Customer unknown/ }).uncheck()
      await page.getByText('4 selected').waitFor()
      await page.getByRole('button', { name: 'Drop' }).first().click()
      await page.getByRole('dialog', { name: 'Give up these 4?' }).getByRole('button', { name: 'Give up' }).click()
      await status(page, 'Given up: 4')
      await page.getByRole('button', { name: 'Work on it again' }).click()
      await page.getByText('Everything arrived').waitFor()
      await expect.poll(() => page.getByRole('link', { name: 'Needs attention' }).textContent()).toBe('Needs attention')
      expect(tab.server.office.trouble.items).toEqual([])
    })

    test('leads to the conversation it is about', async () => {
      const page = await tab.open('/attention', { user: 'amelia' })
      await page.getByRole('link', { name: '李婉婷' }).click()
      await page.getByRole('heading', { name: '李婉婷' }).waitFor()
    })

    test('is not for agents', async () => {
      const page = await tab.open('/conversations', { user: 'wang' })
      await page.getByRole('link', { name: '系统' }).first().waitFor()
      expect(await page.getByRole('link', { name: '需要处理' }).count()).toBe(0)
    })

    test('a channel that rests says why and until when', async () => {
      const page = await tab.open('/system', { user: 'lin', locale: 'en-GB' })
      await page.getByText(/^Resting until \d\d:\d\d$/).waitFor()
      await page.getByText('Too Many Requests: retry after 40').waitFor()
      await page.getByRole('link', { name: 'Show what needs attention' }).click()
      await page.getByRole('heading', { name: 'Needs attention' }).waitFor()
    })
  })

  describe('on a phone', () => {
    test('list, thread and context come one at a time, and back leads back', async () => {
      const page = await tab.open('/conversations', { user: 'lin', size: [390, 844] })
      await page.getByRole('link', { name: /周明/ }).click()
      await page.getByRole('heading', { name: '周明' }).waitFor()
      expect(await page.getByRole('searchbox').isVisible()).toBe(false)
      await page.getByRole('button', { name: '详情' }).click()
      await page.getByRole('dialog', { name: '详情' }).getByText('转人工原因').waitFor()
      await page.goBack()
      await page.getByRole('dialog').waitFor({ state: 'detached' })
      await page.getByRole('link', { name: '返回' }).click()
      await page.getByRole('searchbox').waitFor()
    })

    test('nothing is wider than the screen', async () => {
      const page = await tab.open('/conversations', { user: 'lin', size: [360, 740] })
      for (const path of ['/conversations', '/conversations/cnv_mug', '/conversations/cnv_address', '/attention', '/team', '/system']) {
        await page.goto(`${tab.server.url}/console${path}`)
        await page.locator('main').waitFor()
        await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth)).toBe(360)
      }
    })
  })
})
