// A bar for work of a known length: a step for each hundredth, however many rows there are.
import type { Text } from '#core/message.ts'
import type { Screen } from './screen.ts'

const STOPPED: Text = { zh: '已中断', en: 'stopped' }

/** Shows how far `work` is; what it throws ends the bar, too. */
export async function withPercent<T>(
  screen: Screen,
  label: Text,
  work: (tell: (done: number, total: number) => void) => Promise<T>,
): Promise<T> {
  const bar = await screen.progress(label, 100)
  let shown = 0
  const tell = (done: number, total: number) => {
    for (const now = Math.floor((done * 100) / total); shown < now; shown++) bar.step()
  }
  try {
    const result = await work(tell)
    bar.end(label[screen.locale])
    return result
  } catch (error) {
    bar.end(STOPPED[screen.locale])
    throw error
  }
}

/** Ends like an ordinary end, so that whoever has something to tidy up does it. Returns the function that undoes this. */
export function exitOnSignals(): () => void {
  const exit = () => process.exit(130)
  process.on('SIGINT', exit).on('SIGTERM', exit)
  return () => void process.off('SIGINT', exit).off('SIGTERM', exit)
}

/** 12.3 MB */
export function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`
}
