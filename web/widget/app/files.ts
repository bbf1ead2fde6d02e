// Files that the visitor picked, dropped or pasted: checked against the session's limits, uploaded with progress.
import type { Uploaded } from '#http/chat/protocol.ts'
import { ApiError } from './api.ts'
import { newClientId } from './ids.ts'
import { api } from './net.ts'
import { sendFile } from './sending.ts'
import { locale, session, type Upload, uploads, words } from './state.ts'
import { halfOf } from './words.ts'

const running = new Map<string, AbortController>()
/** Local pictures by attachment id: shown at once, without a way round by the server. */
const previews = new Map<string, string>()

export function addFiles(files: Iterable<File>): void {
  for (const file of files) {
    const key = newClientId()
    const problem = findProblem(file)
    const preview = !problem && file.type.startsWith('image/') ? URL.createObjectURL(file) : undefined
    uploads.value = [...uploads.value, { key, file, progress: 0, state: problem ? 'failed' : 'uploading', error: problem, preview }]
    if (!problem) void upload(key, file)
  }
}

export function retryUpload(key: string): void {
  const entry = uploads.value.find((each) => each.key === key)
  if (!entry) return
  change(key, { state: 'uploading', progress: 0, error: undefined })
  void upload(key, entry.file)
}

export function removeUpload(key: string): void {
  running.get(key)?.abort()
  const entry = uploads.value.find((each) => each.key === key)
  if (entry?.preview) URL.revokeObjectURL(entry.preview)
  uploads.value = uploads.value.filter((each) => each.key !== key)
}

/** Everything that is up goes into the outbox; what failed stays for the visitor to decide. */
export function sendUploads(): void {
  for (const entry of uploads.value) {
    if (!entry.uploaded) continue
    if (entry.preview) previews.set(entry.uploaded.id, entry.preview)
    sendFile(entry.uploaded)
  }
  uploads.value = uploads.value.filter((entry) => !entry.uploaded)
}

export function previewOf(attachmentId: string): string | undefined {
  return previews.get(attachmentId)
}

async function upload(key: string, file: File): Promise<void> {
  const abort = new AbortController()
  running.set(key, abort)
  try {
    const uploaded: Uploaded = await api.upload(session.value?.token ?? '', file, (progress) => change(key, { progress }), abort.signal)
    change(key, { state: 'ready', progress: 1, uploaded })
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    change(key, { state: 'failed', error: halfOf(error.message, locale.value) || words.value.uploadFailed, retryable: !error.final })
  } finally {
    running.delete(key)
  }
}

function change(key: string, patch: Partial<Upload>): void {
  uploads.value = uploads.value.map((entry) => (entry.key === key ? { ...entry, ...patch } : entry))
}

function findProblem(file: File): string | undefined {
  const max = session.value?.limits.fileMaxBytes ?? Infinity
  if (file.size === 0) return words.value.emptyFile(file.name)
  return file.size > max ? words.value.tooLarge(file.name, formatBytes(max)) : undefined
}

export function formatBytes(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB']
  const step = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(bytes, 1)) / 10))
  const value = bytes / 1024 ** step
  const format = new Intl.NumberFormat(locale.value, { maximumFractionDigits: value < 10 && step > 0 ? 1 : 0 })
  return `${format.format(value)} ${units[step]}`
}
