// A disk of a few megabytes, for tests of what happens when it is full. Only root may mount one.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { statfs, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface SmallDisk {
  folder: string
  /** Leaves so many bytes free. */
  fill(free: number): Promise<void>
  empty(): void
  /** Nothing more can be written; only while nobody has a file open there. */
  freeze(): void
  thaw(): void
  remove(): void
}

/** Undefined where this user, or this system, cannot mount. */
export function smallDisk(megabytes: number): SmallDisk | undefined {
  if (process.getuid?.() !== 0) return undefined
  const folder = mkdtempSync(join(tmpdir(), 'frontdesk-disk-'))
  const mount = (...options: string[]) => execFileSync('mount', [...options, folder], { stdio: 'pipe' })
  try {
    mount('-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs')
  } catch {
    rmSync(folder, { recursive: true })
    return undefined
  }
  const filler = join(folder, 'filler')
  return {
    folder,
    async fill(free) {
      const { bavail, bsize } = await statfs(folder)
      await writeFile(filler, new Uint8Array(Math.max(0, bavail * bsize - free))).catch((error: NodeJS.ErrnoException) => {
        // Somebody else wrote meanwhile: then it is as full as it gets.
        if (free > 0 || error.code !== 'ENOSPC') throw error
      })
    },
    empty: () => rmSync(filler, { force: true }),
    freeze: () => void mount('-o', 'remount,ro'),
    thaw: () => void mount('-o', 'remount,rw'),
    remove() {
      execFileSync('umount', ['-l', folder], { stdio: 'pipe' })
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
