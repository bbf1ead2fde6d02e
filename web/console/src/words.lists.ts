// The words of the list: what falls due, and what is done with several conversations at once, in both languages.
export const listsEn = {
  terms: { firstReply: 'First reply', nextReply: 'Reply', resolution: 'Resolution' },
  dueLeft: (term: string, left: string) => `${term}: ${left} left`,
  dueBy: (term: string, at: string) => `${term}: by ${at}`,
  dueOver: (term: string, by: string) => `${term}: ${by} overdue`,
  dueClosed: (left: string) => `Closed now: ${left} of open time left`,
  dueTitle: (at: string) => `Due ${at}`,
  placeShort: (place: number) => `No. ${place}`,
  dueFirst: 'Due first',
  dueFirstHelp: 'Shortest time left at the top',
}

export const listsZh: typeof listsEn = {
  terms: { firstReply: '首次回复', nextReply: '回复', resolution: '解决' },
  dueLeft: (term, left) => `${term}还剩 ${left}`,
  dueBy: (term, at) => `${term}期限 ${at}`,
  dueOver: (term, by) => `${term}超时 ${by}`,
  dueClosed: (left) => `现在不在营业时间：还剩营业时间 ${left}`,
  dueTitle: (at) => `期限 ${at}`,
  placeShort: (place) => `第 ${place} 位`,
  dueFirst: '快到期优先',
  dueFirstHelp: '剩余时间最少的排在最前',
}
