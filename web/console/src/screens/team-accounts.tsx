// Who somebody is in tools: which account, how that became known, and the way back where an account is lost or was the wrong one.
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { LinkedAccount, TeamMember } from '#http/console/protocol.ts'
import { api } from '../api.ts'
import { Dialog, DialogFoot } from '../dialog.tsx'
import { Icon } from '../icons.tsx'
import { toast } from '../toast.tsx'
import { Button } from '../ui.tsx'
import { useWords } from '../words.ts'

export function Accounts({ member }: { member: TeamMember }) {
  const t = useWords()
  const [asked, setAsked] = useState<LinkedAccount | null>(null)
  if (!member.accounts?.length) return null
  return (
    <>
      <ul aria-label={t.accountsOf(member.name)} className="mt-1 flex flex-col gap-0.5 text-xs text-muted">
        {member.accounts.map((account) => (
          <li key={account.desk} className="flex flex-wrap items-center gap-x-2">
            <span className="flex min-w-0 items-center gap-1.5">
              <Icon name="link" size={12} className="shrink-0 text-faint" />
              <span className="whitespace-nowrap">{account.title}</span>
              {/* Feishu's ids are forty signs long; the question whether to unlink shows the whole. */}
              <span className="max-w-28 truncate font-mono text-faint" title={account.user}>
                {account.user}
              </span>
            </span>
            {account.how === 'file' ? (
              <span className="text-faint" title={t.accountInFileHelp}>
                {t.fromConfig}
              </span>
            ) : (
              <>
                <span className="whitespace-nowrap text-faint">{t.linkedBy[account.how]}</span>
                <Button
                  size="sm"
                  look="ghost"
                  className="-my-1 -mx-1 underline decoration-line-strong underline-offset-2 pointer-coarse:h-9"
                  aria-label={`${t.unlink}: ${member.name}, ${account.title}`}
                  onClick={() => setAsked(account)}
                >
                  {t.unlink}
                </Button>
              </>
            )}
          </li>
        ))}
      </ul>
      {asked && <Unlink member={member} account={asked} onClose={() => setAsked(null)} />}
    </>
  )
}

function Unlink({ member, account, onClose }: { member: TeamMember; account: LinkedAccount; onClose(): void }) {
  const t = useWords()
  const client = useQueryClient()
  const unlink = useMutation({
    mutationFn: () => api.unlink(member.id, account.desk),
    onSuccess: () => toast(t.unlinked(account.title, member.name)),
    onError: (error) => toast(error.message, { tone: 'bad' }),
    onSettled: async () => {
      onClose()
      await client.invalidateQueries({ queryKey: ['team'] })
    },
  })
  return (
    <Dialog title={t.unlinkTitle(account.title, member.name)} help={t.unlinkHelp(account.user)} onClose={onClose}>
      <DialogFoot onClose={onClose}>
        <Button look="primary" disabled={unlink.isPending} onClick={() => unlink.mutate()}>
          {t.unlink}
        </Button>
      </DialogFoot>
    </Dialog>
  )
}
