// What is being written, per conversation; kept in this tab, so that a reload or a look elsewhere loses nothing.
import type { Uploaded } from '#http/chat/protocol.ts'
import type { WriteMode } from './outgoing.ts'
import { createStore, type Store, tabMemory } from './store.ts'

export interface Draft {
  mode: WriteMode
  text: string
  files: Uploaded[]
  /** The canned reply that the words began as. */
  macro?: string
}

const EMPTY: Draft = { mode: 'reply', text: '', files: [] }
const open = new Map<string, Store<Draft>>()
const key = (conversation: string) => `frontdesk.draft.${conversation}`

export function parseDraft(stored: string | null): Draft {
  if (!stored) return EMPTY
  try {
    const draft = JSON.parse(stored) as Partial<Draft>
    return {
      mode: draft.mode === 'note' ? 'note' : 'reply',
      text: typeof draft.text === 'string' ? draft.text : '',
      files: Array.isArray(draft.files) ? draft.files : [],
      ...(typeof draft.macro === 'string' && { macro: draft.macro }),
    }
  } catch {
    return EMPTY
  }
}

/** One store per conversation and tab. Writing an empty draft forgets it. */
export function draftOf(conversation: string, memory = tabMemory): Store<Draft> {
  const known = open.get(conversation)
  if (known) return known
  const store = createStore(parseDraft(memory.read(key(conversation))))
  store.subscribe(() => {
    const draft = store.get()
    const empty = draft.text === '' && draft.files.length === 0 && draft.mode === 'reply'
    memory.write(key(conversation), empty ? null : JSON.stringify(draft))
  })
  open.set(conversation, store)
  return store
}

export function changeDraft(conversation: string, patch: Partial<Draft>): void {
  const store = draftOf(conversation)
  store.set({ ...store.get(), ...patch })
}
