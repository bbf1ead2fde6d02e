// What an agent does to a conversation. Somebody else may have been faster: then it is told in words and read again.
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { ActionRequest, ConversationDetail, Priority, TransferTo } from '#http/console/protocol.ts'
import { ApiError, api } from './api.ts'
import { refresh } from './queries.ts'
import { toast } from './toast.tsx'
import { uuid } from './uuid.ts'
import type { Words } from './words.en.ts'
import { useWords } from './words.ts'

/** Everything but words to the customer: those go through `outgoing.ts`. */
export type Act =
  | { type: 'claim' | 'accept' | 'decline' | 'release' | 'reopen' | 'to_bot' }
  | { type: 'resolve'; reason?: string }
  | { type: 'tag'; add?: string[]; remove?: string[] }
  | { type: 'priority'; priority: Priority }
  | { type: 'snooze'; until: string; note?: string }
  | { type: 'followup'; at: string; text: string; priority?: Priority }
  | { type: 'transfer'; to: TransferTo; toName: string; note?: string }
  | { type: 'press'; id: string }
  | { type: 'resend'; message: string }

function done(act: Act, t: Words): string {
  switch (act.type) {
    case 'claim':
    case 'accept':
      return t.claimed
    case 'decline':
      return t.declined
    case 'release':
      return t.released
    case 'resolve':
      return t.resolved
    case 'reopen':
      return t.reopened
    case 'to_bot':
      return t.givenToBot
    case 'transfer':
      return t.transferred(act.toName)
    case 'press':
      return t.pressed
    case 'resend':
      return t.resent
    case 'tag':
      return t.tagged
    case 'priority':
      return t.prioritized
    case 'snooze':
      return t.snoozedIt
    case 'followup':
      return t.followedUp
  }
}

export function requestOf(act: Act, version: number): ActionRequest {
  const base = { clientId: uuid(), version }
  if (act.type === 'transfer') return { ...base, type: 'transfer', to: act.to, note: act.note }
  return { ...base, ...act }
}

export function useAct(conversation: Pick<ConversationDetail, 'id' | 'version'> | undefined) {
  const t = useWords()
  const client = useQueryClient()
  const mutation = useMutation({
    mutationFn: async (act: Act) => {
      if (!conversation) throw new ApiError(404, 'not_found', t.notFound)
      const reply = await api.act(conversation.id, requestOf(act, conversation.version))
      if (!reply.ok) throw new ApiError(409, reply.code, reply.message)
    },
    onError: (error) => {
      const words = error instanceof ApiError && error.message ? error.message : t.conflict
      toast(words, { tone: 'bad' })
      if (conversation) void refresh(client, [conversation.id])
    },
    onSuccess: async (_, act) => {
      const undo =
        act.type === 'resolve'
          ? { label: t.undo, run: () => void reopen(conversation?.id, t, () => refresh(client, [conversation?.id ?? ''])) }
          : undefined
      toast(done(act, t), { action: undo })
      if (conversation) await refresh(client, [conversation.id])
    },
  })
  return { act: mutation.mutate, busy: mutation.isPending, doing: mutation.isPending ? mutation.variables?.type : undefined }
}

async function reopen(conversation: string | undefined, t: Words, then: () => Promise<unknown>): Promise<void> {
  if (!conversation) return
  try {
    const reply = await api.act(conversation, { clientId: uuid(), type: 'reopen' })
    toast(reply.ok ? t.reopened : reply.message, { tone: reply.ok ? 'plain' : 'bad' })
  } catch (error) {
    toast(error instanceof Error ? error.message : t.conflict, { tone: 'bad' })
  }
  await then()
}
