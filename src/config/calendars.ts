// The hours of frontdesk.yaml: what the lists cannot know of each other, and who keeps which.
import type { BotFile } from '#bot/schema.ts'
import { type Problem, problemAt, type SourceDocument } from '#core/document.ts'
import { reason } from '#core/errors.ts'
import type { Calendar, Dates } from '#core/hours.ts'
import { readDates } from '#core/ical.ts'
import type { Text } from '#core/message.ts'
import { nearest } from '#core/nearest.ts'
import type { Settings } from '../config.ts'
import type { FeedSettings } from './service.ts'

/** A word of `sla[].hours`, so no calendar's name. */
const ALWAYS = 'always'

export function checkHours(file: Settings, document: SourceDocument, bot?: BotFile): Problem[] {
  const problems: Problem[] = []
  const calendars = [...Object.keys(file.hours), ...Object.keys(bot?.hours ?? {})]
  const look = (path: (string | number)[], name: string | undefined, known: string[]) => {
    if (name !== undefined && !known.includes(name)) problems.push(problemAt(document, path, unknown(name, known)))
  }
  for (const [name, { feeds: _, ...week }] of Object.entries(file.hours)) {
    const other = bot?.hours[name]
    if (other === undefined || JSON.stringify(other) === JSON.stringify(week)) continue
    const message = {
      zh: `bot.yaml 里也有叫 "${name}" 的时间表，而且内容不同：删掉其中一个，或改名`,
      en: `bot.yaml has another calendar named "${name}": remove one of them, or give it another name`,
    }
    problems.push(problemAt(document, ['hours', name], message, { of: 'key' }))
  }
  if (ALWAYS in file.hours) {
    const message = {
      zh: '时间表不能叫 "always"：这个词另有用途',
      en: 'a calendar cannot be named "always": the word has a meaning of its own',
    }
    problems.push(problemAt(document, ['hours', ALWAYS], message, { of: 'key' }))
  }
  const { skills } = file
  for (const [n, { hours }] of skills.entries()) look(['skills', n, 'hours'], hours, calendars)
  for (const [n, { hours }] of file.teams.entries()) look(['teams', n, 'hours'], hours, calendars)
  file.sla.forEach(({ skill, hours }, n) => {
    look(['sla', n, 'hours'], hours, [ALWAYS, ...calendars])
    if (skill !== undefined && !skills.some(({ id }) => id === skill)) {
      const known = skills.map(({ id }) => id)
      problems.push(
        problemAt(document, ['sla', n, 'skill'], {
          zh: `skills 里没有 “${skill}”（现有：${known.join('、')}）`,
          en: `there is no skill "${skill}" (there are: ${known.join(', ')})`,
        }),
      )
    }
  })
  return problems
}

function unknown(name: string, known: string[]): Text {
  const meant = nearest(name, known)
  return {
    zh: `没有叫 "${name}" 的工作时间表${meant ? `；您是不是想写 "${meant}"？` : ''}`,
    en: `no calendar named "${name}"${meant ? `; did you mean "${meant}"?` : ''}`,
  }
}

/** Which calendar each skill keeps, by name: its own, or that of its teams. */
export function hoursOfSkills({ skills, teams }: Settings): ReadonlyMap<string, string> {
  const ofTeams = new Map(teams.map(({ id, hours }) => [id, hours]))
  return new Map(
    skills.flatMap((skill) => {
      const name = skill.hours ?? skill.teams?.map((team) => ofTeams.get(team)).find((one) => one !== undefined)
      return name === undefined ? [] : [[skill.id, name] as const]
    }),
  )
}

/** A feed as one calendar reads it: the same one in two zones is two. */
export interface Feed extends FeedSettings {
  key: string
  calendar: string
  timezone: string
}

export function feedsOf({ hours }: Settings): Feed[] {
  return Object.entries(hours).flatMap(([calendar, { timezone, feeds }]) =>
    feeds.map((feed) => ({ ...feed, calendar, timezone, key: feedKey(feed, timezone) })),
  )
}

function feedKey({ url, file, events, at }: FeedSettings, timezone: string): string {
  return JSON.stringify([url ?? null, file ?? null, events, at ?? null, timezone])
}

/** The calendars with what their feeds said last. */
export function calendarsOf({ hours }: Settings, datesOf: (key: string) => Dates | undefined): Record<string, Calendar> {
  return Object.fromEntries(
    Object.entries(hours).map(([name, { feeds, ...calendar }]) => {
      const known = feeds.flatMap((feed) => datesOf(feedKey(feed, calendar.timezone)) ?? [])
      const dates: Dates = {
        closedDays: known.flatMap(({ closedDays }) => closedDays),
        openDays: known.flatMap(({ openDays }) => openDays),
        closedSpans: known.flatMap(({ closedSpans }) => closedSpans),
        openSpans: known.flatMap(({ openSpans }) => openSpans),
      }
      const { extra, ...rest } = calendar
      return [name, { ...rest, ...(extra && { extra }), ...(known.length > 0 && { dates }) }]
    }),
  )
}

/** Feeds that are files can be read now: what is wrong with them is told with the line that names them. */
export function checkFeeds({ hours }: Settings, document: SourceDocument, read: (name: string) => string | undefined): Problem[] {
  return Object.entries(hours).flatMap(([name, { timezone, feeds }]) =>
    feeds.flatMap(({ file, events, at }, n) => {
      if (file === undefined) return []
      const path = ['hours', name, 'feeds', n, 'file']
      const text = read(file)
      if (text === undefined) {
        const message = { zh: `${document.file} 旁边没有文件 "${file}"`, en: `there is no file "${file}" beside ${document.file}` }
        return [problemAt(document, path, message)]
      }
      try {
        readDates(text, { events, at, timezone }, new Date(0))
        return []
      } catch (error) {
        const why = reason(error)
        return [problemAt(document, path, { zh: `读不懂 "${file}"：${why}`, en: `"${file}" cannot be read: ${why}` })]
      }
    }),
  )
}
