import type { ChatFile } from '#http/chat/protocol.ts'
import { Dialog } from '../dialog.tsx'
import { Icon } from '../icons.tsx'
import { useWords } from '../words.ts'

export function Lightbox({ file, onClose }: { file: ChatFile; onClose(): void }) {
  const t = useWords()
  return (
    <Dialog title={file.name} onClose={onClose} bare place="full" width="">
      <div className="flex items-center gap-3 p-3 text-sm text-white">
        <span className="min-w-0 flex-1 truncate">{file.name}</span>
        <a href={file.url} target="_blank" rel="noopener" className="rounded-md px-2.5 py-1.5 hover:bg-white/15">
          {t.openOriginal}
        </a>
        <button type="button" aria-label={t.close} onClick={onClose} className="rounded-md p-2 hover:bg-white/15">
          <Icon name="x" />
        </button>
      </div>
      <div className="flex min-h-0 flex-1 items-center justify-center p-4 pt-0">
        <img src={file.url} alt={file.name} className="max-h-full max-w-full rounded-md object-contain" />
      </div>
    </Dialog>
  )
}
