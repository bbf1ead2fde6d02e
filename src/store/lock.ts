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
  const file = join(resolve(folder), 'frontdesk.lock')
  try {
    mkdirSync(folder, { recursive: true })
    if (!take(file)) takeOver(folder, file)
  } catch (error) {
    throw isUnwritable(error) ? new Error(unwritable(folder, error), { cause: error }) : error
  }
  held.add(file)
  const heartbeat = setInterval(() => beat(file), HEARTBEAT_MS).unref()
  return () => {
    clearInterval(heartbeat)
    held.delete(file)
    rmSync(file, { force: true })
  }
}

function takeOver(folder: string, file: string): void {
  const holder = read(file)
  if (holder && isAlive(holder, file)) throw new Error(refusal(folder, holder))
  rmSync(file, { force: true })
  if (!take(file)) throw new Error(refusal(folder, read(file)))
}

/** Where not even this can be written, nobody else can take the folder either; what cannot be stored says so to its caller. */
function beat(file: string): void {
  try {
    utimesSync(file, new Date(), new Date())
  } catch (error) {
    process.emitWarning(`the heartbeat of the data folder cannot be written: ${(error as Error).message}`)
  }
}

/** ENOENT: what Node says of a folder that it cannot make on a read-only disk. */
function isUnwritable(error: unknown): error is NodeJS.ErrnoException {
  return ['EROFS', 'EACCES', 'EPERM', 'ENOSPC', 'ENOTDIR', 'ENOENT'].includes((error as NodeJS.ErrnoException).code ?? '')
}

function unwritable(folder: string, { code }: NodeJS.ErrnoException): string {
  return (
    `Nothing can be written to the data folder ${folder} (${code}). Look at its owner, its permissions and the room on its disk, or name another one in FRONTDESK_DATA.\n` +
    `数据目录 ${folder} 无法写入（${code}）。请检查目录的所有者、权限和磁盘空间，或用 FRONTDESK_DATA 指定另一个目录。`
  )
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
    `数据目录 ${folder} 正被进程 ${who} 使用。请先停止该进程，或用 FRONTDESK_DATA 指定另一个目录。`
  )
}
