// The built pages, read once at the start: a path from outside never becomes a file name.
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Hono } from 'hono'
import { pageRoutes, type Shown } from '#http/pages.ts'

const dist = fileURLToPath(new URL('../../dist', import.meta.url))

/** Adds the routes of the pages. */
export function pages(app: Hono, channels: readonly Shown[]): void {
  const files = readAll(dist)
  pageRoutes(app, (name) => files.get(name), channels)
}

function readAll(folder: string): Map<string, Uint8Array<ArrayBuffer>> {
  const files = new Map<string, Uint8Array<ArrayBuffer>>()
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    files.set(relative(folder, path).split(sep).join('/'), new Uint8Array(readFileSync(path)))
  }
  return files
}
