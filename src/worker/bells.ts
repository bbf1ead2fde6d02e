// What a channel tells itself within this isolate: that it was rung. Rings that nobody listens to yet are kept for whoever begins to; what
// another isolate heard is found by the regular look.
import { type Live, type LivePayload, localLive } from '#core/live.ts'

export function createBells(): Live {
  const inner = localLive()
  const listening = new Set<string>()
  const kept = new Map<string, Map<string, LivePayload>>()
  return {
    publish(topic, payload) {
      if (listening.has(topic) || payload.type !== 'rang') return inner.publish(topic, payload)
      const rings = kept.get(topic) ?? new Map<string, LivePayload>()
      kept.set(topic, rings.set(payload.account, payload))
    },
    subscribe(topic, listener) {
      listening.add(topic)
      for (const payload of kept.get(topic)?.values() ?? []) listener(payload)
      kept.delete(topic)
      return inner.subscribe(topic, listener)
    },
  }
}
