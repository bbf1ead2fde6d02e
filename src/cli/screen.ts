// What a command shows: lines for a person, one JSON value for a script, moving bars only where somebody looks.
import { styleText } from 'node:util'
import type { Locale, Text } from '#core/message.ts'

export type Mark = 'ok' | 'warn' | 'bad'

export interface Progress {
  step(words?: string): void
  end(words: string): void
}

export interface Screen {
  locale: Locale
  json: boolean
  /** Somebody sits there and can be asked. */
  asks: boolean
  say(text: Text | string): void
  mark(mark: Mark, text: string, advice?: string): void
  /** Something that takes a while; its end shows nothing. */
  busy<T>(label: Text, work: () => Promise<T>): Promise<T>
  progress(label: Text, total: number): Promise<Progress>
  /** What a script reads; people have read it already. */
  result(data: object): void
}

const signs: Record<Mark, [sign: string, color: 'green' | 'yellow' | 'red']> = {
  ok: ['✓', 'green'],
  warn: ['!', 'yellow'],
  bad: ['✗', 'red'],
}

const CANCELLED: Text = { zh: '已取消', en: 'Cancelled' }

export function createScreen(locale: Locale, json: boolean): Screen {
  const moves = Boolean(process.stdout.isTTY) && !json
  const print = (text: string) => void process.stdout.write(`${text}\n`)
  const say: Screen['say'] = (text) => {
    if (!json) print(typeof text === 'string' ? text : text[locale])
  }
  return {
    locale,
    json,
    asks: moves && Boolean(process.stdin.isTTY),
    say,
    mark(mark, text, advice) {
      const [sign, color] = signs[mark]
      say(`${styleText(color, sign)} ${text}`)
      if (advice) say(styleText('dim', advice.replaceAll(/^/gm, '    ')))
    },
    async busy(label, work) {
      if (!moves) return work()
      const { spinner } = await import('@clack/prompts')
      const shown = spinner({ cancelMessage: CANCELLED[locale] })
      shown.start(label[locale])
      try {
        return await work()
      } finally {
        shown.clear()
      }
    },
    async progress(label, total) {
      if (!moves) return lines(label[locale], total, say)
      const { progress } = await import('@clack/prompts')
      const bar = progress({ max: total, cancelMessage: CANCELLED[locale] })
      bar.start(label[locale])
      return { step: (words) => bar.advance(1, words), end: (words) => bar.stop(words) }
    },
    result(data) {
      if (json) print(JSON.stringify(data, null, 2))
    },
  }
}

/** Where nothing can move: a line for every tenth of the way. */
function lines(label: string, total: number, say: (text: string) => void): Progress {
  let done = 0
  say(label)
  return {
    step() {
      done += 1
      if (Math.floor((done * 10) / total) > Math.floor(((done - 1) * 10) / total)) say(`  ${Math.round((done * 100) / total)}%`)
    },
    end: say,
  }
}

/** Text and blanks that fill `width` columns: Chinese characters are two wide. */
export function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - columns(text)))
}

export function columns(text: string): number {
  return [...text].reduce((sum, char) => sum + (char >= '\u2e80' ? 2 : 1), 0)
}
