// Every screen and dialog of the console, in both colours, on a desktop and on a phone: axe must find nothing.
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { Result } from 'axe-core'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type House, type Look, NEEDS, openHouse, skipped, type Visit } from './dev/browser.ts'

const LOOKS: Look[] = [
  { theme: 'light', size: [1440, 900], locale: 'zh-CN' },
  { theme: 'dark', size: [390, 844], locale: 'en-GB' },
]
/** With FRONTDESK_CHAOS=full: what they share with those above is nearly all. */
const OTHERS: Look[] = [
  { theme: 'dark', size: [1440, 900], locale: 'en-GB' },
  { theme: 'light', size: [390, 844], locale: 'zh-CN' },
]
const OUTSIDE = ['/login', '/setup?token=first-admin', '/setup?token=invite-zhao', '/setup?token=used', '/nowhere']
const INSIDE = [
  '/todo',
  '/conversations?view=queue&sort=due',
  '/conversations?view=queue&q=zzz',
  '/conversations/cnv_mug',
  '/conversations/cnv_address?view=mine&info=true',
  '/conversations/cnv_hours?view=bot',
  '/conversations/cnv_thanks?view=resolved',
  '/attention',
  '/attention?state=held',
  '/attention?state=held&target=wx',
  '/learning',
  '/team',
  '/system',
]

const isFull = process.env.FRONTDESK_CHAOS === 'full'

let house: House

describe.skipIf(skipped)(`everybody can use the console ${NEEDS}`, { timeout: 180_000 }, () => {
  beforeAll(async () => {
    house = await openHouse()
  }, 120_000)
  afterAll(async () => {
    await house?.close()
  })

  test.for(isFull ? [...LOOKS, ...OTHERS] : LOOKS)('axe finds nothing: $theme, $size, $locale', async (look) => {
    const visit = await house.visit()
    try {
      const findings = await lookInside(visit, look)
      // Another colour and width changes little in what only a few see: the long form looks at all of it in every look.
      if (isFull || look === LOOKS[0]) findings.push(...(await lookOutside(visit, look)), ...(await lookAtDialogs(visit, look)))
      expect(findings).toEqual([])
      expect(visit.complaints).toEqual([])
    } finally {
      await visit.end()
    }
  })
})

async function lookOutside(visit: Visit, look: Look): Promise<string[]> {
  const page = await visit.open('/login', look)
  const findings: string[] = []
  for (const path of OUTSIDE) {
    await page.goto(`${visit.server.url}/console${path}`)
    await page.getByRole('heading', { level: 1 }).first().waitFor({ state: 'attached' })
    await page.waitForLoadState('networkidle')
    findings.push(...(await axe(page, path)))
  }
  return findings
}

async function lookInside(visit: Visit, look: Look): Promise<string[]> {
  const page = await visit.open('/conversations', { ...look, user: 'lin' })
  const findings: string[] = []
  // Screens of one kind are alike in another colour and width, too.
  const paths = isFull || look === LOOKS[0] ? INSIDE : INSIDE.filter((path) => !/view=(bot|resolved)|q=zzz|state=held$/.test(path))
  for (const path of paths) {
    await page.goto(`${visit.server.url}/console${path}`)
    await page.locator('main').waitFor({ state: 'attached' })
    await page.waitForLoadState('networkidle')
    findings.push(...(await axe(page, path)))
  }
  return findings
}

async function lookAtDialogs(visit: Visit, look: Look): Promise<string[]> {
  const page = await visit.open('/conversations/cnv_mug', { ...look, user: 'lin' })
  const findings: string[] = []
  const dialog = async (what: string, show: () => Promise<void>) => {
    await show()
    await page.getByRole('dialog').waitFor()
    findings.push(...(await axe(page, what)))
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
  }
  await page.getByRole('log').waitFor()
  await page.keyboard.press('n')
  await page.locator('textarea:focus').fill('…')
  findings.push(...(await axe(page, 'a note')))
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: /快捷回复与文章|Canned replies and articles/ }).click()
  await page.getByRole('listbox').waitFor()
  findings.push(...(await axe(page, 'canned replies and articles')))
  await page.keyboard.press('Escape')
  // Back in the composer, and out of it: letters are commands again.
  await page.keyboard.press('Escape')
  await page.keyboard.press('t')
  await page.getByRole('option').first().waitFor()
  findings.push(...(await axe(page, 'whom to transfer to')))
  await page.getByRole('combobox').fill('zzz')
  await page
    .getByRole('button', { name: /^(清空搜索|Clear the search)$/ })
    .last()
    .click()
  await dialog('what the next one should know', () => page.keyboard.press('Enter'))
  for (const key of ['Control+k', '?']) await dialog(`key ${key}`, () => page.keyboard.press(key))
  await dialog('a picture', () => page.getByRole('button', { name: 'IMG_2041' }).click())
  await page.getByRole('button', { name: /更多操作|More actions/ }).click()
  findings.push(...(await axe(page, 'more actions')))
  await dialog('follow up', () =>
    page
      .getByRole('button', { name: /^(跟进…|Follow up…)$/ })
      .first()
      .click(),
  )

  await page.goto(`${visit.server.url}/console/conversations/cnv_address?view=mine`)
  await page
    .getByRole('button', { name: /^(已读|Read)/ })
    .last()
    .click()
  await page.getByText(/第 2 次尝试|Try 2/).waitFor()
  findings.push(...(await axe(page, 'how a message fared')))

  await page.goto(`${visit.server.url}/console/conversations?view=open`)
  await page.getByRole('button', { name: /^(多选|Select)$/ }).click()
  await page.getByRole('checkbox', { name: /^(全选当前列表|Select all shown)$/ }).check()
  findings.push(...(await axe(page, 'several picked')))
  for (const name of [/^(分配给我|Assign to me)$/, /^(打标签|Tag)$/])
    await dialog(`several at once: ${name}`, () => page.getByRole('button', { name }).click())

  await page.goto(`${visit.server.url}/console/attention`)
  await page.getByRole('checkbox', { name: /李婉婷/ }).check()
  await dialog('giving up', () =>
    page
      .getByRole('button', { name: /^(放弃|Drop)$/ })
      .first()
      .click(),
  )
  visit.server.office.trouble.items.length = 0
  await page.reload()
  await page.getByText(/全都送到了|Everything arrived/).waitFor()
  findings.push(...(await axe(page, 'nothing needs attention')))

  await page.goto(`${visit.server.url}/console/team`)
  await dialog('add agent', () => page.getByRole('button', { name: /^(添加客服|Add agent)$/ }).click())
  await dialog('invite', () => page.getByRole('button', { name: /赵一鸣/ }).click())
  await page.getByRole('button', { name: /账号与设置|Account and settings/ }).click()
  findings.push(...(await axe(page, 'account')))
  return findings
}

const source = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

async function axe(page: Page, what: string): Promise<string[]> {
  // Evaluated, not added as a script tag: the server's policy would refuse that, and rightly so.
  await page.evaluate(await readFile(source, 'utf8'))
  // Things fade in; half-way there the contrast is not what it will be.
  await page.evaluate(async () => {
    const passing = document.getAnimations().filter((one) => one.effect?.getTiming().iterations === 1)
    await Promise.allSettled(passing.map((one) => one.finished))
  })
  const found = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: { run(options: object): Promise<{ violations: Result[] }> } }
    return (await axe.run({ resultTypes: ['violations'] })).violations
  })
  return found.map((one) => `${what}: ${one.id} ${one.nodes.map((node) => `${node.html} ${node.failureSummary}`).join(' | ')}`)
}
