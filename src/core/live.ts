// Live updates: hints that something changed, never the change itself. A lost hint loses nothing: readers have cursors.

/** Topics are `visitor:<channel>:<user>`, `conversation:<id>`, `channel:<id>`, `targets` and `console`. Payloads are small: ids, never words of customers. */
export interface Live {
  /** Best effort, to every subscriber in the cluster; never throws. */
  publish(topic: string, payload: LivePayload): void
  /** Returns the function that ends the subscription. */
  subscribe(topic: string, listener: (payload: LivePayload) => void): () => void
}

export type LivePayload =
  /** `again`: something that was shown before is different now. */
  | { type: 'changed'; conversation?: string; again?: true }
  /** A message of this conversation got further: sent, delivered, read. Nothing else changed. */
  | { type: 'progress'; conversation: string }
  | { type: 'typing'; conversation?: string; name?: string }
  /** A platform said that one of its accounts has news: whoever reads it, in whichever process, looks now. */
  | { type: 'rang'; account: string; token?: string }
  /** A channel or desk asked to be left alone until then (ISO). */
  | { type: 'rests'; target: string; until: string }

/** Live updates within one process. */
export function localLive(): Live {
  const listeners = new Map<string, Set<(payload: LivePayload) => void>>()
  return {
    publish(topic, payload) {
      for (const listener of [...(listeners.get(topic) ?? [])]) listener(payload)
    },
    subscribe(topic, listener) {
      const set = listeners.get(topic) ?? new Set()
      listeners.set(topic, set.add(listener))
      return () => {
        set.delete(listener)
        if (set.size === 0 && listeners.get(topic) === set) listeners.delete(topic)
      }
    },
  }
}
