// Voices in a form that others play, by a program of the admin's: ffmpeg. Its arguments are ours alone, the bytes go in and come out by
// pipes, and the kind of a file is told it, so that nothing in a file decides what is opened.
import { spawn } from 'node:child_process'
import type { StoredFile } from '#core/connector.ts'
import { bareMime, type Convert, type Goal, renamed } from '#core/convert.ts'
import { inTurn } from './turns.ts'

const DEADLINE_MS = 20_000
const OUT_MAX = 20 * 1024 * 1024
const SAID_MAX = 4096

interface Sound {
  mime: string
  ending: string
  /** As the program calls it. */
  encoder: string
  args: string[]
}

/** The best for speech first. */
const SOUNDS: Sound[] = [
  { mime: 'audio/mpeg', ending: 'mp3', encoder: 'libmp3lame', args: ['-ac', '1', '-ar', '24000', '-b:a', '48k', '-f', 'mp3'] },
  { mime: 'audio/amr', ending: 'amr', encoder: 'libopencore_amrnb', args: ['-ac', '1', '-ar', '8000', '-b:a', '12.2k', '-f', 'amr'] },
]
/** What may be read: sound and its containers. No lists of other files, no addresses. */
const DEMUXERS = 'aac,ac3,aiff,amr,amrnb,amrwb,caf,flac,matroska,mov,mp3,ogg,wav,asf'

/** Which sounds this program makes. Throws when it does not run. */
export async function soundsMade(program: string, signal: AbortSignal): Promise<string[]> {
  const said = new TextDecoder().decode(await talk(program, ['-hide_banner', '-encoders'], undefined, signal))
  return SOUNDS.filter(({ encoder }) => new RegExp(`^ A\\S+ ${encoder} `, 'm').test(said)).map(({ mime }) => mime)
}

export function fitSound(program: string, made: readonly string[]): Convert {
  const turn = inTurn()
  return (file, goal, signal) => turn(() => shape(program, made, file, goal, signal), signal)
}

/** `cache:`: what telephones record has its table at the end, and a pipe cannot go back. */
async function shape(program: string, made: readonly string[], file: StoredFile, goal: Goal, signal: AbortSignal): Promise<StoredFile> {
  const takes = ({ mime }: Sound) => made.includes(mime) && (goal.mimes === undefined || goal.mimes.includes(mime))
  const sound = SOUNDS.find(takes)
  if (!sound) throw new Error(`${bareMime(file.mime)} cannot be made one of ${goal.mimes?.join(', ')}`)
  const reading = ['-hide_banner', '-nostdin', '-v', 'error', '-protocol_whitelist', 'cache,pipe', '-format_whitelist', DEMUXERS]
  const writing = ['-map', '0:a:0', '-map_metadata', '-1', '-vn', '-sn', '-dn', ...sound.args]
  const bytes = await talk(program, [...reading, '-i', 'cache:pipe:0', ...writing, 'pipe:1'], file.bytes, signal)
  if (bytes.length === 0 || bytes.length > goal.maxBytes) throw new Error(`${bytes.length} bytes came of it, at most ${goal.maxBytes} may`)
  return { bytes, name: renamed(file.name, sound.ending), mime: sound.mime }
}

/** Runs the program without a shell, and gives what it writes. */
function talk(program: string, args: string[], input: Uint8Array | undefined, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
  return new Promise((resolve, reject) => {
    const bounded = AbortSignal.any([signal, AbortSignal.timeout(DEADLINE_MS)])
    const child = spawn(program, args, {
      stdio: 'pipe',
      shell: false,
      env: { PATH: process.env.PATH },
      signal: bounded,
      killSignal: 'SIGKILL',
    })
    const out: Uint8Array[] = []
    let [size, said] = [0, '']
    const fail = (error: Error) => {
      child.kill('SIGKILL')
      reject(error)
    }
    child.on('error', fail)
    child.stdout.on('data', (piece: Uint8Array) => {
      size += piece.length
      if (size > OUT_MAX) fail(new Error(`${program} writes more than ${OUT_MAX} bytes`))
      else out.push(piece)
    })
    child.stderr.on('data', (piece) => {
      if (said.length < SAID_MAX) said += String(piece)
    })
    // It may have heard enough before it read everything; what became of it its exit tells.
    child.stdin.on('error', () => undefined)
    child.stdin.end(input)
    child.on('close', (code) => {
      if (code === 0) resolve(new Uint8Array(Buffer.concat(out)))
      else reject(new Error(`${program} ended with ${code}: ${said.trim().split('\n').at(-1)?.slice(0, 200) ?? ''}`))
    })
  })
}
