// The platforms, in a process of their own: they live on while the house dies, and write down what reached them before they answer.
import { startFakeApp } from '../fakes/app.ts'
import { startFakeTelegram } from '../fakes/telegram.ts'
import type { Order, Ordered, Premise, Reply, Urls } from './providers.ts'

const { bots, group, agents, log, app } = JSON.parse(process.argv[2] ?? '') as Premise
const telegram = await startFakeTelegram({ bots, log })
const server = await startFakeApp(app)
telegram.addForum(group, '客服群')
telegram.world.group(group).bots = [telegram.world.bot(agents)]

process.on('message', (message) => {
  const { id, order } = message as Ordered
  process.send?.({ id, value: obey(order) } satisfies Reply)
})
process.on('disconnect', () => process.exit(0))
process.send?.({ id: 0, value: { telegramUrl: telegram.url, appUrl: server.url } satisfies Urls } satisfies Reply)

function obey(order: Order): unknown {
  switch (order.do) {
    case 'customer':
      return taken(order.bot, act(telegram.customer(order.user, order.bot), order.act, order.args), order.polled)
    case 'agent':
      return taken(agents, act(telegram.agent(order.user, group), order.act, order.args))
    case 'topics':
      return telegram.topics(group)
    case 'fail':
      return telegram.fail(order.fault, order.match)
    case 'clear':
      return telegram.clearFaults()
  }
}

function act(person: object, what: string, args: unknown[]): { update_id: number; message_id: number } {
  const hand = (person as Record<string, (...args: unknown[]) => { update_id: number; message_id: number }>)[what]
  if (!hand) throw new Error(`nobody can "${what}"`)
  return hand(...args)
}

/** What a person just did, as the update that the house is to be called with; a polled bot keeps it until it is fetched. */
function taken(bot: string, { update_id, message_id }: { update_id: number; message_id: number }, polled = false): unknown {
  const { waiting } = telegram.world.bot(bot)
  const at = waiting.findIndex((update) => update.update_id === update_id)
  return { message_id, update: polled ? waiting[at] : waiting.splice(at, 1)[0] }
}
