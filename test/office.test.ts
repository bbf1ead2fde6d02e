import { expect, test } from 'vitest'
import { rightsOf } from '#http/console/view.ts'
import type { DevUser } from '../web/console/dev/data.ts'
import { canDo } from '../web/console/dev/office.ts'

test('the office for developers lets people do what the server lets them do, and nothing else', () => {
  const statuses = ['bot', 'queued', 'assigned', 'snoozed', 'resolved'] as const
  for (const status of statuses)
    for (const role of ['agent', 'supervisor', 'admin'] as const)
      for (const owner of [undefined, 'me', 'other']) {
        const office = canDo({ status, agent: owner ? { id: owner, name: owner } : undefined }, { id: 'me', role } as DevUser)
        expect(office, `${role}, ${status} of ${owner}`).toEqual(rightsOf({ id: 'me', role }, status, owner ?? null))
      }
})
