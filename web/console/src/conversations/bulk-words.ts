// The words of doing something with several conversations: loaded with the dialog.
import { useStore } from '../store.ts'
import { locale } from '../words.ts'

const these = (count: number) => (count === 1 ? 'this conversation' : `these ${count} conversations`)
const many = (count: number) => (count === 1 ? '1 conversation' : `${count} conversations`)

const en = {
  title: {
    resolve: (count: number) => `Resolve ${these(count)}?`,
    claim: (count: number) => `Assign ${these(count)} to you?`,
    tag: (count: number) => `Tag ${these(count)}`,
  },
  nothing: { resolve: 'None of these can be resolved', claim: 'None of these can be yours', tag: 'Nothing to tag' },
  help: {
    resolve: 'Each ends as if you had resolved it by itself. Customers who write again open theirs.',
    claim: 'They become yours, and their customers are told as usual.',
    tag: 'What they have already stays as it is.',
  },
  go: {
    resolve: (count: number) => `Resolve ${count}`,
    claim: (count: number) => `Assign ${count} to me`,
    tag: (count: number) => `Tag ${count}`,
  },
  more: (count: number) => `and ${count} more`,
  unable: (count: number) => (count === 1 ? '1 is left as it is:' : `${count} are left as they are:`),
  theirs: (agent: string) => `${agent} has it`,
  mine: 'already yours',
  resolved: 'already resolved',
  not_allowed: 'not yours to change',
  tags: 'Tags',
  tagsHelp: 'Several at once: separate them by spaces or commas.',
  needTags: 'Write at least one tag.',
  progress: (done: number, of: number) => `${done} of ${of}`,
  stop: 'Stop',
  stopping: 'Stopping…',
  done: {
    resolve: (count: number) => `Resolved: ${many(count)}.`,
    claim: (count: number) => `Yours now: ${many(count)}.`,
    tag: (count: number) => `Tagged: ${many(count)}.`,
  },
  refusedTitle: (count: number) => `${many(count)} could not be changed`,
  left: (count: number) => `Stopped: ${count === 1 ? '1 was' : `${count} were`} not touched.`,
  again: 'Try these again',
}

const zh: typeof en = {
  title: {
    resolve: (count) => `解决这 ${count} 个会话？`,
    claim: (count) => `把这 ${count} 个会话分配给你？`,
    tag: (count) => `给这 ${count} 个会话打标签`,
  },
  nothing: { resolve: '选中的会话都不能解决', claim: '选中的会话都不能分配给你', tag: '没有可打标签的会话' },
  help: {
    resolve: '与逐个解决一样；客户再来信会重新打开。',
    claim: '由你接手，并照常告知客户。',
    tag: '已有的标签不变。',
  },
  go: {
    resolve: (count) => `解决 ${count} 个`,
    claim: (count) => `分配 ${count} 个给我`,
    tag: (count) => `给 ${count} 个打标签`,
  },
  more: (count) => `等，另有 ${count} 个`,
  unable: (count) => `其中 ${count} 个不能处理，保持原样：`,
  theirs: (agent) => `由${agent}处理`,
  mine: '已经是你的',
  resolved: '已经解决',
  not_allowed: '你无权更改',
  tags: '标签',
  tagsHelp: '可以一次写几个，用空格或逗号隔开。',
  needTags: '请至少写一个标签。',
  progress: (done, of) => `已处理 ${done} / ${of}`,
  stop: '停止',
  stopping: '正在停止…',
  done: {
    resolve: (count) => `已解决 ${count} 个会话。`,
    claim: (count) => `${count} 个会话已由你接手。`,
    tag: (count) => `已给 ${count} 个会话打上标签。`,
  },
  refusedTitle: (count) => `${count} 个会话没有改成`,
  left: (count) => `已停止：${count} 个没有动。`,
  again: '再试这些',
}

export type BulkWords = typeof en

export function useBulkWords(): BulkWords {
  return useStore(locale) === 'zh' ? zh : en
}
