// The words of going through what was found in a conversation: they come with it.
import { useStore } from '../store.ts'
import { locale } from '../words.ts'

const en = {
  wayLoading: 'Going there…',
  wayFailed: 'This part of the conversation could not be loaded.',
  found: (q: string, count: string) => `“${q}” was said here: ${count}`,
  foundAt: (q: string, place: number, count: string) => `“${q}”: ${place} of ${count}`,
  foundEarlier: 'Earlier match',
  foundLater: 'Later match',
}

const zh: typeof en = {
  wayLoading: '正在前往…',
  wayFailed: '会话的这一部分加载失败。',
  found: (q, count) => `「${q}」在会话中出现 ${count} 次`,
  foundAt: (q, place, count) => `「${q}」第 ${place} 处，共 ${count} 处`,
  foundEarlier: '更早的一处',
  foundLater: '更新的一处',
}

export function useFoundWords(): typeof en {
  return useStore(locale) === 'zh' ? zh : en
}
