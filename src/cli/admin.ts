// `frontdesk admin …`: people and their way in, for whoever has the machine. Everything here the console's Team page does, too.
import { text } from 'node:stream/consumers'
import { z } from 'zod'
import { formatProblem } from '#core/document.ts'
import { hashPassword, mailKey, makeInvite, makeLinkCode, newAgent } from '#http/console/auth.ts'
import { passwordProblem } from '#http/console/password.ts'
import { findAgent, hasAdmin, insertAgent } from '#store/agents.ts'
import type { Database } from '#store/database.ts'
import { loadAgents } from '#store/drafts.ts'
import { type Account, accountsOf, unlinkPerson } from '#store/links.ts'
import type { AgentRow } from '#store/rows.ts'
import { loadConfig } from '../config.ts'
import { type Environment, readConfigFolder } from '../node/environment.ts'
import { withDatabase } from './database.ts'
import { columns, pad, type Screen } from './screen.ts'
import { defineTask, Refusal } from './task.ts'

const INSTEAD = {
  zh: '请在控制台的“团队”页操作，或先停止它。',
  en: "Use the console's Team page, or stop it first.",
}

const create = defineTask({
  args: {
    name: { type: 'string' },
    email: { type: 'string' },
    'password-stdin': { type: 'boolean' },
  },
  describe: {
    name: { zh: '姓名', en: 'what colleagues and customers see' },
    email: { zh: '登录用的邮箱', en: 'for signing in' },
    'password-stdin': { zh: '从标准输入读取密码', en: 'read the password from standard input' },
  },
  examples: [
    ['npx frontdesk admin create', { zh: '逐项询问', en: 'asks for everything' }],
    [
      'npx frontdesk admin create --name Ann --email ann@example.com --password-stdin < password.txt',
      { zh: '在脚本中', en: 'in a script' },
    ],
  ],
  async run({ args, env, screen }) {
    const who = {
      name: given(args.name) ?? (await ask(screen, '--name', { zh: '姓名', en: 'Name' })),
      email: given(args.email) ?? (await ask(screen, '--email', { zh: '邮箱', en: 'E-mail' }, checkMail)),
    }
    const wrong = checkMail(who.email)
    if (wrong) throw new Refusal(wrong)
    const password = args['password-stdin'] ? (await text(process.stdin)).replace(/\r?\n$/, '') : await askPassword(screen)
    const weak = passwordProblem(password, [who.name, who.email.split('@')[0]])
    if (weak) throw new Refusal(weak)
    const { skills } = settingsOf(env, screen)
    const row = await withDatabase(env, INSTEAD, async ({ db }, clock) => {
      const made = newAgent({ clock, house: () => ({ skills }) }, { ...who, role: 'admin' }, await hashPassword(password))
      if (!(await insertAgent(db, made))) throw new Refusal(taken(who.email))
      return made
    })
    screen.mark('ok', { zh: `已新建管理员 ${row.name}（${row.email}）`, en: `made the admin ${row.name} (${row.email})` }[screen.locale])
    screen.result({ ok: true, id: row.id, name: row.name, email: row.email })
    return true
  },
})

const link = defineTask({
  args: {},
  describe: {},
  examples: [['npx frontdesk admin link', { zh: '启动时的链接过期了', en: 'when the link of the start is too old' }]],
  async run({ env, screen }) {
    const { base } = settingsOf(env, screen)
    const invite = await withDatabase(env, INSTEAD, async ({ db }, clock) => {
      if (await hasAdmin(db)) throw new Refusal(HAS_ADMIN)
      return makeInvite(db, clock, 'admin', null)
    })
    return showLink(screen, base, invite)
  },
})

const HAS_ADMIN = {
  zh: '已经有管理员了。要给某人新的登录链接：npx frontdesk admin invite <id 或邮箱>',
  en: 'There is an admin already. For a new link for somebody: npx frontdesk admin invite <id or e-mail>',
}

const invite = defineTask({
  args: { who: { type: 'positional', required: false } },
  describe: { who: { zh: '客服的 id 或邮箱', en: 'id or e-mail of an agent' } },
  examples: [['npx frontdesk admin invite anna', { zh: '让安娜设置密码', en: 'lets Anna set a password' }]],
  async run({ args, env, screen }) {
    const { who } = args
    if (!who)
      throw new Refusal({ zh: '给谁？npx frontdesk admin invite <id 或邮箱>', en: 'For whom? npx frontdesk admin invite <id or e-mail>' })
    const { base, agents } = settingsOf(env, screen)
    const made = await withDatabase(env, INSTEAD, async ({ db }, clock) => {
      const agent = await agentNamed(db, who, agents)
      return { agent, ...(await makeInvite(db, clock, 'invite', agent.id)) }
    })
    screen.mark('ok', `${made.agent.name} (${made.agent.id})`)
    return showLink(screen, base, made)
  },
})

const code = defineTask({
  args: { who: { type: 'positional', required: false } },
  describe: { who: { zh: '客服的 id 或邮箱', en: 'id or e-mail of an agent' } },
  examples: [
    ['npx frontdesk admin code anna', { zh: '安娜在她的工具里发送 /link 代码', en: 'Anna then writes /link and the code in her tool' }],
  ],
  async run({ args: { who }, env, screen }) {
    if (!who)
      throw new Refusal({ zh: '给谁？npx frontdesk admin code <id 或邮箱>', en: 'For whom? npx frontdesk admin code <id or e-mail>' })
    const { agents } = settingsOf(env, screen)
    const made = await withDatabase(env, INSTEAD, async ({ db }, clock) => {
      const agent = await agentNamed(db, who, agents)
      return { agent, ...(await makeLinkCode(db, clock, agent.id)) }
    })
    const until = made.expiresAt.toLocaleTimeString()
    screen.mark(
      'ok',
      { zh: `${made.agent.name}：/link ${made.code}（${until} 前有效）`, en: `${made.agent.name}: /link ${made.code} (until ${until})` }[
        screen.locale
      ],
    )
    screen.result({ ok: true, agent: made.agent.id, code: made.code, expiresAt: made.expiresAt.toISOString() })
    return true
  },
})

const unlink = defineTask({
  args: { who: { type: 'positional', required: false }, tool: { type: 'positional', required: false } },
  describe: {
    who: { zh: '客服的 id 或邮箱', en: 'id or e-mail of an agent' },
    tool: { zh: '坐席工具的 id；不写则全部', en: 'id of a desk; every one of them unless told' },
  },
  examples: [
    ['npx frontdesk admin unlink anna slack', { zh: '安娜丢了 Slack 账号', en: 'Anna lost her account in Slack' }],
    ['npx frontdesk admin unlink anna', { zh: '她在所有工具里的关联', en: 'in every tool' }],
  ],
  async run({ args: { who, tool }, env, screen }) {
    if (!who)
      throw new Refusal({
        zh: '谁的？npx frontdesk admin unlink <id 或邮箱> [工具]',
        en: 'Whose? npx frontdesk admin unlink <id or e-mail> [tool]',
      })
    const { agents } = settingsOf(env, screen)
    const { name, gone, kept } = await withDatabase(env, INSTEAD, async ({ db }, clock) => {
      const agent = await agentNamed(db, who, agents)
      const accounts = await accountsOf(db, agent.id)
      const meant = accounts.filter(({ deskId }) => tool === undefined || deskId === tool)
      if (meant.length === 0) throw new Refusal(notLinked(agent.name, tool, accounts))
      const gone: Account[] = []
      for (const account of meant) {
        if (await db.transaction((tx) => unlinkPerson(tx, { account, by: null }, clock))) gone.push(account)
      }
      return { name: agent.name, gone, kept: meant.filter(({ how }) => how === 'file') }
    })
    for (const { deskId, userId } of gone)
      screen.mark(
        'ok',
        { zh: `已解除：${deskId} 的 ${userId} 不再是 ${name}`, en: `${userId} in ${deskId} is not ${name} any more` }[screen.locale],
      )
    for (const account of kept) screen.mark('warn', inFile(account)[screen.locale])
    const plain = ({ deskId, userId, how }: Account) => ({ tool: deskId, user: userId, how })
    screen.result({ ok: gone.length > 0, agent: who, unlinked: gone.map(plain), inFile: kept.map(plain) })
    return gone.length > 0
  },
})

function inFile({ agentId, deskId, userId }: Account) {
  const line = `identities: { ${deskId}: "${userId}" }`
  return {
    zh: `${deskId} 的 ${userId} 写在 frontdesk.yaml 中，请在那里修改：agents 下 ${agentId} 的 ${line}`,
    en: `${userId} in ${deskId} stands in frontdesk.yaml, and is changed there: under agents, ${agentId}, ${line}`,
  }
}

function notLinked(name: string, tool: string | undefined, accounts: Account[]) {
  const known = accounts.map(({ deskId, userId }) => `${deskId} (${userId})`)
  const where = tool === undefined ? { zh: '任何工具', en: 'any tool' } : { zh: tool, en: tool }
  return {
    zh: `${name} 在${where.zh}里没有关联的账号。${known.length > 0 ? `有：${known.join('、')}` : ''}`,
    en: `${name} has no linked account in ${where.en}. ${known.length > 0 ? `There are: ${known.join(', ')}` : ''}`.trim(),
  }
}

const list = defineTask({
  args: {},
  describe: {},
  examples: [['npx frontdesk admin list', { zh: '列出所有客服', en: 'everybody' }]],
  async run({ env, screen }) {
    const rows = await withDatabase(env, INSTEAD, ({ db }) => loadAgents(db))
    const people = rows.map(({ id, name, email, role, skills, configured, passwordHash }) => {
      return { id, name, email, role, skills, configured, canSignIn: passwordHash !== null }
    })
    const cells = people.map((one) => [
      one.id,
      one.name,
      one.email ?? '-',
      one.role,
      one.canSignIn ? WORDS.can[screen.locale] : WORDS.cannot[screen.locale],
    ])
    const widths = [0, 1, 2, 3].map((n) => Math.max(0, ...cells.map((row) => columns(row[n] ?? ''))))
    for (const row of cells) screen.say(row.map((cell, n) => pad(cell, widths[n] ?? 0)).join('  '))
    if (people.length === 0) screen.say({ zh: '还没有人。npx frontdesk admin create', en: 'Nobody yet. npx frontdesk admin create' })
    screen.result({ ok: true, agents: people })
    return true
  },
})

const WORDS = {
  can: { zh: '可登录', en: 'can sign in' },
  cannot: { zh: '未设密码', en: 'no password' },
}

export const tasks = { create, link, invite, code, unlink, list }

/** By id or e-mail; says who there is instead. */
async function agentNamed(db: Database['db'], who: string, inFile: string[]): Promise<AgentRow> {
  const agent = (await findAgent(db, { id: who })) ?? (await findAgent(db, { email: mailKey(who) }))
  if (agent) return agent
  const known = (await loadAgents(db)).map(({ id }) => id)
  throw new Refusal(nobody(who, inFile.includes(who), known))
}

function given(value: string | undefined): string | undefined {
  return value?.trim() || undefined
}

async function ask(
  screen: Screen,
  flag: string,
  label: { zh: string; en: string },
  check?: (value: string) => typeof label | undefined,
): Promise<string> {
  if (!screen.asks) throw new Refusal({ zh: `缺少 ${flag}`, en: `${flag} is missing` })
  const { isCancel, text: prompt } = await import('@clack/prompts')
  const answer = await prompt({
    message: label[screen.locale],
    validate: (value) => (value?.trim() ? check?.(value)?.[screen.locale] : label[screen.locale]),
  })
  if (isCancel(answer)) throw new Refusal(CANCELLED)
  return answer.trim()
}

async function askPassword(screen: Screen): Promise<string> {
  if (!screen.asks) throw new Refusal({ zh: '缺少 --password-stdin', en: '--password-stdin is missing' })
  const { isCancel, password } = await import('@clack/prompts')
  const answer = await password({
    message: { zh: '密码', en: 'Password' }[screen.locale],
    validate: (value) => passwordProblem(value ?? '')?.[screen.locale],
  })
  if (isCancel(answer)) throw new Refusal(CANCELLED)
  return answer
}

const CANCELLED = { zh: '已取消', en: 'cancelled' }

function checkMail(value: string): { zh: string; en: string } | undefined {
  return z.email().max(200).safeParse(mailKey(value)).success
    ? undefined
    : { zh: `不是邮箱：${value}`, en: `not an e-mail address: ${value}` }
}

function taken(email: string) {
  return {
    zh: `邮箱 ${email} 已被使用。要给他新的登录链接：npx frontdesk admin invite ${email}`,
    en: `The e-mail ${email} is in use. For a new link for them: npx frontdesk admin invite ${email}`,
  }
}

function nobody(who: string, inFile: boolean, known: string[]) {
  if (inFile)
    return { zh: `${who} 只在 frontdesk.yaml 里：先启动一次 Frontdesk`, en: `${who} is only in frontdesk.yaml yet: start Frontdesk once` }
  return { zh: `没有 ${who}。现有：${known.join('、')}`, en: `There is no ${who}. There are: ${known.join(', ')}` }
}

/** What the files say; with mistakes in them, what stands without files: people must get in to mend them. */
function settingsOf(env: Environment, screen: Screen): { base: string; skills: string[]; agents: string[] } {
  const loaded = loadConfig(readConfigFolder(env))
  const here = `http://${env.host === '0.0.0.0' || env.host === '::' ? 'localhost' : env.host}:${env.port}`
  if ('problems' in loaded) {
    for (const problem of loaded.problems) screen.mark('warn', formatProblem(problem, screen.locale))
    return { base: here, skills: [], agents: [] }
  }
  const { publicUrl, skills, agents } = loaded.config.settings
  return { base: publicUrl ?? here, skills: skills.map(({ id }) => id), agents: agents.map(({ id }) => id) }
}

function showLink(screen: Screen, base: string, { token, expiresAt }: { token: string; expiresAt: Date }): true {
  const url = new URL(`/console/setup?token=${token}`, base).href
  const until = expiresAt.toLocaleString(screen.locale === 'zh' ? 'zh-CN' : 'en-GB')
  screen.say(url)
  screen.say({
    zh: `只能用一次，${until} 前有效。打开前请先启动 Frontdesk。`,
    en: `Works once, until ${until}. Frontdesk must be running when it is opened.`,
  })
  screen.result({ ok: true, url, expiresAt: expiresAt.toISOString() })
  return true
}
