// frontdesk.yaml: what is accepted, what is refused and where, and who polls.
import { expect, test } from 'vitest'
import { formatProblem } from '#core/document.ts'
import { staffingOf } from './config/staffing.ts'
import { loadConfig } from './config.ts'

const load = (frontdesk: string, env: Record<string, string> = {}) =>
  loadConfig({ env, read: (name) => (name === 'frontdesk.yaml' ? frontdesk : 'version: 1\n') })
const mistakes = (frontdesk: string) => {
  const loaded = load(frontdesk)
  return 'problems' in loaded ? loaded.problems.map((one) => formatProblem(one, 'en').split('\n')[0]) : []
}
const channel = (frontdesk: string, env = { TOKEN: '1:abc' }) => {
  const loaded = load(frontdesk, env)
  return 'config' in loaded ? loaded.config.settings.channels[0]?.settings : loaded.problems
}

test('no file at all is a house with a console and nothing else', () => {
  expect(load('{}')).toMatchObject({ config: { settings: { channels: [], desks: [], locale: 'zh', routing: { mode: 'auto' } } } })
})

test('each mistake has its line and column', () => {
  expect(
    mistakes(`brand: { name: Shop }
channels:
  - { id: web, type: wbe }
  - { id: tg, type: telegram, token: "\${NOPE}" }
skills: [sales]
agents:
  - { id: anna, name: Anna, skils: [sales] }
`),
  ).toEqual([
    expect.stringMatching(/^frontdesk\.yaml:3:22 channels\.0\.type/),
    expect.stringMatching(/^frontdesk\.yaml:4:\d+ .*NOPE/),
    expect.stringMatching(/^frontdesk\.yaml:7:\d+ agents\.0: unknown key "skils"/),
  ])
})

test('ids stand once, and agents name skills and desks that there are', () => {
  expect(
    mistakes(`channels: [{ id: web, type: web }]
desks: [{ id: web, type: console }]
agents:
  - { id: anna, name: Anna, skills: [sales], identities: { group: "1" } }
`),
  ).toEqual([
    expect.stringContaining('"web" stands twice'),
    expect.stringContaining('no skill "sales"'),
    expect.stringContaining('no desk "group"'),
  ])
})

test('without a public address Telegram is polled; with one it calls us, with a secret that nobody can guess', () => {
  const telegram = `channels: [{ id: tg, type: telegram, token: "\${TOKEN}" }]`
  expect(channel(telegram)).toMatchObject({ mode: 'polling' })
  const hooked = channel(`publicUrl: https://desk.example\n${telegram}`) as { mode: string; secret: string }
  expect(hooked).toMatchObject({ mode: 'webhook', secret: expect.stringMatching(/^[0-9a-f]{64}$/) })
  expect((channel(`publicUrl: https://desk.example\n${telegram}`, { TOKEN: '1:other' }) as { secret: string }).secret).not.toBe(
    hooked.secret,
  )
  expect(channel(`publicUrl: https://desk.example\n${telegram.replace(' }]', ', mode: polling }]')}`)).toMatchObject({ mode: 'polling' })
})

test('what leaves: a policy for each skill, and what each tool is not shown; the console is no third party', () => {
  const desk = (more: string) => `desks: [{ id: g, type: telegram, token: "1:a", chat: -1001${more} }]`
  const loaded = load(
    `${desk(', redact: { phones: true, words: ["/\\\\bKD-\\\\d+/i"] }')}\nsending: { skills: { tech: prefix }, undoSeconds: 5 }`,
  )
  expect(loaded).toMatchObject({
    config: {
      settings: {
        desks: [
          {
            redact: {
              cards: true,
              secrets: true,
              phones: true,
              emails: false,
              words: ['/\\bKD-\\d+/i'],
              contactsFor: ['supervisor', 'admin'],
            },
          },
        ],
        sending: { policy: 'claimer', skills: { tech: 'prefix' }, undoSeconds: 5, heldMinutes: 15, downMinutes: 2 },
      },
    },
  })
  expect(mistakes(desk(', redact: { card: true }'))).toEqual([expect.stringMatching(/^frontdesk\.yaml:1:\d+ desks\.0\.redact.*"card"/)])
  expect(mistakes(desk(', redact: { contactsFor: [chief] }'))).toEqual([expect.stringContaining('desks.0.redact.contactsFor.0')])
  expect(mistakes(desk(', redact: { words: ["/(/"] }'))).toEqual([expect.stringContaining('desks.0.redact.words.0')])
  expect(mistakes('desks: [{ id: c, type: console, redact: {} }]')).toEqual([expect.stringContaining('"redact"')])
  expect(mistakes('sending: { undoSeconds: 11 }')).toEqual([expect.stringContaining('sending.undoSeconds')])
})

test('an agent of a mail desk has an address of their own: what the house reads itself would be written to for ever (chatwoot#3386)', () => {
  const mailbox = 'imap: { host: x, user: x, password: y }, smtp: { host: x }'
  expect(
    mistakes(`channels: [{ id: mail, type: email, address: help@example.test, aliases: [shop@example.test], ${mailbox} }]
desks: [{ id: inbox, type: email, address: desk@example.test, ${mailbox} }]
agents:
  - { id: anna, name: Anna, identities: { inbox: anna } }
  - { id: ben, name: Ben, identities: { inbox: Shop@example.test } }
  - { id: chen, name: Chen, identities: { inbox: desk@example.test } }
  - { id: dora, name: Dora, identities: { inbox: dora@example.test } }
`),
  ).toEqual([
    expect.stringMatching(/:4:\d+ .*"anna" cannot be: it is to be an address of a mailbox/),
    expect.stringMatching(/:5:\d+ .*"Shop@example\.test" is an address that the house itself reads/),
    expect.stringMatching(/:6:\d+ .*"desk@example\.test" is an address that the house itself reads/),
  ])
})

test('skills and agents take a plain name or all that can be said of them', () => {
  const loaded = load(`
desks: [{ id: tg, type: telegram, token: "1:abc", chat: -100 }]
teams: [{ id: north, name: 北方 }]
skills:
  - { id: aftersales, name: 售后, desks: [tg], level: 2, teams: [north], overflow: [{ skill: tech, seconds: 60 }], wishes: [{ id: tech, seconds: 30 }] }
  - tech
routing: { mode: offer, offerSeconds: 20, leaseMinutes: { chat: 5, async: 120 }, timezone: Asia/Shanghai, vip: { tags: [金卡] } }
agents:
  - { id: anna, name: 安娜, skills: [{ id: aftersales, level: 3 }, tech], languages: [zh], team: north, capacity: { chat: 3, async: 9 }, shifts: ["mon-fri 09:00-18:00"] }
  - { id: ben, name: Ben, skills: [tech], capacity: 2 }
`)
  if (!('config' in loaded)) throw new Error(JSON.stringify(loaded.problems))
  expect(loaded.config.settings.skills).toMatchObject([
    { id: 'aftersales', desks: ['tg'], level: 2 },
    { id: 'tech', level: 1, wishes: [] },
  ])
  expect(loaded.config.settings.agents).toMatchObject([
    {
      id: 'anna',
      skills: [
        { id: 'aftersales', level: 3 },
        { id: 'tech', level: 1 },
      ],
      capacity: { chat: 3, async: 9 },
    },
    { id: 'ben', skills: [{ id: 'tech', level: 1 }], capacity: 2 },
  ])
  expect(loaded.config.settings.routing).toMatchObject({ mode: 'offer', leaseMinutes: { chat: 5, async: 120 }, languageSeconds: 120 })
  const staffing = staffingOf(loaded.config.settings)
  expect(staffing.people.get('anna')).toMatchObject({
    team: 'north',
    shifts: { timezone: 'Asia/Shanghai', open: { 'mon-fri': [{ from: 540, to: 1080 }] } },
  })
})

test('names that nobody has are found in skills, teams and shifts, with line and column and the name that was meant', () => {
  expect(
    mistakes(`teams: [north]
`),
  ).toEqual([expect.stringMatching(/^frontdesk\.yaml:1:9 teams\.0/)])
  expect(
    mistakes(`teams: [{ id: north }, { id: north }]
skills:
  - { id: sales, desks: [slack], teams: [nord] }
  - { id: tech, wishes: [{ id: sale, seconds: 5 }], overflow: [{ seconds: 9 }, { team: south, seconds: 9 }] }
  - tech
surge: { overflow: [sales, nobody] }
agents:
  - { id: anna, name: Anna, team: noth, shifts: ["mon 09:00-10:00"], skills: [tech, { id: tech, level: 2 }] }
`).map((line) => line?.replace('frontdesk.yaml:', '')),
  ).toEqual([
    '1:30 teams.1.id: the team "north" stands twice',
    '3:26 skills.0.desks.0: there is no desk "slack" (there are: console)',
    '3:42 skills.0.teams.0: there is no team "nord" (there are: north)',
    '4:32 skills.1.wishes.0.id: there is no skill "sale"; did you mean "sales"?',
    '4:64 skills.1.overflow.0: this names either a team or a skill',
    '4:88 skills.1.overflow.1.team: there is no team "south" (there are: north)',
    '5:5 skills.2.id: the skill "tech" stands twice',
    '6:28 surge.overflow.1: there is no skill "nobody" (there are: sales, tech, north)',
    '8:35 agents.0.team: there is no team "noth"; did you mean "north"?',
    '8:49 agents.0.shifts: shifts need a time zone: name one as timezone here, or as routing.timezone',
    '8:85 agents.0.skills.1: the skill "tech" stands twice',
  ])
  expect(mistakes('routing: { timezone: Mars/One }\nagents: [{ id: a, name: A, shifts: [always], timezone: UTC }]\n')).toEqual([
    expect.stringMatching(/^frontdesk\.yaml:1:22 routing\.timezone: unknown time zone/),
    expect.stringMatching(/^frontdesk\.yaml:2:37 agents\.0\.shifts\.0: a shift is written/),
  ])
})
