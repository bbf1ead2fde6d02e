import type { ConversationDetail, Me } from '#http/console/protocol.ts'
import { useAct } from '../actions.ts'
import { Icon, type IconName } from '../icons.tsx'
import { fullTime } from '../time.ts'
import { Button } from '../ui.tsx'
import { useWords } from '../words.ts'
import { type Owner, ownerOf, warning } from './owner.ts'

const ICONS: Record<Owner, IconName> = { me: 'info', queue: 'clock', bot: 'bot', other: 'user', snoozed: 'pause', nobody: 'check' }

/** Says what typing will do when the conversation is not mine. */
export function Banner({ detail, me }: { detail: ConversationDetail; me: Me }) {
  const t = useWords()
  const { act, busy } = useAct(detail)
  const words = warning(detail, me.id, t)
  return (
    <div role="status" className="shrink-0">
      {detail.left && detail.status !== 'resolved' && (
        <p className="border-t border-line bg-surface px-4 py-1.5 text-xs text-muted md:px-5">
          {detail.left.messages === 0 ? t.noSendsLeft : t.sendsLeft(detail.left.messages, fullTime(detail.left.until, t))}
        </p>
      )}
      {detail.facts?.map(([label, value]) => (
        <p key={label} className="border-t border-line bg-surface px-4 py-1.5 text-xs text-muted md:px-5">
          {label}: {value}
        </p>
      ))}
      {words && (
        <div className="flex items-center gap-2.5 border-t border-line bg-surface px-4 py-2 text-sm text-muted md:px-5">
          <Icon name={ICONS[ownerOf(detail, me.id)]} className="text-faint" />
          <p className="min-w-0 flex-1">{detail.offeredUntil ? t.bannerOffered : words}</p>
          {detail.offeredUntil && (
            <>
              <Button size="sm" look="primary" disabled={busy} onClick={() => act({ type: 'accept' })}>
                {t.accept}
              </Button>
              <Button size="sm" disabled={busy} onClick={() => act({ type: 'decline' })}>
                {t.decline}
              </Button>
            </>
          )}
          {detail.can.claim && !detail.offeredUntil && (
            <Button size="sm" disabled={busy} onClick={() => act({ type: 'claim' })}>
              {t.claim}
            </Button>
          )}
          {detail.can.reopen && detail.status === 'resolved' && (
            <Button size="sm" disabled={busy} onClick={() => act({ type: 'reopen' })}>
              {t.reopen}
            </Button>
          )}
        </div>
      )}
    </div>
  )
}
