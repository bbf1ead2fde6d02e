// One after the other: for work that needs much of the machine.
export function inTurn(): <T>(work: () => Promise<T>, signal: AbortSignal) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (work, signal) => {
    const mine = last.then(() => {
      signal.throwIfAborted()
      return work()
    })
    // Whoever comes next waits for the end of this, however it ends; its own caller hears of that.
    last = mine.catch(() => undefined)
    return mine
  }
}
