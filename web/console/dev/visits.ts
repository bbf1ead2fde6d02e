// For the tests that drive the built console in Chromium: a browser for the file, a dev server and no complaints for each test.
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest'
import { type House, type Look, openHouse, type Visit } from './browser.ts'

/** To be called once in a `describe`. */
export function visits() {
  let house: House
  let visit: Visit
  beforeAll(async () => {
    house = await openHouse()
  }, 120_000)
  beforeEach(async () => {
    visit = await house.visit()
  })
  afterEach(async () => {
    await visit.end()
    expect(visit.complaints).toEqual([])
  })
  afterAll(async () => {
    await house?.close()
  })
  const one = (id: string) => visit.server.office.conversations.find((conversation) => conversation.id === id)
  return {
    get sizes() {
      return house.sizes
    },
    /** The dev server of this test. */
    get server() {
      return visit.server
    },
    open: (path: string, look?: Look) => visit.open(path, look),
    /** A conversation as the server has it, and every text in it. */
    one,
    words: (id: string) =>
      one(id)?.messages.flatMap((message) => message.parts.flatMap((part) => (part.type === 'text' ? [part.text] : []))) ?? [],
  }
}

/** A notice says this, or said it: it goes by itself, and on a busy machine before anybody looks. Each counts once. */
export async function status(page: Page, words: string): Promise<void> {
  await page.waitForFunction((wanted) => {
    const at = window.notices.findIndex((notice) => notice.includes(wanted))
    return at >= 0 && window.notices.splice(at, 1)
  }, words)
}
