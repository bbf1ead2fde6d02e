// The words of passing a conversation on: they come with the dialog.
import { useStore } from '../store.ts'
import { locale } from '../words.ts'

const en = {
  transferTitle: 'Transfer conversation',
  transferHelp: 'The whole history goes along.',
  transferSearch: 'Search people, skills and teams',
  transferPlaceholder: 'Name, skill or team',
  transferKeys: '↑ ↓ to move · Enter to choose · Esc to close',
  transferSendKeys: 'Ctrl+Enter transfers',
  transferCount: (count: number) => (count === 1 ? '1 match' : `${count} matches`),
  transferGroups: {
    groups: 'Skills and teams',
    ready: 'Can take it now',
    unsuited: 'Free, but without what it asks for',
    busy: 'No room left',
    gone: 'Not here',
  },
  transferSkill: 'Skill',
  transferTeam: 'Team',
  standing: { ready: 'Online', unsuited: 'Online', busy: 'Busy', off: 'Off shift', away: 'Away', offline: 'Offline' },
  lacks: {
    skill: (skill: string) => `without ${skill}`,
    level: (skill: string) => `not enough ${skill}`,
    team: () => 'of another team',
    language: () => 'other language',
    wish: () => 'lacks a further skill',
  },
  transferLoad: (load: number, capacity: number) =>
    load < capacity ? `${load} in hand, room for ${capacity - load}` : `${load} in hand, full`,
  inHand: (load: number) => `${load} in hand`,
  canTake: (ready: number, people: number) => (ready > 0 ? `${ready} of ${people} free` : `none of ${people} free`),
  free: (ready: number) => (ready > 0 ? `${ready} free` : 'nobody free'),
  transferTo: 'To',
  transferChosen: (who: string) => `Chosen: ${who}`,
  transferChange: 'Change',
  transferNow: (name: string) => `Transfer to ${name}`,
  transferWaits: {
    busy: (name: string) => `${name} has no room left; it comes on top of what they have.`,
    gone: (name: string) => `${name} is not here and may see it late. A skill or a team goes to whoever is free.`,
    unsuited: (name: string) => `${name} is free, but not who would be given this one.`,
    groups: (name: string) => `Nobody of ${name} is free: it waits in the queue until somebody is.`,
  },
  transferNote: 'Note for the next person (optional)',
  transferNotePlaceholder: 'What is known, what is open, what was promised',
  transferNoMatch: (typed: string) => `Nobody and nothing found for “${typed}”`,
  transferNoMatchHelp: 'Search by a colleague’s name, the name customers see, a skill or a team.',
  transferClear: 'Clear the search',
  noAgents: 'Nobody to transfer to yet',
  noAgentsHelp: 'Admins add colleagues under Team, or name them with their skills in frontdesk.yaml.',
}

const zh: typeof en = {
  transferTitle: '转接会话',
  transferHelp: '全部历史会一起转过去。',
  transferSearch: '搜索同事、技能和团队',
  transferPlaceholder: '姓名、技能或团队',
  transferKeys: '↑ ↓ 移动 · Enter 选择 · Esc 关闭',
  transferSendKeys: 'Ctrl+Enter 转接',
  transferCount: (count) => `${count} 项匹配`,
  transferGroups: {
    groups: '技能与团队',
    ready: '现在可以接',
    unsuited: '有空，但不符合会话的要求',
    busy: '已满',
    gone: '不在',
  },
  transferSkill: '技能',
  transferTeam: '团队',
  standing: { ready: '在线', unsuited: '在线', busy: '忙碌', off: '不在班', away: '离开', offline: '离线' },
  lacks: {
    skill: (skill) => `没有「${skill}」技能`,
    level: (skill) => `「${skill}」级别不够`,
    team: () => '属于其他团队',
    language: () => '不说客户的语言',
    wish: () => '缺少附加技能',
  },
  transferLoad: (load, capacity) => (load < capacity ? `在接 ${load} 个，还可接 ${capacity - load} 个` : `在接 ${load} 个，已满`),
  inHand: (load) => `在接 ${load} 个`,
  canTake: (ready, people) => (ready > 0 ? `${people} 人中 ${ready} 人可接` : `${people} 人，暂无人可接`),
  free: (ready) => (ready > 0 ? `${ready} 人可接` : '暂无人可接'),
  transferTo: '转给',
  transferChosen: (who) => `已选择：${who}`,
  transferChange: '更改',
  transferNow: (name) => `转接给${name}`,
  transferWaits: {
    busy: (name) => `${name}已满，这个会话会排在手上的会话之外。`,
    gone: (name) => `${name}现在不在，可能很晚才看到。转给技能或团队，谁有空谁接。`,
    unsuited: (name) => `${name}有空，但按规则不会分到这个会话。`,
    groups: (name) => `「${name}」现在没有人可接，会话会在队列里等到有人为止。`,
  },
  transferNote: '给下一位的备注（选填）',
  transferNotePlaceholder: '已知的情况、没解决的问题、答应过客户什么',
  transferNoMatch: (typed) => `没有找到「${typed}」`,
  transferNoMatchHelp: '可以搜同事的姓名、客户看到的名字、技能或团队；中文名也可用拼音首字母。',
  transferClear: '清空搜索',
  noAgents: '还没有可以转接的对象',
  noAgentsHelp: '管理员可在「团队」里添加同事，或在 frontdesk.yaml 里写上他们和技能。',
}

export type TransferWords = typeof en

export function useTransferWords(): TransferWords {
  return useStore(locale) === 'zh' ? zh : en
}
