// Where an agent writes. A reply and a note differ in colour, label, placeholder and the words on the button.
import {
  type ClipboardEvent,
  type DragEvent,
  type KeyboardEvent,
  type RefObject,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
} from 'react'
import type { ConversationDetail } from '#http/console/protocol.ts'
import { useCommands } from '../commands.ts'
import { changeDraft, type Draft, draftOf } from '../drafts.ts'
import { Icon } from '../icons.tsx'
import type { WriteMode } from '../outgoing.ts'
import { useStore } from '../store.ts'
import { toast } from '../toast.tsx'
import { Button, IconButton } from '../ui.tsx'
import { uuid } from '../uuid.ts'
import { useWords } from '../words.ts'
import { Attachments, uploads } from './attachments.tsx'
import { type Choice, holeIn } from './choices.ts'
import { outgoing } from './outbox.ts'

type Library = typeof import('./library.tsx').Library

/** What makes a note of a line, as in every tool. */
const NOTE = '//'

export function Composer({ detail }: { detail: ConversationDetail }) {
  const t = useWords()
  const draft = useStore(draftOf(detail.id))
  const field = useRef<HTMLTextAreaElement>(null)
  const [over, setOver] = useState(false)
  const [library, setLibrary] = useState(false)
  const note = draft.mode === 'note'
  const attach = (files: Iterable<File>) => uploads.add(detail.id, files)
  const drop = (event: DragEvent) => {
    event.preventDefault()
    setOver(false)
    attach(event.dataTransfer.files)
  }
  const Library = useLibrary()
  useComposerCommands(detail, field)
  return (
    <section
      aria-label={t.composer}
      onDragOver={(event) => {
        if (!event.dataTransfer.types.includes('Files')) return
        event.preventDefault()
        setOver(true)
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
      data-mode={draft.mode}
      className={`relative shrink-0 border-t pb-[env(safe-area-inset-bottom)] ${note ? 'border-note-line bg-note' : 'border-line bg-surface'}`}
    >
      <Modes mode={draft.mode} choose={(mode) => changeDraft(detail.id, { mode })} field={field} />
      <Writing detail={detail} draft={draft} field={field} attach={attach} library={library} setLibrary={setLibrary} />
      <Attachments conversation={detail.id} files={draft.files} />
      <Foot detail={detail} draft={draft} field={field} attach={attach} library={library} setLibrary={setLibrary} />
      {library && Library && <LibraryPanel Library={Library} detail={detail} field={field} onClose={() => setLibrary(false)} />}
      {over && (
        <div className="absolute inset-1 flex items-center justify-center rounded-lg border-2 border-dashed border-accent bg-accent-soft font-medium text-accent-text">
          {t.dropFiles}
        </div>
      )}
    </section>
  )
}

/** Loaded before anybody types `/`. Without Suspense, which shows nothing for 300 ms: what is typed then is meant for the panel. */
function useLibrary(): Library | undefined {
  const [library, setLibrary] = useState<Library>()
  useEffect(() => {
    import('./library.tsx').then(
      (module) => setLibrary(() => module.Library),
      (error: unknown) => console.warn(error),
    )
  }, [])
  return library
}

function useComposerCommands(detail: ConversationDetail, field: RefObject<HTMLTextAreaElement | null>): void {
  useCommands((command) => {
    if (command === 'reply' || command === 'note') {
      changeDraft(detail.id, { mode: command })
      field.current?.focus()
    } else if (command === 'escape' && document.activeElement === field.current) {
      field.current?.blur()
    } else return false
    return true
  })
}

function Modes({ mode, choose, field }: { mode: WriteMode; choose(mode: WriteMode): void; field: RefObject<HTMLTextAreaElement | null> }) {
  const t = useWords()
  const looks = {
    reply: 'border-accent text-accent-text font-medium',
    note: 'border-note-text text-note-text font-medium',
  }
  const off = mode === 'note' ? 'border-transparent text-note-text' : 'border-transparent text-faint hover:text-text'
  return (
    <fieldset className="flex items-center gap-4 px-4 pt-1">
      <legend className="sr-only">{t.composerMode}</legend>
      {(['reply', 'note'] as const).map((option) => (
        <button
          key={option}
          type="button"
          aria-pressed={mode === option}
          onClick={() => {
            choose(option)
            field.current?.focus()
          }}
          className={`inline-flex h-8 items-center gap-1.5 border-b-2 text-sm ${mode === option ? looks[option] : off}`}
        >
          {option === 'note' && <Icon name="lock" size={13} />}
          {option === 'note' ? t.modeNote : t.modeReply}
        </button>
      ))}
      {mode === 'note' && <span className="ml-auto truncate text-xs text-note-text">{t.noteHelp}</span>}
    </fieldset>
  )
}

interface WritingProps {
  detail: ConversationDetail
  draft: Draft
  field: RefObject<HTMLTextAreaElement | null>
  attach(files: Iterable<File>): void
  library: boolean
  setLibrary(open: boolean): void
}

function Writing({ detail, draft, field, attach, library, setLibrary }: WritingProps) {
  const t = useWords()
  const submit = useSubmit(detail, field)
  const note = draft.mode === 'note'
  useGrow(field, draft.text)
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === '/' && draft.text === '' && !event.nativeEvent.isComposing) {
      event.preventDefault()
      // Whoever types `//` faster than the panel opens means a note all the same.
      if (library) changeDraft(detail.id, { text: NOTE })
      setLibrary(!library)
      return
    }
    // While an input method composes, Enter picks a word (229: Safari's sign for the key that ends it).
    if (event.key !== 'Enter' || event.shiftKey || event.altKey || event.nativeEvent.isComposing || event.keyCode === 229) return
    event.preventDefault()
    submit.send()
  }
  const onPaste = (event: ClipboardEvent) => {
    if (event.clipboardData.files.length === 0) return
    event.preventDefault()
    attach(event.clipboardData.files)
  }
  return (
    <textarea
      ref={field}
      rows={2}
      value={draft.text}
      onChange={(event) => changeDraft(detail.id, { text: event.target.value, ...(event.target.value === '' && { macro: undefined }) })}
      onKeyDown={onKeyDown}
      onPaste={onPaste}
      aria-label={note ? t.noteLabel : t.replyLabel}
      placeholder={note ? t.notePlaceholder : t.replyPlaceholder(detail.customer.name)}
      className={`quiet-scroll block max-h-[38dvh] w-full resize-none bg-transparent px-4 py-2 text-base outline-none ${note ? 'text-note-text placeholder:text-note-text placeholder:opacity-80' : ''}`}
    />
  )
}

function Foot({ detail, draft, field, attach, library, setLibrary }: WritingProps) {
  const t = useWords()
  const submit = useSubmit(detail, field)
  const picker = useRef<HTMLInputElement>(null)
  const note = draft.mode === 'note'
  return (
    <div className="flex items-center gap-2 px-3 pb-3 pt-1">
      <IconButton
        label={t.attach}
        icon="attach"
        className={note ? '!text-note-text hover:!bg-note-line' : ''}
        onClick={() => picker.current?.click()}
      />
      <IconButton
        label={t.libraryKey}
        icon="book"
        aria-expanded={library}
        className={note ? '!text-note-text hover:!bg-note-line' : ''}
        onClick={() => setLibrary(!library)}
      />
      <input
        ref={picker}
        type="file"
        multiple
        hidden
        onChange={(event) => {
          attach([...(event.target.files ?? [])])
          event.target.value = ''
        }}
      />
      <span className={`hidden flex-1 text-2xs md:block ${note ? 'text-note-text' : 'text-faint'}`}>{t.composerKeys}</span>
      <span className="flex-1 md:hidden" />
      <Button
        look={note ? 'note' : 'primary'}
        icon={note ? 'lock' : 'send'}
        disabled={!submit.ready}
        onClick={submit.send}
        className={note ? 'disabled:border-note-line disabled:bg-transparent disabled:text-note-text' : ''}
      >
        {note ? t.sendNote : t.sendReply}
      </Button>
    </div>
  )
}

interface LibraryPanelProps extends Pick<WritingProps, 'detail' | 'field'> {
  Library: Library
  onClose(): void
}

/** What is chosen goes behind what is written, with the first place to fill in marked; or straight to the customer. */
function LibraryPanel({ Library, detail, field, onClose }: LibraryPanelProps) {
  const close = () => {
    onClose()
    field.current?.focus()
  }
  const writeNote = () => {
    changeDraft(detail.id, { text: NOTE })
    close()
  }
  const insert = ({ text, key }: Choice) => {
    const before = draftOf(detail.id).get().text
    const whole = before ? `${before.trimEnd()}\n${text}` : text
    changeDraft(detail.id, { text: whole, ...(key && { macro: key }) })
    close()
    requestAnimationFrame(() => mark(field.current, whole))
  }
  const send = ({ text, key, missing }: Choice) => {
    // Whoever writes a note means a note: nothing of it goes out.
    const { mode } = draftOf(detail.id).get()
    if (missing.length > 0 || (mode === 'reply' && !detail.can.reply)) return
    void outgoing.send(itemOf(detail, { mode, text, files: [], macro: key }), detail.version)
    close()
  }
  const isEmpty = draftOf(detail.id).get().text === ''
  return <Library detail={detail} onClose={close} writeNote={isEmpty ? writeNote : undefined} insert={insert} send={send} />
}

function mark(field: HTMLTextAreaElement | null, text: string): void {
  const hole = holeIn(text)
  if (hole) field?.setSelectionRange(hole.from, hole.to)
}

function itemOf(detail: ConversationDetail, { mode, text, files, macro }: Draft) {
  return {
    clientId: uuid(),
    conversation: detail.id,
    mode,
    text,
    files,
    at: new Date().toISOString(),
    afterSeq: detail.messages.at(-1)?.seq ?? 0,
    state: 'sending' as const,
    ...(macro && { macro }),
  }
}

function useSubmit(detail: ConversationDetail, field: RefObject<HTMLTextAreaElement | null>) {
  const t = useWords()
  const draft = useStore(draftOf(detail.id))
  const uploading = useStore(uploads.items).some((item) => item.conversation === detail.id && !item.failed)
  const text = draft.text.trim()
  const able = draft.mode === 'note' || detail.can.reply
  const ready = able && !uploading && (text !== '' || draft.files.length > 0)
  const send = () => {
    if (!ready) return
    const hole = draft.mode === 'reply' && draft.macro ? holeIn(draft.text) : undefined
    if (hole) {
      // A customer never reads '{{order}}'.
      toast(t.hole(hole.name), { tone: 'bad' })
      field.current?.focus()
      mark(field.current, draft.text)
      return
    }
    const item = itemOf(detail, { ...draft, text })
    changeDraft(detail.id, { text: '', files: [], macro: undefined })
    void outgoing.send(item, detail.version)
  }
  return { ready, send }
}

/** As high as its words, within limits: browsers without `field-sizing` need the measure taken by hand. */
function useGrow(field: RefObject<HTMLTextAreaElement | null>, text: string): void {
  const measured = useRef('')
  useLayoutEffect(() => {
    const element = field.current
    if (!element) return
    // To measure what needs less room moves all that is above it, thousands of messages maybe: not for each letter that is only added.
    const isAdded = element.style.height !== '' && text.startsWith(measured.current)
    measured.current = text
    if (!isAdded) element.style.height = 'auto'
    if (!isAdded || element.scrollHeight > element.clientHeight) element.style.height = `${element.scrollHeight}px`
  }, [field, text])
}
