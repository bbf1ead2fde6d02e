// A value that screens watch: for what is neither on the server (queries) nor in the address (router).
import { useSyncExternalStore } from 'react'

export interface Store<T> {
  get(): T
  set(next: T): void
  subscribe(listener: () => void): () => void
}

export function createStore<T>(initial: T): Store<T> {
  let value = initial
  const listeners = new Set<() => void>()
  return {
    get: () => value,
    set(next) {
      if (Object.is(next, value)) return
      value = next
      for (const listener of [...listeners]) listener()
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

export function useStore<T>(store: Store<T>): T {
  return useSyncExternalStore(store.subscribe, store.get)
}

/** What this browser remembers. Storage may be forbidden (private windows): then nothing is remembered, and that is all. */
export function remembered(storage: () => Storage): { read(key: string): string | null; write(key: string, value: string | null): void } {
  return {
    read(key) {
      try {
        return storage().getItem(key)
      } catch {
        return null
      }
    },
    write(key, value) {
      try {
        if (value === null) storage().removeItem(key)
        else storage().setItem(key, value)
      } catch (error) {
        console.warn('not remembered', error)
      }
    },
  }
}

export const browserMemory = remembered(() => localStorage)
export const tabMemory = remembered(() => sessionStorage)
