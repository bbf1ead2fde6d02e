import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { frontdesk } from '../../test/support/cli.ts'
import { inspect } from './check.ts'

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

function folderOf(files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'frontdesk-check-'))
  folders.push(folder)
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  return folder
}

const good = `channels:
  - { id: web, type: web, origins: ["*"] }
  - { id: tg, type: telegram, token: "\${TG}" }
desks:
  - { id: console, type: console }
skills: [aftersales]
agents:
  - { id: anna, name: 安娜, skills: [aftersales] }
`
const bot = `version: 1
faq:
  - { id: shipping, ask: [多久发货], answer: 24 小时 }
flows:
  human: { trigger: { words: [人工] }, steps: [{ handoff: {} }] }
`

describe('check', () => {
  test('a Slack desk: its tokens, its way in, and skills that nobody has are told with their places', () => {
    const slack = (rest: string) => `skills: [aftersales]\ndesks:\n  - { id: slack, type: slack, botToken: xoxb-1, ${rest} }\n`
    const told = (rest: string, runtime: 'node' | 'workers' = 'node') =>
      inspect({ config: folderOf({ 'frontdesk.yaml': slack(rest), 'bot.yaml': bot }), variables: {} }, runtime).problems.map(
        ({ path, message }) => `${path}: ${message.en}`,
      )
    expect(told('signingSecret: s, channel: C100, channels: { aftersales: C200 }')).toEqual([])
    expect(told('signingSecret: s, channel: C100, channels: { vip: C200 }')).toEqual(['desks.0.channels.vip: there is no skill "vip"'])
    expect(told('channel: C100').join()).toContain('signingSecret')
    expect(told('signingSecret: s, channel: support').join()).toContain('not its name')
    expect(told('appToken: xapp-1, channel: C100', 'workers').join()).toContain('keeps a connection open')
  })

  test('good files: says what is there, and exits with 0', async () => {
    const config = folderOf({ 'frontdesk.yaml': good, 'bot.yaml': bot })
    const ran = await frontdesk(['check', '--config', config], { TG: '1:a' })
    expect(ran).toMatchObject({ code: 0, stderr: '' })
    expect(ran.stdout.split('\n')).toEqual([
      '✓ channels       2  web, tg (telegram)',
      '✓ desks          1  console',
      '✓ webhooks       0',
      '✓ skills         1  aftersales',
      '✓ agents         1  anna',
      '✓ macros         0',
      '✓ articles       1',
      '✓ FAQ entries    1',
      '✓ flows          1  human',
      `${config}: everything is in order`,
      '',
    ])
  })

  test('broken files: each mistake with file, line and column, in the language of the terminal, and exits with 1', async () => {
    const broken = `${good}  - { id: ben, name: 小本, skills: [afterslaes] }\nroutng: { mode: claim }\n`
    const config = folderOf({ 'frontdesk.yaml': broken, 'bot.yaml': bot.replace('handoff', 'hadnoff') })
    const zh = await frontdesk(['check', '--config', config], { LANG: 'zh_CN.UTF-8' })
    expect(zh.code).toBe(1)
    expect(zh.stdout).toContain('✗ frontdesk.yaml:3:38 channels.1.token: 环境变量 TG 没有设置')
    expect(zh.stdout).toContain('    在 .env 或环境变量中设置 TG')
    expect(zh.stdout).toMatch(/✗ frontdesk\.yaml:10:1: .*"routng".*"routing"/)
    expect(zh.stdout).toMatch(/✗ bot\.yaml:5:\d+ flows\.human\.steps\.0/)

    const json = await frontdesk(['check', '--config', config, '--json', '--lang', 'en'])
    const { ok, problems } = JSON.parse(json.stdout)
    expect(ok).toBe(false)
    expect(problems[0]).toMatchObject({
      file: 'frontdesk.yaml',
      line: 3,
      column: 38,
      path: 'channels.1.token',
      message: 'the environment variable TG is not set',
    })
  })

  test('a skill that nobody has is found at its place', () => {
    const config = folderOf({ 'frontdesk.yaml': good.replace('skills: [aftersales] }', 'skills: [tech] }'), 'bot.yaml': bot })
    const { problems } = inspect({ config, variables: { TG: '1:a' } })
    expect(problems).toMatchObject([{ file: 'frontdesk.yaml', line: 8, column: 36, path: 'agents.0.skills.0' }])
  })

  test('a folder without files is a mistake; one missing file is a warning', () => {
    const nothing = inspect({ config: '/nowhere/at/all', variables: {} })
    expect(nothing.config).toBeUndefined()
    expect(nothing.problems.map(({ file }) => file)).toEqual(['frontdesk.yaml', 'bot.yaml'])
    const half = inspect({ config: folderOf({ 'frontdesk.yaml': 'skills: [a]\n' }), variables: {} })
    expect(half.problems).toEqual([])
    expect(half.warnings.map(({ file }) => file)).toEqual(['bot.yaml'])
  })

  test('for Cloudflare Workers, whatever polls is named; with an address and a secret it is a webhook', () => {
    const config = folderOf({ 'frontdesk.yaml': good, 'bot.yaml': bot })
    const { problems } = inspect({ config, variables: { TG: '1:a' } }, 'workers')
    expect(problems).toMatchObject([{ file: 'frontdesk.yaml', line: 3, path: expect.stringContaining('channels.1') }])
    expect(problems[0]?.message.en).toContain('polls for messages')
    const hooked = `publicUrl: https://desk.example.com\n${good.replace('token:', 'secret: s3cret, token:')}`
    const webhook = folderOf({ 'frontdesk.yaml': hooked, 'bot.yaml': bot })
    expect(inspect({ config: webhook, variables: { TG: '1:a' } }, 'workers').problems).toEqual([])
    const mail = `  - { id: mail, type: email, address: help@example.com, api: { provider: resend, key: "\${TG}" } }\n`
    const mailing = folderOf({ 'frontdesk.yaml': hooked.replace('desks:', `${mail}desks:`), 'bot.yaml': bot })
    expect(inspect({ config: mailing, variables: { TG: '1:a' } }, 'workers').problems).toEqual([])
  })

  test('an article that an entry names is found in the folder; for Cloudflare Workers it is said that nobody reads it there', () => {
    const named = `version: 1\nfaq: [{ id: returns, ask: [怎么退货], article: returns }]\n`
    const config = folderOf({ 'frontdesk.yaml': 'skills: [a]\n', 'bot.yaml': named })
    mkdirSync(join(config, 'articles'))
    const said = (runtime?: 'workers') => inspect({ config, variables: {} }, runtime).warnings.map(({ message }) => message.en)
    expect(said().join()).toContain('there is no article "returns"')
    writeFileSync(join(config, 'articles', 'returns.md'), '# 退货指南\n\n七天内可退。\n')
    expect(said()).toEqual([])
    expect(said('workers')).toEqual([
      'nothing in this folder is read on Cloudflare Workers (articles: 1); FAQ entries that only name one are not used there',
    ])
  })
})

describe('the command line', () => {
  test('help: of everything, of a group, of a command with examples, in both languages', async () => {
    const all = await frontdesk(['--help'])
    expect(all.code).toBe(0)
    for (const name of ['check', 'doctor', 'migrate', 'demo', 'admin', 'schema'])
      expect(all.stdout).toMatch(new RegExp(`^ {2}${name} `, 'm'))
    const one = await frontdesk(['admin', 'create', '--help', '--lang', 'zh'])
    expect(one.code).toBe(0)
    expect(one.stdout).toContain('--password-stdin')
    expect(one.stdout).toContain('例子')
  })

  test('a mistyped command or option says what was probably meant, and exits with 1', async () => {
    const command = await frontdesk(['chekc'])
    expect(command).toMatchObject({ code: 1, stdout: '' })
    expect(command.stderr).toContain('did you mean check?')
    const option = await frontdesk(['check', '--runtme', 'workers'])
    expect(option.code).toBe(1)
    expect(option.stderr).toContain('did you mean --runtime?')
    const script = await frontdesk(['check', '--runtme', 'workers', '--json'])
    expect(JSON.parse(script.stdout)).toMatchObject({ ok: false, error: expect.stringContaining('--runtime') })
  })
})
