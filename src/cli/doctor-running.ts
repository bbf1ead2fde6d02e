// Does the Frontdesk that runs here use the files as they are now? What it refused, and what it reads at its start alone, it does not.
import type { Settings } from '../config.ts'
import type { Environment } from '../node/environment.ts'
import type { Finding } from './doctor.ts'
import { own } from './doctor-place.ts'

const WAIT_MS = 5_000

interface Running {
  channels?: object
  desks?: object
  config?: string[]
  restart?: boolean
}

const name = { zh: '运行中的配置', en: 'running config' }
const advice = {
  zh: '重启 Frontdesk：渠道、坐席工具、publicUrl、文件设置和 .env 只在启动时读取',
  en: 'restart Frontdesk: channels, desks, publicUrl, places for files and .env are read at the start',
}

/** Asked when the files here are right: a mistake that the running one still sees comes from something that it read before. */
export async function checkRunning(settings: Settings, env: Environment): Promise<Finding[]> {
  const running = await ask(env)
  if (!running) return []
  const [mistake] = running.config ?? []
  if (mistake !== undefined) {
    const found = { zh: `仍是上一份：它拒绝了这些文件（${mistake}）`, en: `still the one before: it refused these files (${mistake})` }
    return [{ name, mark: 'warn', found, advice }]
  }
  const idle = [...settings.channels, ...settings.desks].map(({ id }) => id).filter((id) => !knows(running, id))
  if (!running.restart && idle.length === 0) return []
  const found =
    idle.length > 0 ? { zh: `还没有 ${idle.join('、')}`, en: `without ${idle.join(', ')}` } : { zh: '不是最新的', en: 'not the newest' }
  return [{ name, mark: 'warn', found, advice }]
}

function knows({ channels, desks }: Running, id: string): boolean {
  return Object.hasOwn(channels ?? {}, id) || Object.hasOwn(desks ?? {}, id)
}

async function ask(env: Environment): Promise<Running | undefined> {
  try {
    const response = await fetch(`${own(env)}/readyz`, { signal: AbortSignal.timeout(WAIT_MS) })
    return (await response.json()) as Running
  } catch {
    return undefined // That it does not answer is told under the name of the database.
  }
}
