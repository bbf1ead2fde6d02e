// What a room asks of the house: one turn each, with the connections of that turn. A room holds sockets and no database.
import type { ChatLine } from '#http/chat/line.ts'
import type { ServerFrame } from '#http/chat/protocol.ts'
import type { Lines } from '#http/index.ts'

export type Question =
  | { op: 'receive'; line: ChatLine; data: string | null }
  /** `again`: something that was shown before is different now. */
  | { op: 'read'; line: ChatLine; again: boolean }
  | { op: 'stay'; sessions: string[] }

/** What follows for a socket. */
export interface Step {
  line: ChatLine
  frames: ServerFrame[]
  close?: { code: number; reason: string }
  /** The visitor is known from now on: hints are for this socket, too. */
  greeted: boolean
}

/** Those sessions that are over. */
export interface Gone {
  gone: string[]
}

export async function answer(lines: Lines, question: Question): Promise<Step | Gone> {
  if (question.op === 'stay') {
    const gone: string[] = []
    for (const session of question.sessions) if (!(await lines.stay(session))) gone.push(session)
    return { gone }
  }
  const step: Step = { line: question.line, frames: [], greeted: false }
  const wire = {
    send: (frame: ServerFrame) => void step.frames.push(frame),
    close: (code: number, reason: string) => {
      step.close ??= { code, reason }
    },
    isOpen: () => step.close === undefined,
  }
  if (question.op === 'receive') step.greeted = await lines.receive(step.line, wire, question.data)
  else await lines.catchUp(step.line, wire, question.again)
  return step
}
