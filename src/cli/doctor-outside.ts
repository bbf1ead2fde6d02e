// Asks the systems that the bot asks: whether webhooks are there (no call is made), and whether the assistant answers.
import { ConnectorError, reason } from '#core/errors.ts'
import type { Text } from '#core/message.ts'
import type { AssistantSettings } from '#knowledge/settings.ts'
import { createOpenAi } from '#platforms/openai.ts'
import type { Settings } from '../config.ts'
import { exchange } from '../node/exchange.ts'
import type { Finding } from './doctor.ts'

const WAIT_MS = 10_000

export function checkOutside({ webhooks, assistant }: Settings): Promise<Finding>[] {
  return [...webhooks.map(checkWebhook), ...(assistant ? [checkAssistant(assistant)] : [])]
}

/** Any answer will do: what a webhook says to HEAD is its own affair. */
async function checkWebhook({ id, url }: Settings['webhooks'][number]): Promise<Finding> {
  const name = { zh: `业务接口 ${id}`, en: `webhook ${id}` }
  const { host } = new URL(url)
  try {
    const { status } = await fetch(url, { method: 'HEAD', redirect: 'manual', signal: AbortSignal.timeout(WAIT_MS) })
    if (status < 500) return { name, mark: 'ok', found: { zh: `${host} 有应答`, en: `${host} answers` } }
    return { name, mark: 'warn', found: `HTTP ${status}`, advice: unreachable(host) }
  } catch (error) {
    const { cause, message } = error as Error
    return { name, mark: 'bad', found: cause instanceof Error ? reason(cause) : message, advice: unreachable(host) }
  }
}

function unreachable(host: string): Text {
  return {
    zh: `流程会走 failed 分支。检查 ${host} 是否在运行，以及网络、代理和防火墙。`,
    en: `Flows take their failed steps meanwhile. Check that ${host} runs, and network, proxy and firewall.`,
  }
}

/** One short question of each kind. */
async function checkAssistant(settings: AssistantSettings): Promise<Finding> {
  const name = { zh: '智能助手', en: 'assistant' }
  const { embeddings, llm } = settings
  const api = createOpenAi(settings, exchange)
  const patience = () => ({ signal: AbortSignal.timeout(WAIT_MS), deadlineMs: WAIT_MS })
  try {
    if (embeddings) {
      const { model, dimensions } = embeddings
      await api.embed(['hello'], { model, ...(dimensions && { dimensions }), ...patience() })
    }
    if (llm) {
      const { model, jsonMode } = llm
      await api.complete({ model, jsonMode, maxTokens: 20, system: 'Reply with the JSON object {"entry": null}.', user: '{}' }, patience())
    }
    return { name, mark: 'ok', found: [embeddings?.model, llm?.model].filter(Boolean).join(', ') }
  } catch (error) {
    return { name, mark: 'bad', found: reason(error), advice: adviceFor(error, settings) }
  }
}

function adviceFor(error: unknown, { baseUrl }: AssistantSettings): Text {
  const kind = error instanceof ConnectorError ? error.kind : 'transient'
  if (kind === 'unauthorized')
    return { zh: '核对 assistant.apiKey（通常写在 .env 里）。', en: 'Check assistant.apiKey (usually kept in .env).' }
  if (kind === 'rejected')
    return {
      zh: '核对 baseUrl、model 和 jsonMode：有的接口不支持 response_format。参见 docs/faq.zh.md',
      en: 'Check baseUrl, model and jsonMode: some endpoints know no response_format. See docs/faq.md',
    }
  return {
    zh: `机器人会独自继续。检查 ${new URL(baseUrl).host} 是否可达。`,
    en: `The bot goes on alone meanwhile. Check that ${new URL(baseUrl).host} can be reached.`,
  }
}
