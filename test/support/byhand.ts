// A house whose clock is moved by hand, and which then does what is due: for tests of what comes by and by. Mostly there is one customer in
// it, `c1`, and what they and agents do is worked on at once.
import { stages } from './stages.ts'

export const MINUTE = 60_000
export const HOUR = 60 * MINUTE

/** To be called once in a file, outside its tests. */
export function byHand() {
  const at = stages({ still: true })
  /** Time goes on, and the house does all that is due by then. */
  async function pass(ms = 0): Promise<void> {
    at.house.clock.ms += ms
    for (let round = 0; round < 2; round++) await at.house.runner.drain(new Date(at.house.clock.ms + MINUTE))
  }
  return Object.assign(at, {
    pass,
    async says(text: string) {
      await at.house.says('c1', text)
      await pass()
    },
    async command(line: string, by = 'anna') {
      await at.house.agent('console', by, { type: 'command', thread: (await at.row()).id, line } as never)
      await pass()
    },
    async answers(text: string, by = 'anna') {
      const said = { thread: (await at.row()).id, parts: [{ type: 'text', text }], messageId: `a${at.house.clock.ms}-${text}` }
      await at.house.agent('console', by, { type: 'message', ...said } as never)
      await pass()
    },
  })
}
