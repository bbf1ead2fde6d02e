// PGlite takes no lock of its own: two processes on one folder silently lose each other's commits. So we take one: a file
// that names its process. A file whose process is gone is left from a crash and is taken over.
import { randomUUID } from 'node:crypto'
import { constants, copyFileSync, linkSync, mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join, resolve } from 'node:path'

interface Holder {
  pid: number
  host: string
  /** Changes when the machine starts: a process id from before a reboot means nothing. */
  boot: string
  /** Names this hold among all: nobody gives back what is somebody else's by now. */
  hold?: string
}

const HEARTBEAT_MS = 2_000
/** A holder on another host (a volume that two containers share) counts as gone after this long without a heartbeat. */
const STALE_MS = 15_000
/** Taking over takes less than a millisecond. */
const PATIENCE_MS = 1_000
const AGAIN_MS = 5
/** Folders that this very process holds. */
const held = new Set<string>()

/** Returns the function that gives the folder back. Throws, in both languages, when somebody else has it. */
export function lockFolder(folder: string): () => void {
  const file = join(resolve(folder), 'frontdesk.lock')
  const hold = randomUUID()
  try {
    mkdirSync(folder, { recursive: true })
    if (!take(file, hold)) takeOver(folder, file, hold)
  } catch (error) {
    throw isUnwritable(error) ? new Error(unwritable(folder, error), { cause: error }) : error
  }
  held.add(file)
  const heartbeat = setInterval(() => beat(file), HEARTBEAT_MS).unref()
  return () => {
    clearInterval(heartbeat)
    held.delete(file)
    if (read(file)?.hold === hold) rmSync(file, { force: true })
  }
}

function takeOver(folder: string, file: string, hold: string): void {
  alone(`${file}.taking`, () => {
    // Only now: whoever looked at the same dead holder before us may have the folder already.
    const holder = read(file)
    if (holder && isAlive(holder, file)) throw new Error(refusal(folder, holder))
    rmSync(file, { force: true })
    if (!take(file, hold)) throw new Error(refusal(folder, read(file)))
  })
}

/** One process at a time, for an instant; a mark that stays longer was left by a crash in that instant. */
function alone(mark: string, work: () => void): void {
  for (const end = Date.now() + PATIENCE_MS; !isMade(mark); ) {
    if (Date.now() > end) rmSync(mark, { recursive: true, force: true })
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, AGAIN_MS)
  }
  try {
    work()
  } finally {
    rmSync(mark, { recursive: true, force: true })
  }
}

function isMade(folder: string): boolean {
  try {
    mkdirSync(folder)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
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

/** With its name in it from the first instant: a file that is there and empty would look like one that a crash cut off. */
function take(file: string, hold: string): boolean {
  const own = `${file}.${hold}`
  writeFileSync(own, JSON.stringify({ ...self(), hold }))
  try {
    linkSync(own, file)
    return true
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') return false
    if (code === 'EPERM' || code === 'ENOTSUP' || code === 'ENOSYS') return copyOnce(own, file)
    throw error
  } finally {
    rmSync(own, { force: true })
  }
}

/** Where the disk knows no links. */
function copyOnce(from: string, to: string): boolean {
  try {
    copyFileSync(from, to, constants.COPYFILE_EXCL)
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
