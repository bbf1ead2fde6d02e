// Parameters as Telegram takes them: in the address, as JSON, as a form, as multipart with files.
// The parser is our own: clients write multipart in ways that the platform's takes and the runtime's refuses.
import type { FakeFile } from './world.ts'

export interface Params {
  params: Record<string, unknown>
  files: Record<string, FakeFile>
}

export async function readParams(request: Request): Promise<Params> {
  const type = request.headers.get('content-type') ?? ''
  const params: Record<string, unknown> = Object.fromEntries(new URL(request.url).searchParams)
  const files: Record<string, FakeFile> = {}
  if (type.includes('json')) Object.assign(params, JSON.parse((await request.text()) || '{}'))
  if (type.includes('urlencoded')) {
    for (const [name, value] of new URLSearchParams(await request.text())) params[name] = fromForm(value)
  }
  const boundary = /boundary="?([^";]+)/.exec(type)?.[1]
  if (boundary) readMultipart(Buffer.from(await request.arrayBuffer()), boundary, params, files)
  for (const [name, value] of Object.entries(params)) {
    // A field may name a file that stands elsewhere in the form.
    const file = typeof value === 'string' && value.startsWith('attach://') ? files[value.slice(9)] : undefined
    if (file) files[name] = file
  }
  return { params, files }
}

function readMultipart(body: Buffer, boundary: string, params: Params['params'], files: Params['files']): void {
  const mark = Buffer.from(`--${boundary}`)
  let at = body.indexOf(mark)
  for (let next = body.indexOf(mark, at + mark.length); at >= 0 && next >= 0; at = next, next = body.indexOf(mark, at + mark.length)) {
    const part = body.subarray(at + mark.length + 2, next - 2)
    const end = part.indexOf('\r\n\r\n')
    const head = part.subarray(0, end).toString('utf8')
    const value = part.subarray(end + 4)
    const name = /[; ]name="([^"]*)"/.exec(head)?.[1]
    if (name === undefined) continue
    const filename = /filename="?([^";\r\n]*)/.exec(head)?.[1]
    const mime = /content-type: *([^\r\n]+)/i.exec(head)?.[1] ?? 'application/octet-stream'
    if (filename === undefined) params[name] = fromForm(value.toString('utf8'))
    else files[name] = { bytes: new Uint8Array(value), name: filename, mime }
  }
}

/** In a form, objects and lists come as JSON. */
function fromForm(value: string): unknown {
  if (!/^[[{]/.test(value)) return value
  try {
    return JSON.parse(value)
  } catch {
    // A caption may begin with a bracket.
    return value
  }
}
