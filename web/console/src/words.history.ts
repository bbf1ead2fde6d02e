// The words of a history that is read back, in both languages.
export const historyEn = {
  older: 'Older messages',
  olderLoading: 'Loading older messages…',
  olderFailed: 'Older messages could not be loaded.',
  olderCame: (count: number, all: number) => `${count === 1 ? '1 older message' : `${count} older messages`} loaded, ${all} in all`,
  beginning: 'The conversation begins here',
}

export const historyZh: typeof historyEn = {
  older: '更早的消息',
  olderLoading: '正在加载更早的消息…',
  olderFailed: '更早的消息加载失败。',
  olderCame: (count, all) => `已加载 ${count} 条更早的消息，共 ${all} 条`,
  beginning: '会话从这里开始',
}
