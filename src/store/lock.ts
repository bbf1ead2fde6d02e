// PGlite takes no lock of its own: two processes on one folder silently lose each other's commits. So we take one: a file
// made with O_EXCL that names its process. A file whose process is gone is left from a crash and is taken over.
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, statSync, utimesSync, writeSync } from 'node:fs'
import { hostname } from 'node:os'
import { join, resolve } from 'node:path'

interface Holder {
  pid: number
  host: string
  /** Changes when the machine starts: a process id from before a reboot means nothing. */
  boot: string
}

const HEARTBEAT_MS = 2_000
/** A holder on another host (a volume that two containers share) counts as gone after this long without a heartbeat. */
const STALE_MS = 15_000
/** Folders that this very process holds. */
const held = new Set<string>()

/** Returns the function that gives the folder back. Throws, in both languages, when somebody else has it. */
export function lockFolder(folder: string): () => void {
  mkdirSync(folder, { recursive: true })
  const file = join(resolve(folder), 'frontdesk.lock')
  if (!take(file)) {
    const holder = read(file)
    if (holder && isAlive(holder, file)) throw new Error(refusal(folder, holder))
    rmSync(file, { force: true })
    if (!take(file)) throw new Error(refusal(folder, read(file)))
  }
  held.add(file)
  const heartbeat = setInterval(() => utimesSync(file, new Date(), new Date()), HEARTBEAT_MS).unref()
  return () => {
    clearInterval(heartbeat)
    held.delete(file)
    rmSync(file, { force: true })
  }
}

function take(file: string): boolean {
  try {
    const handle = openSync(file, 'wx')
    writeSync(handle, JSON.stringify(self()))
    closeSync(handle)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

function self(): Holder {
  return { pid: process.pid, host: hostname(), boot: bootId() }
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return '' // Not Linux: the process id alone must do.
  }
}

/** A file that was cut off while it was written names nobody. */
function read(file: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Holder
  } catch {
    return undefined
  }
}

function isAlive(holder: Holder, file: string): boolean {
  const here = self()
  if (holder.host !== here.host) return Date.now() - statSync(file).mtimeMs < STALE_MS
  if (holder.boot !== here.boot) return false
  if (holder.pid === here.pid) return held.has(file)
  try {
    process.kill(holder.pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function refusal(folder: string, holder: Holder | undefined): string {
  const who = holder ? `${holder.pid} (${holder.host})` : '?'
  return (
    `The data folder ${folder} is in use by process ${who}. Stop that process first, or give this one another folder with FRONTDESK_DATA.\n` +
    `数据目录 ${folder} 正被进程 ${who} 使用。请先停止该进程,或用 FRONTDESK_DATA 指定另一个目录。`
  )
}
