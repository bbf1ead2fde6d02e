// The words of a history that is read back, in both languages.
export const historyEn = {
  historyEdges: {
    older: { more: 'Older messages', loading: 'Loading older messages…', failed: 'Older messages could not be loaded.' },
    newer: { more: 'Newer messages', loading: 'Loading newer messages…', failed: 'Newer messages could not be loaded.' },
  },
  toNewest: 'To the newest',
  olderCame: (count: number, all: number) => `${count === 1 ? '1 older message' : `${count} older messages`} loaded, ${all} in all`,
  beginning: 'The conversation begins here',
}

export const historyZh: typeof historyEn = {
  historyEdges: {
    older: { more: '更早的消息', loading: '正在加载更早的消息…', failed: '更早的消息加载失败。' },
    newer: { more: '更新的消息', loading: '正在加载更新的消息…', failed: '更新的消息加载失败。' },
  },
  toNewest: '回到最新消息',
  olderCame: (count, all) => `已加载 ${count} 条更早的消息，共 ${all} 条`,
  beginning: '会话从这里开始',
}
