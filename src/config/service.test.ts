// The hours, terms and endings of frontdesk.yaml: what is read, and what is called out, with its line.
import { describe, expect, test } from 'vitest'
import { formatProblem } from '#core/document.ts'
import { type Config, loadConfig } from '../config.ts'
import { calendarsOf, feedsOf, hoursOfSkills } from './calendars.ts'

const load = (yaml: string, bot?: string, files: Record<string, string> = {}) =>
  loadConfig({ read: (name) => (name === 'frontdesk.yaml' ? yaml : name === 'bot.yaml' ? bot : files[name]), env: {} })
const config = (yaml: string, bot?: string): Config => {
  const loaded = load(yaml, bot)
  if ('problems' in loaded) throw new Error(loaded.problems.map((one) => formatProblem(one, 'en')).join('\n'))
  return loaded.config
}
const problems = (yaml: string, bot?: string) => {
  const loaded = load(yaml, bot)
  return 'problems' in loaded ? loaded.problems.map((one) => formatProblem(one, 'en')) : []
}
const OFFICE = 'hours: { office: { timezone: UTC, open: { daily: "09:00-18:00" } } }\n'

describe('what is read', () => {
  test('a skill keeps its own hours, else those of its teams', () => {
    const { settings } = config(
      `${OFFICE}teams: [{ id: north, hours: office }]\nskills: [{ id: a, hours: office }, { id: b, teams: [north] }, c]\nsla: [{ skill: a, firstReply: 5m, hours: always }]`,
    )
    expect([...hoursOfSkills(settings)]).toEqual([
      ['a', 'office'],
      ['b', 'office'],
    ])
    expect(settings.sla).toMatchObject([{ skill: 'a', firstReply: 300_000, warnAt: 0.8 }])
    expect(settings.idle).toEqual({ hours: false, left: true, rating: false })
    expect(settings.queue).toEqual({ place: true, wait: true, soothe: 180_000, choices: true })
  })

  test('bot.yaml may name the hours of frontdesk.yaml, and skills those of bot.yaml', () => {
    expect(config(OFFICE, 'version: 1\ndefaults: { hours: office }').bot.office).toBe('office')
    expect(problems('skills: [{ id: a, hours: shop }]', 'version: 1\nhours: { shop: { timezone: UTC, open: {} } }')).toEqual([])
  })

  test('of one name there is one calendar: two that differ would leave nobody knowing which counts', () => {
    const bot = (ranges: string) => `version: 1\nhours: { office: { timezone: UTC, open: { daily: "${ranges}" } } }`
    expect(problems(OFFICE, bot('10:00-18:00'))[0]).toContain('hours.office: bot.yaml has another calendar named "office"')
    expect(problems(OFFICE, bot('09:00-18:00'))).toEqual([])
  })

  test('feeds go into the calendar that names them', () => {
    const { settings } = config(
      'hours: { office: { timezone: UTC, open: {}, feeds: [{ url: "https://example.com/a.ics" }, { file: b.ics, events: open, at: "09:00-10:00" }] } }',
    )
    const feeds = feedsOf(settings)
    expect(feeds).toMatchObject([
      { calendar: 'office', events: 'closed', refresh: 43_200_000 },
      { file: 'b.ics', events: 'open' },
    ])
    const dates = { closedDays: [['2026-01-01', '2026-01-01']] as [string, string][], openDays: [], closedSpans: [], openSpans: [] }
    const calendars = calendarsOf(settings, (key) => (key === feeds[0]?.key ? dates : undefined))
    expect(calendars.office?.dates).toEqual(dates)
  })
})

test.each([
  [`skills: [{ id: a, hours: ofice }]\n${OFFICE}`, 'skills.0.hours: no calendar named "ofice"; did you mean "office"?'],
  ['sla: [{ skill: a, firstReply: 5m }]', 'sla.0.skill: there is no skill "a"'],
  ['sla: [{ warnAt: 0.5 }]', 'sla.0: needs one of firstReply, nextReply and resolution'],
  ['sla: [{ firstReply: 5s }]', 'sla.0.firstReply: must be between 10s and 365d'],
  ['hours: { always: { timezone: UTC, open: {} } }', 'a calendar cannot be named "always"'],
  ['hours: { o: { timezone: UTC, open: {}, feeds: [{}] } }', 'needs either url or file'],
  ['hours: { o: { timezone: UTC, open: {}, extra: { "2026-13-01": "09:00-10:00" } } }', 'a date is written'],
  ['idle: { ask: 10s }', 'idle.ask: must be between 1m and 30d'],
])('%s is called out', (yaml, wanted) => {
  expect(problems(yaml).join('\n')).toContain(wanted)
})

test('a feed that is a file is looked at when the files are read', () => {
  const yaml = 'hours: { o: { timezone: UTC, open: {}, feeds: [{ file: a.ics }] } }'
  const warnings = (files: Record<string, string>) => load(yaml, undefined, files).warnings.map((one) => formatProblem(one, 'en'))
  expect(warnings({})[0]).toContain('there is no file "a.ics" beside frontdesk.yaml')
  expect(warnings({ 'a.ics': '<html>' })[0]).toContain('"a.ics" cannot be read')
  expect(warnings({ 'a.ics': 'BEGIN:VCALENDAR\r\nEND:VCALENDAR' })).toEqual([])
})
