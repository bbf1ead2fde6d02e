// `frontdesk doctor`: is everything there that Frontdesk needs, and does it answer? Asks for real, changes nothing.
import { inTongue } from '#core/locale.ts'
import type { Locale, Text } from '#core/message.ts'
import type { Environment } from '../node/environment.ts'
import { inspect, plainProblem, showFindings } from './check.ts'
import { checkFeeds } from './doctor-feeds.ts'
import { checkFiles } from './doctor-files.ts'
import { checkOutside } from './doctor-outside.ts'
import { checkParts } from './doctor-parts.ts'
import { checkClock, checkDatabase, checkFolder, checkPort, checkPublicUrl } from './doctor-place.ts'
import { checkRunning } from './doctor-running.ts'
import { columns, type Mark, pad } from './screen.ts'
import { defineTask } from './task.ts'

export interface Finding {
  name: Text
  mark: Mark
  /** How it is. A string comes from outside and is shown as it is. */
  found: Text | string
  /** What to do about it. */
  advice?: Text
}

export const task = defineTask({
  args: {},
  describe: {},
  examples: [
    ['npx frontdesk doctor', { zh: '安装之后，或有问题时', en: 'after setting up, or when something is wrong' }],
    ['npx frontdesk doctor --json', { zh: '在监控脚本中', en: 'in a script' }],
  ],
  async run({ env, screen }) {
    const findings = inspect(env)
    showFindings(findings, screen)
    screen.say('')
    const label = { zh: '逐一连接', en: 'Asking everybody' }
    const found = await screen.busy(label, () => examine(env, findings.config))
    const width = Math.max(...found.map(({ name }) => columns(name[screen.locale])))
    for (const one of found) {
      const plain = plainFinding(one, screen.locale)
      screen.mark(one.mark, `${pad(plain.name, width)}  ${plain.found}`, plain.advice)
    }
    const bad = found.filter(({ mark }) => mark === 'bad').length + findings.problems.length
    screen.say('')
    if (bad === 0) screen.say({ zh: '一切就绪。', en: 'Ready.' })
    else screen.say({ zh: `${bad} 个问题需要处理。`, en: `${bad} ${bad === 1 ? 'problem' : 'problems'} to put right.` })
    const problems = findings.problems.map((problem) => plainProblem(problem, screen.locale))
    screen.result({ ok: bad === 0, problems, checks: found.map((one) => ({ mark: one.mark, ...plainFinding(one, screen.locale) })) })
    return bad === 0
  },
})

async function examine(env: Environment, config: ReturnType<typeof inspect>['config']): Promise<Finding[]> {
  const [database, folder, { finding: port, runs }] = await Promise.all([checkDatabase(env), checkFolder(env), checkPort(env)])
  const publicUrl = config?.settings.publicUrl
  const outside = await Promise.all([
    ...(config ? [...checkParts(config), ...checkFiles(config.settings.files, env), ...checkOutside(config.settings)] : []),
    ...(publicUrl ? [checkPublicUrl(publicUrl, runs)] : []),
  ])
  const feeds = config ? await checkFeeds(config.settings, env, runs) : []
  const running = config && runs ? await checkRunning(config.settings, env) : []
  return [...outside, ...feeds, database, folder, port, ...running, checkClock()]
}

function plainFinding({ name, found, advice }: Finding, locale: Locale) {
  const words = typeof found === 'string' ? inTongue(found, locale) : found[locale]
  return { name: name[locale], found: words, ...(advice && { advice: advice[locale] }) }
}
