// Times as people write them in either language: '2h', 'tomorrow 9:00', 'until fri 9', '明天下午3点', '30分钟'. What follows is theirs.

/** What a clock on the wall shows. `month` from 1. */
interface Wall {
  year: number
  month: number
  day: number
  hour: number
  minute: number
}

export interface When {
  at: Date
  /** What stands behind the time. */
  rest: string
}

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE
/** Only a day is named: when work begins. */
const MORNING = 9

/** Undefined when it begins with no time. The time may be past: that is for the caller to say. */
export function readWhen(text: string, now: Date, zone: string): When | undefined {
  const line = new Line(text)
  const isUntil = line.take(/(?:(?:until|till|to|at|on|in|after)\s+|(?:直到|等到|到|在)\s*)/y) !== undefined
  const at = instant(line) ?? duration(line, now) ?? moment(line, now, zone, isUntil)
  if (!at || !line.atBoundary()) return undefined
  return { at, rest: line.rest() }
}

/** The text, read from left to right. Full-width forms are read as the plain ones, and stay as they are in what is left. */
class Line {
  readonly #text: string
  readonly #plain: string
  #at = 0

  constructor(text: string) {
    this.#text = text.trim()
    // Character by character, so that both have the same length.
    this.#plain = this.#text
      .replaceAll(/[\uff01-\uff5e]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) - 0xfee0))
      .replaceAll('\u3000', ' ')
      .replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase())
  }

  take(pattern: RegExp): RegExpExecArray | undefined {
    const found = this.peek(pattern)
    if (found) this.#at += found[0].length
    return found
  }

  peek(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at
    return pattern.exec(this.#plain) ?? undefined
  }

  /** '2h' ends, '2house' does not. */
  atBoundary(): boolean {
    return !/[a-z0-9]/.test(this.#plain[this.#at] ?? '') || !/[a-z0-9]/.test(this.#plain[this.#at - 1] ?? '')
  }

  rest(): string {
    return this.#text.slice(this.#at).replace(/^[\s,，:：、。;；-]+/, '')
  }
}

/** As programs write it; lower-case by now. */
function instant(line: Line): Date | undefined {
  const found = line.take(/\d{4}-\d\d-\d\dt\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?z/y)
  const at = found && new Date(found[0].toUpperCase())
  return at && !Number.isNaN(at.getTime()) ? at : undefined
}

const units: [pattern: string, ms: number][] = [
  ['weeks?|wks?|w|周|星期|礼拜', 7 * DAY],
  ['days?|d|天', DAY],
  ['hours?|hrs?|h|小时|钟头', 60 * MINUTE],
  ['minutes?|mins?|m|分钟|分', MINUTE],
]
const number = '\\d{1,4}(?:\\.\\d+)?|半|[一二两三四五六七八九十]{1,3}|an?(?= )'
const step = new RegExp(`\\s*(${number})\\s*(个半|个)?\\s*(${units.map(([pattern]) => pattern).join('|')})(?![a-z])(半)?`, 'y')

function duration(line: Line, now: Date): Date | undefined {
  let ms = 0
  for (let found = line.take(step); found; found = line.take(step)) {
    const [, count = '', more = '', unit = '', half = ''] = found
    const size = units.find(([pattern]) => new RegExp(`^(?:${pattern})$`).test(unit))?.[1] ?? 0
    ms += (numberOf(count) + (more === '个半' || half ? 0.5 : 0)) * size
  }
  if (ms <= 0) return undefined
  line.take(/\s*(?:之后|以后|后|later)/y)
  return new Date(now.getTime() + Math.round(ms))
}

const digits = '一二三四五六七八九'

function numberOf(word: string): number {
  if (/^\d/.test(word)) return Number(word)
  if (word === '半') return 0.5
  if (word === 'a' || word === 'an') return 1
  const [tens, ones] = word.includes('十') ? word.split('十') : ['', word]
  const one = (letter: string | undefined) => (letter === '两' ? 2 : digits.indexOf(letter || ' ') + 1)
  return (word.includes('十') ? (tens ? one(tens) : 1) * 10 : 0) + one(ones)
}

/** A day, a time of day, or both. */
function moment(line: Line, now: Date, zone: string, isUntil: boolean): Date | undefined {
  const today = wallOf(now, zone)
  const day = dayOf(line, today)
  const time = timeOf(line, day !== undefined || isUntil)
  if (!day && !time) return undefined
  const { hour, minute } = time ?? { hour: day?.hour ?? MORNING, minute: 0 }
  const on = (days: number) => instantOf({ ...shift(day ?? today, days), hour: day?.evening && hour < 12 ? hour + 12 : hour, minute }, zone)
  const at = on(0)
  if (at > now) return at
  // A bare time is the next one; so is a bare weekday, and a date without its year.
  if (!day) return on(1)
  if (day.every === 'week') return on(7)
  return day.every === 'year' ? instantOf({ ...day, year: day.year + 1, hour, minute }, zone) : at
}

interface Day extends Wall {
  every?: 'week' | 'year'
  /** 'tonight', '今晚': a bare hour is one of the evening. */
  evening?: true
}

const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']
const names: [pattern: RegExp, days: number, hour?: number, evening?: true][] = [
  [/大后天/y, 3],
  [/后天|the day after tomorrow|day after tomorrow/y, 2],
  [/明早/y, 1, MORNING],
  [/明晚/y, 1, 19, true],
  [/明天|明日|tomorrow|tmrw|tmr/y, 1],
  [/今晚|tonight/y, 0, 19, true],
  [/今天|今日|today/y, 0],
]

function dayOf(line: Line, today: Wall): Day | undefined {
  for (const [pattern, days, hour, evening] of names) {
    if (line.take(pattern)) return { ...shift(today, days), hour: hour ?? MORNING, ...(evening && { evening }) }
  }
  const full = line.take(/(\d{4})(?:[-/.]|年)(\d{1,2})(?:[-/.]|月)(\d{1,2})[日号]?/y)
  if (full) return { ...today, year: Number(full[1]), month: Number(full[2]), day: Number(full[3]), hour: MORNING }
  const short = line.take(/(\d{1,2})(?:月(\d{1,2})[日号]?|[-/](\d{1,2})(?![-/\d]))/y)
  if (short) return { ...today, month: Number(short[1]), day: Number(short[2] ?? short[3]), hour: MORNING, every: 'year' }
  return weekdayOf(line, today)
}

function weekdayOf(line: Line, today: Wall): Day | undefined {
  const now = new Date(Date.UTC(today.year, today.month - 1, today.day)).getUTCDay()
  /** Weeks begin on Monday. */
  const monday = -((now + 6) % 7)
  const chinese = line.take(/(下下|下个?|这个?|本)?(?:周|星期|礼拜)([一二三四五六日天])/y)
  const english = chinese
    ? undefined
    : line.take(/(next )?(sun|mon|tue|wed|thu|fri|sat)(?:day|s(?:day)?|nesday|rs?(?:day)?|urday)?(?![a-z])/y)
  const found = chinese ?? english
  if (!found) {
    return line.take(/next week|下个?(?:周|星期|礼拜)/y) && { ...shift(today, monday + 7), hour: MORNING }
  }
  const weekday = chinese ? '日一二三四五六'.indexOf(found[2] === '天' ? '日' : (found[2] ?? '')) : weekdays.indexOf(found[2] ?? '')
  const weeks = found[1] === undefined || /^[这本]/.test(found[1]) ? 0 : found[1] === '下下' ? 2 : 1
  if (weeks > 0) return { ...shift(today, monday + weeks * 7 + ((weekday + 6) % 7)), hour: MORNING }
  return { ...shift(today, (weekday - now + 7) % 7), hour: MORNING, every: 'week' }
}

/** `isKnown`: a day stands before it, so a bare number is an hour. */
function timeOf(line: Line, isKnown: boolean): { hour: number; minute: number } | undefined {
  const part = line.take(/\s*(?:at )?(凌晨|早上|上午|早|中午|下午|傍晚|晚上|晚|morning|noon|afternoon|evening)/y)?.[1]
  const clock =
    line.take(/\s*(?:at )?(\d{1,2}):(\d{2})(?:\s*(am|pm)(?![a-z]))?/y) ??
    line.take(/\s*(?:at )?(\d{1,2})()\s*(am|pm)(?![a-z])/y) ??
    line.take(/\s*(\d{1,2}|[一二两三四五六七八九十]{1,3})[点时](?:钟|整)?(半|一刻|三刻|\d{1,2}(?!\d)分?)?/y) ??
    (isKnown || part ? line.take(/\s+(?:at )?(\d{1,2})(?![\d:%.a-z]|\s*[点个件位])/y) : undefined) ??
    (isKnown && !part ? line.take(/(\d{1,2})(?![\d:%.a-z]|\s*[点个件位])/y) : undefined)
  if (!clock) return part ? { hour: parts(part), minute: 0 } : undefined
  const hour = numberOf(clock[1] ?? '')
  const minute = minuteOf(clock[2])
  if (hour > 24 || minute > 59) return undefined
  const isLate = clock[3] === 'pm' || /^(下午|傍晚|晚上|晚|afternoon|evening)$/.test(part ?? '')
  const isNoon = /^(中午|noon)$/.test(part ?? '') && hour < 4
  if (clock[3] === 'am' && hour === 12) return { hour: 0, minute }
  return { hour: (isLate || isNoon) && hour < 12 ? hour + 12 : hour, minute }
}

function parts(part: string): number {
  if (/中午|noon/.test(part) && part !== 'afternoon') return 12
  if (/下午|afternoon/.test(part)) return 14
  return /晚|evening/.test(part) ? 19 : /凌晨/.test(part) ? 1 : MORNING
}

function minuteOf(word: string | undefined): number {
  return word === '半' ? 30 : word === '一刻' ? 15 : word === '三刻' ? 45 : Number.parseInt(word || '0', 10)
}

function shift(wall: Wall, days: number): Wall {
  const at = new Date(Date.UTC(wall.year, wall.month - 1, wall.day + days))
  return { ...wall, year: at.getUTCFullYear(), month: at.getUTCMonth() + 1, day: at.getUTCDate() }
}

export function wallOf(at: Date, zone: string): Wall {
  const form = new Intl.DateTimeFormat('en', {
    timeZone: zone,
    calendar: 'gregory',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  })
  const of = Object.fromEntries(form.formatToParts(at).map(({ type, value }) => [type, Number(value)]))
  return { year: of.year ?? 0, month: of.month ?? 1, day: of.day ?? 1, hour: of.hour ?? 0, minute: of.minute ?? 0 }
}

/** What the wall shows as if it were UTC, moved by how far the zone is off there; twice, since a change of clocks may lie between. */
export function instantOf(wall: Wall, zone: string): Date {
  const asUtc = (one: Wall) => Date.UTC(one.year, one.month - 1, one.day, one.hour, one.minute)
  const wanted = asUtc(wall)
  let at = wanted
  for (let n = 0; n < 2; n++) at += wanted - asUtc(wallOf(new Date(at), zone))
  return new Date(at)
}
