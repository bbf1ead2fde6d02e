// The words of a history that is read back, in both languages.
export const historyEn = {
  older: 'Older messages',
  olderLoading: 'Loading older messages…',
  olderFailed: 'Older messages could not be loaded.',
  olderCame: (count: number, all: number) => `${count === 1 ? '1 older message' : `${count} older messages`} loaded, ${all} in all`,
  beginning: 'The conversation begins here',
  found: (q: string, count: string) => `“${q}” was said here: ${count}`,
  foundAt: (place: number, count: string) => `${place} of ${count}`,
  foundEarlier: 'Earlier match',
  foundLater: 'Later match',
}

export const historyZh: typeof historyEn = {
  older: '更早的消息',
  olderLoading: '正在加载更早的消息…',
  olderFailed: '更早的消息加载失败。',
  olderCame: (count, all) => `已加载 ${count} 条更早的消息，共 ${all} 条`,
  beginning: '会话从这里开始',
  found: (q, count) => `「${q}」在会话中出现 ${count} 次`,
  foundAt: (place, count) => `第 ${place} 处，共 ${count} 处`,
  foundEarlier: '更早的一处',
  foundLater: '更新的一处',
}
