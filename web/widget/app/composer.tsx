// Where the visitor writes. Enter sends, except while an input method still composes (Chinese, Japanese, Korean).
import { computed } from '@preact/signals'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import { connection } from './chat.ts'
import { addFiles, formatBytes, removeUpload, retryUpload, sendUploads } from './files.ts'
import { ClipIcon, CloseIcon, FileIcon, SendIcon } from './icons.tsx'
import { store } from './net.ts'
import { sendText } from './sending.ts'
import { draft, loaded, open, session, type Upload, uploads, words } from './state.ts'

const TYPING_EVERY_MS = 3_000
/** The counter shows when this share of the limit is left. */
const NEARLY = 0.1

let typedAt = 0

function write(text: string): void {
  draft.value = text
  if (text) store.set('draft', text)
  else store.remove('draft')
  if (!text.trim() || Date.now() - typedAt < TYPING_EVERY_MS) return
  typedAt = Date.now()
  connection.typing()
}

const max = computed(() => session.value?.limits.textMax ?? Infinity)
const left = computed(() => max.value - draft.value.trim().length)
const nearlyFull = computed(() => left.value <= max.value * NEARLY)
const canSend = computed(() => {
  const something = draft.value.trim() !== '' || uploads.value.some((entry) => entry.state === 'ready')
  return loaded.value && something && left.value >= 0 && uploads.value.every((entry) => entry.state !== 'uploading')
})

function send(): void {
  if (!canSend.value) return
  sendUploads()
  const text = draft.value.trim()
  if (text) sendText(text)
  write('')
  typedAt = 0
}

export function Composer() {
  const area = useRef<HTMLTextAreaElement>(null)
  useAutoGrow(area)
  useFocusOnOpen(area)
  const onSubmit = (event: Event) => {
    event.preventDefault()
    send()
    area.current?.focus()
  }
  return (
    <footer class="footer">
      <Uploads />
      <form class="composer" onSubmit={onSubmit}>
        <Attach />
        <textarea
          ref={area}
          rows={1}
          dir="auto"
          enterkeyhint="send"
          value={draft.value}
          placeholder={words.value.placeholder}
          aria-label={words.value.message}
          aria-describedby={nearlyFull.value ? 'left' : undefined}
          aria-invalid={left.value < 0}
          onInput={(event) => write(event.currentTarget.value)}
          onKeyDown={onKeyDown}
          onPaste={paste}
        />
        <button type="submit" class="send" aria-label={words.value.send} title={words.value.send} disabled={!canSend.value}>
          <SendIcon />
        </button>
      </form>
      {nearlyFull.value && (
        <p id="left" class={left.value < 0 ? 'left over' : 'left'}>
          {words.value.left(left.value)}
        </p>
      )}
    </footer>
  )
}

function Attach() {
  const picker = useRef<HTMLInputElement>(null)
  const label = words.value.attach
  return (
    <>
      <button
        type="button"
        class="icon-button"
        aria-label={label}
        title={label}
        disabled={!loaded.value}
        onClick={() => picker.current?.click()}
      >
        <ClipIcon />
      </button>
      <input ref={picker} type="file" multiple hidden tabIndex={-1} aria-label={label} onChange={pick} />
    </>
  )
}

function onKeyDown(event: KeyboardEvent): void {
  // 229 is what Safari says for the Enter that ends a composition.
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.keyCode === 229) return
  event.preventDefault()
  send()
}

function pick(event: Event): void {
  const input = event.currentTarget as HTMLInputElement
  addFiles([...(input.files ?? [])])
  // The same file chosen again must be a change again.
  input.value = ''
}

function paste(event: ClipboardEvent): void {
  const files = [...(event.clipboardData?.files ?? [])]
  if (!files.length || !loaded.value) return
  event.preventDefault()
  addFiles(files)
}

/** As tall as its words, up to the height that the style sheet allows. */
function useAutoGrow(area: { current: HTMLTextAreaElement | null }) {
  const text = draft.value
  const isOpen = open.value
  // biome-ignore lint/correctness/useExhaustiveDependencies: measured again whenever the words or the window change
  useLayoutEffect(() => {
    const element = area.current
    if (!element) return
    element.style.height = 'auto'
    element.style.height = `${element.scrollHeight}px`
    element.style.overflowY = element.scrollHeight > element.clientHeight + 2 ? 'auto' : 'hidden'
  }, [text, isOpen])
}

function useFocusOnOpen(area: { current: HTMLTextAreaElement | null }) {
  const isOpen = open.value
  // biome-ignore lint/correctness/useExhaustiveDependencies: a ref never changes
  useEffect(() => {
    // On a phone the keyboard would cover the greeting and the questions: there the window itself gets the focus.
    if (!isOpen) return
    if (matchMedia('(pointer: fine)').matches) area.current?.focus()
    else document.querySelector('h1')?.focus({ preventScroll: true })
  }, [isOpen])
}

function Uploads() {
  if (!uploads.value.length) return null
  return (
    <ul class="uploads">
      {uploads.value.map((entry) => (
        <UploadCard key={entry.key} entry={entry} />
      ))}
    </ul>
  )
}

function UploadCard({ entry }: { entry: Upload }) {
  const { key, file, progress, state, error, preview } = entry
  const percent = Math.round(progress * 100)
  return (
    <li class={`upload ${state}`}>
      {preview ? <img src={preview} alt="" /> : <FileIcon />}
      <span class="file-text">
        <span class="file-name" dir="auto">
          {file.name}
        </span>
        <span class="muted" role={error ? 'alert' : undefined}>
          {error ?? (state === 'ready' ? formatBytes(file.size) : words.value.uploading(percent))}
        </span>
        {state === 'uploading' && <progress max={100} value={percent} aria-label={file.name} />}
      </span>
      {entry.retryable && state === 'failed' && (
        <button type="button" class="text-button" onClick={() => retryUpload(key)}>
          {words.value.retry}
        </button>
      )}
      <button type="button" class="icon-button small" aria-label={words.value.remove(file.name)} onClick={() => removeUpload(key)}>
        <CloseIcon size={16} />
      </button>
    </li>
  )
}
