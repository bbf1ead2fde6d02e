// The files of the message being written.
import type { Uploaded } from '#http/chat/protocol.ts'
import { api } from '../api.ts'
import { changeDraft, draftOf } from '../drafts.ts'
import { Icon } from '../icons.tsx'
import { useStore } from '../store.ts'
import { fileSize } from '../time.ts'
import { uuid } from '../uuid.ts'
import { useWords } from '../words.ts'
import { createUploads } from './uploads.ts'

export const uploads = createUploads({
  upload: api.upload,
  newId: uuid,
  done: (conversation, file) => changeDraft(conversation, { files: [...draftOf(conversation).get().files, file] }),
})

interface ChipProps {
  name: string
  detail: string
  bad?: boolean
  remove(): void
  retry?(): void
}

function FileChip({ name, detail, bad, remove, retry }: ChipProps) {
  const t = useWords()
  return (
    <li
      className={`flex h-8 max-w-60 items-center gap-1.5 rounded-md border bg-surface pl-2 text-xs text-text ${bad ? 'border-danger' : 'border-line-strong'}`}
    >
      <Icon name={bad ? 'alert' : 'file'} className={bad ? 'text-danger' : 'text-faint'} />
      <span className="truncate font-medium">{name}</span>
      <span className={`shrink-0 ${bad ? 'text-danger' : 'text-faint'}`} title={detail}>
        {detail}
      </span>
      {retry && (
        <button type="button" onClick={retry} className="font-medium text-accent-text">
          {t.retry}
        </button>
      )}
      <button type="button" aria-label={t.removeFile(name)} onClick={remove} className="rounded p-1.5 text-faint hover:text-text">
        <Icon name="x" size={12} />
      </button>
    </li>
  )
}

export function Attachments({ conversation, files }: { conversation: string; files: Uploaded[] }) {
  const t = useWords()
  const running = useStore(uploads.items).filter((item) => item.conversation === conversation)
  if (files.length + running.length === 0) return null
  const without = (id: string) => changeDraft(conversation, { files: files.filter((file) => file.id !== id) })
  return (
    <ul aria-label={t.attachedFiles} className="flex flex-wrap gap-1.5 px-3 pb-1">
      {files.map((file) => (
        <FileChip key={file.id} name={file.name} detail={fileSize(file.bytes)} remove={() => without(file.id)} />
      ))}
      {running.map((item) => (
        <FileChip
          key={item.id}
          name={item.file.name}
          detail={item.failed ? `${t.uploadFailed}: ${item.failed}` : t.uploading}
          bad={Boolean(item.failed)}
          remove={() => uploads.remove(item.id)}
          retry={item.failed ? () => uploads.retry(item.id) : undefined}
        />
      ))}
    </ul>
  )
}
