// Bodies of unknown size.

export interface Bounded {
  bytes: Uint8Array<ArrayBuffer>
  /** There was more. */
  cut: boolean
}

/** Reads at most `max` bytes. Rejects when the body breaks off. */
export async function readBounded(source: Request | Response, max: number): Promise<Bounded> {
  // A request's length is kept to by the server's parser, so that a body that is short enough can be taken as a whole: several
  // times quicker than its stream. An answer's may lie or count compressed bytes.
  if (source instanceof Request && isShort(source, max)) return { bytes: new Uint8Array(await source.arrayBuffer()), cut: false }
  const reader = source.body?.getReader()
  const chunks: Uint8Array<ArrayBuffer>[] = []
  let size = 0
  for (let step = await reader?.read(); step && !step.done; step = await reader?.read()) {
    size += step.value.length
    if (size > max) {
      reader?.cancel().catch(() => undefined) // Broken already, or not: nobody reads on.
      return { bytes: join(chunks, size - step.value.length), cut: true }
    }
    chunks.push(step.value)
  }
  return { bytes: join(chunks, size), cut: false }
}

/** As `readBounded`, for what is read as text at once: the runtime decodes a whole body without a copy of ours. */
export async function readBoundedText(source: Request, max: number): Promise<{ text: string; cut: boolean }> {
  if (isShort(source, max)) return { text: await source.text(), cut: false }
  const { bytes, cut } = await readBounded(source, max)
  return { text: new TextDecoder().decode(bytes), cut }
}

function isShort({ headers }: Request, max: number): boolean {
  const length = headers.get('content-length')
  return length !== null && !headers.has('transfer-encoding') && /^\d+$/.test(length) && Number(length) <= max
}

function join(chunks: Uint8Array<ArrayBuffer>[], size: number): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(size)
  let offset = 0
  for (const chunk of chunks) {
    all.set(chunk, offset)
    offset += chunk.length
  }
  return all
}
