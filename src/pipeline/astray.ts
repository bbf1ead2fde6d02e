// Words in a thread that the tool made for us and whose opening never came on record (its answer was lost, and another was opened):
// they are about no conversation that we know, and whoever writes them must not believe that a customer reads them. Threads that
// people made are their own, and get no answer.
import type { DeskEvent } from '#core/event.ts'
import type { House } from './house.ts'

/** Each writer is told once a day in each such thread, and this is the origin of the telling. Undefined: the thread is none of ours. */
export function astrayKey(event: DeskEvent, deskId: string, house: House): string | undefined {
  if (event.type !== 'message' || !(event.ours || house.desks.get(deskId)?.ownThreads)) return undefined
  return `astray:${deskId}:${event.thread}:${event.by.id}:${house.clock.now().toISOString().slice(0, 10)}`
}
