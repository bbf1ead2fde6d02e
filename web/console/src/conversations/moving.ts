// Where j and k lead. Pure.

/**
 * `place` is where the selected conversation last stood in the list: one that was claimed has left the queue, and going
 * on starts from there. -1: it was never in this list.
 */
export function nextOf(ids: readonly string[], selected: string | undefined, place: number, step: 1 | -1): string | undefined {
  const index = selected === undefined ? -1 : ids.indexOf(selected)
  if (index >= 0) return ids[clamp(index + step, ids.length)]
  if (selected === undefined || place < 0) return ids[0]
  return ids[clamp(step === 1 ? place : place - 1, ids.length)]
}

function clamp(index: number, length: number): number {
  return Math.max(0, Math.min(length - 1, index))
}
