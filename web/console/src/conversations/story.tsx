// How one message fared, try by try: loaded with the first one that somebody asks about.
import { useQuery } from '@tanstack/react-query'
import type { ConsoleMessage, ConversationDetail, MessageFate } from '#http/console/protocol.ts'
import { api } from '../api.ts'
import { LOOK, TONES } from '../delivery.ts'
import { Icon, type IconName } from '../icons.tsx'
import { duration, secondTime } from '../time.ts'
import { useWords } from '../words.ts'

export function Story({ message, detail }: { message: ConsoleMessage; detail: ConversationDetail }) {
  const t = useWords()
  const { data, error } = useQuery({
    queryKey: ['fate', message.id, message.delivery],
    queryFn: ({ signal }) => api.fate(detail.id, message.id, signal),
  })
  const pieces = data?.deliveries ?? []
  return (
    <section aria-label={t.fate} className="px-3.5 py-3">
      <h3 className="mb-1.5 text-xs font-semibold">{t.fate}</h3>
      {error && <p className="text-xs text-danger">{error.message}</p>}
      {!data && !error && <div className="skeleton h-3 w-3/5" />}
      {pieces.map((piece, index) => (
        <div key={piece.id} className={index > 0 ? 'mt-2 border-t border-line pt-2' : ''}>
          {pieces.length > 1 && <p className="mb-1 text-2xs text-faint">{t.fatePart(index + 1, pieces.length)}</p>}
          <Piece piece={piece} />
        </div>
      ))}
    </section>
  )
}

function Piece({ piece }: { piece: MessageFate['deliveries'][number] }) {
  const t = useWords()
  return (
    <ol className="flex flex-col gap-1.5">
      <Step icon="clock" tone="quiet" words={t.fateQueued} at={piece.createdAt} />
      {piece.attempts.map(({ number, startedAt, endedAt, outcome = 'sending', error }) => (
        <Step
          key={number}
          {...LOOK[outcome]}
          words={`${t.fateTry(number)} · ${t.outcome[outcome]}`}
          more={[endedAt && t.fateTook(duration(startedAt, endedAt, t)), error].filter(Boolean).join(' · ')}
          at={startedAt}
        />
      ))}
      {piece.attempts.length === 0 && <Step {...LOOK[piece.state]} words={t.delivery[piece.state]} more={piece.reason ?? t.fateNone} />}
      {piece.nextAt && <Step {...LOOK.retry} words={t.fateAgain} at={piece.nextAt} />}
      {piece.deliveredAt && <Step {...LOOK.delivered} words={t.delivery.delivered} at={piece.deliveredAt} />}
      {piece.readAt && <Step {...LOOK.read} words={t.delivery.read} at={piece.readAt} />}
      {piece.attempts.length > 0 && piece.state === 'dropped' && (
        <Step {...LOOK.dropped} words={t.delivery.dropped} more={piece.reason && t.gaveUp(piece.reason)} />
      )}
    </ol>
  )
}

function Step(step: { icon: IconName; tone: keyof typeof TONES; words: string; more?: string; at?: string }) {
  const t = useWords()
  return (
    <li className="flex items-start gap-2 text-xs">
      <Icon name={step.icon} size={13} className={`mt-[3px] ${TONES[step.tone]}`} />
      <span className="min-w-0 flex-1 [overflow-wrap:anywhere]">
        {step.words}
        {step.more && <span className="block text-2xs text-faint">{step.more}</span>}
      </span>
      {step.at && (
        <time dateTime={step.at} className="shrink-0 text-2xs leading-[18px] text-faint tabular-nums">
          {secondTime(step.at, t)}
        </time>
      )}
    </li>
  )
}
