// Where the time of a process went: the functions of a V8 CPU profile by self time, and by the package they belong to.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

interface Node {
  id: number
  callFrame: { functionName: string; url: string; lineNumber: number }
}

export interface Share {
  name: string
  /** Of the time that the process was busy. */
  part: number
}

export interface Profile {
  /** Of the whole time. */
  busy: number
  functions: Share[]
  places: Share[]
}

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The main thread's profile in a folder that `--cpu-prof-dir` named. */
export function readProfile(folder: string): Profile {
  const [file] = readdirSync(folder)
    .filter((name) => name.endsWith('.cpuprofile'))
    .sort()
  if (!file) throw new Error(`no CPU profile in ${folder}`)
  const { nodes, samples, timeDeltas } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as {
    nodes: Node[]
    samples: number[]
    timeDeltas: number[]
  }
  const byId = new Map(nodes.map((node) => [node.id, node.callFrame]))
  const functions = new Map<string, number>()
  const places = new Map<string, number>()
  let [busy, all] = [0, 0]
  samples.forEach((id, n) => {
    const frame = byId.get(id)
    const us = timeDeltas[n] ?? 0
    all += us
    if (!frame || frame.functionName === '(idle)' || frame.functionName === '(program)') return
    busy += us
    const file = placeOf(frame.url)
    const name = `${frame.functionName || '(anonymous)'} ${file}${frame.lineNumber >= 0 && file ? `:${frame.lineNumber + 1}` : ''}`
    functions.set(name, (functions.get(name) ?? 0) + us)
    const place = packageOf(file) || frame.functionName
    places.set(place, (places.get(place) ?? 0) + us)
  })
  const sorted = (map: Map<string, number>) => [...map].map(([name, us]) => ({ name, part: us / busy })).sort((a, b) => b.part - a.part)
  return { busy: busy / all, functions: sorted(functions), places: sorted(places) }
}

function placeOf(url: string): string {
  return url.replace('file://', '').replace(root, '')
}

function packageOf(file: string): string {
  const found = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)
  if (found) return found[1] ?? file
  return file.startsWith('src/') ? file.split('/').slice(0, 2).join('/') : file
}
