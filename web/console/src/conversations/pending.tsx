// My own words before the server shows them. What was refused stays here with its reason until I decide.
import { useQueryClient } from '@tanstack/react-query'
import type { ConversationDetail } from '#http/console/protocol.ts'
import { changeDraft, draftOf } from '../drafts.ts'
import { Icon } from '../icons.tsx'
import type { Outgoing } from '../outgoing.ts'
import { conversationQuery } from '../queries.ts'
import { clockTime, fileSize, fullTime } from '../time.ts'
import { Button } from '../ui.tsx'
import { uuid } from '../uuid.ts'
import { useWords } from '../words.ts'
import { Bubble, NoteFrame } from './message.tsx'
import type { Way } from './messages.tsx'
import { outgoing } from './outbox.ts'

export function Pending({ item, detail }: { item: Outgoing; detail: ConversationDetail }) {
  const isRefused = item.state === 'refused'
  const body = (
    <>
      {item.text && <p className="whitespace-pre-wrap">{item.text}</p>}
      {item.files.map((file) => (
        <p key={file.id} className="flex items-center gap-1.5 text-sm">
          <Icon name="file" /> {file.name} <span className="text-2xs text-faint">{fileSize(file.bytes)}</span>
        </p>
      ))}
    </>
  )
  return (
    <li data-unsent={isRefused ? item.clientId : undefined} className="flex flex-col items-end pt-4">
      {item.mode === 'note' ? (
        <div className="w-full">
          <NoteFrame>{body}</NoteFrame>
        </div>
      ) : (
        <Bubble author="agent" edge={isRefused ? 'border-dashed !border-danger !bg-transparent' : ''}>
          {body}
        </Bubble>
      )}
      {isRefused ? <Refused item={item} detail={detail} /> : <Progress item={item} />}
    </li>
  )
}

function Progress({ item }: { item: Outgoing }) {
  const t = useWords()
  const retrying = item.state === 'retrying'
  return (
    <p className={`flex items-center gap-1 pt-0.5 text-2xs ${retrying ? 'text-warn' : 'text-faint'}`}>
      <Icon name={retrying ? 'refresh' : 'clock'} size={13} />
      {retrying ? t.outgoingRetrying : t.outgoingSending}
    </p>
  )
}

function Refused({ item, detail }: { item: Outgoing; detail: ConversationDetail }) {
  const t = useWords()
  const client = useQueryClient()
  const again = () => {
    const now = client.getQueryData(conversationQuery(item.conversation).queryKey) ?? detail
    const afterSeq = now.messages.at(-1)?.seq ?? 0
    void outgoing.again(item, { clientId: uuid(), at: new Date().toISOString(), afterSeq }, now.version)
  }
  const back = () => {
    const draft = draftOf(item.conversation).get()
    const text = [item.text, draft.text].filter(Boolean).join('\n')
    changeDraft(item.conversation, { mode: item.mode, text, files: [...item.files, ...draft.files] })
    outgoing.drop(item.clientId)
  }
  return (
    <div className="flex flex-col items-end gap-1.5 pt-1">
      <p className="flex max-w-full items-start gap-1 text-xs text-danger">
        <Icon name="alert" size={13} className="mt-0.5 shrink-0" />
        <span className="min-w-0 [overflow-wrap:anywhere]">
          <time dateTime={item.at} title={fullTime(item.at, t)} className="tabular-nums">
            {clockTime(item.at, t)}
          </time>{' '}
          {t.outgoingFailed(item.reason ?? '')}
        </span>
      </p>
      <div className="flex flex-wrap justify-end gap-1.5">
        <Button size="sm" onClick={again}>
          {t.sendAgain}
        </Button>
        <Button size="sm" onClick={back}>
          {t.toComposer}
        </Button>
        <Button size="sm" look="ghost" onClick={() => outgoing.drop(item.clientId)}>
          {t.discard}
        </Button>
      </div>
    </div>
  )
}

/** Below a conversation that went on since: what was refused stands further up, and must not be forgotten there. */
export function Unsent({ items, detail, goTo }: { items: readonly Outgoing[]; detail: ConversationDetail } & Pick<Way, 'goTo'>) {
  const t = useWords()
  const last = detail.messages.at(-1)?.seq ?? 0
  const passed = items.filter(({ afterSeq }) => afterSeq < last)
  const [first] = passed
  return (
    <div role="status" className="shrink-0">
      {first && (
        <div className="flex items-center gap-2.5 border-t border-line bg-danger-soft px-4 py-1.5 text-sm text-danger md:px-5">
          <Icon name="alert" className="shrink-0" />
          <p className="min-w-0 flex-1">{t.unsent(passed.length)}</p>
          <Button size="sm" onClick={() => goTo(first.afterSeq, `[data-unsent="${first.clientId}"]`)}>
            {t.unsentShow}
          </Button>
        </div>
      )}
    </div>
  )
}
