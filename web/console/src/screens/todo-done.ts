// Ticking off a follow-up, from wherever it is shown.
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { FollowupItem } from '#http/console/protocol.ts'
import { ApiError, api } from '../api.ts'
import { followupsQuery } from '../queries.ts'
import { toast } from '../toast.tsx'
import { useWords } from '../words.ts'

export function useFinish() {
  const t = useWords()
  const client = useQueryClient()
  return useMutation({
    mutationFn: (one: FollowupItem) => api.finishFollowup(one.id),
    onSuccess: (_, one) => toast(t.todoDone(one.text)),
    onError: (error) => toast(error instanceof ApiError ? error.message : t.conflict, { tone: 'bad' }),
    onSettled: () => client.invalidateQueries({ queryKey: followupsQuery.queryKey }),
  })
}
