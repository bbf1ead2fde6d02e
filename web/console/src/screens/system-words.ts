// The words of the system screen: loaded with it.
import { useStore } from '../store.ts'
import { en as common } from '../words.en.ts'
import { locale } from '../words.ts'
import { zh as commonZh } from '../words.zh.ts'

const en = {
  ...common,
  systemHelp: 'What is connected, what is stuck and what to do about it.',
  channels: 'Channels',
  channelsHelp: 'Where customers write',
  desks: 'Desks',
  desksHelp: 'Where agents answer',
  noChannels: 'No channels yet',
  noChannelsHelp: 'Name channels in frontdesk.yaml. docs/channels has a page for each kind.',
  noDesks: 'Only the console',
  noDesksHelp: 'Agents may also answer in Telegram, Slack or Feishu: name desks in frontdesk.yaml.',
  health: { connected: 'Working', transient: 'Unsteady', bad_credentials: 'Sign-in refused', misconfigured: 'Set up wrongly' },
  healthUnknown: 'Not checked yet',
  healthAdvice: {
    connected: '',
    transient: 'It is tried again by itself. If it lasts, check the network and the status page of the platform.',
    bad_credentials:
      'Get a new token or secret from the platform, put it into the environment and start the server again. Nothing is lost meanwhile.',
    misconfigured: 'Correct the entry in frontdesk.yaml, then restart: channels and desks are read at the start.',
  },
  resting: (time: string) => `Resting until ${time}`,
  deskDown: (since: string) => `Down since ${since}: its conversations are shown in the next desk and here.`,
  restingHelp: 'It is left alone until then; what waits for it goes out afterwards, in order.',
  allWell: 'Everything works',
  needsCare: (count: number) => (count === 1 ? '1 thing needs attention' : `${count} things need attention`),
  restart: 'Restart to use the new config',
  restartHelp:
    'frontdesk.yaml names other channels, desks, a publicUrl or places for files than those in use: these are read at the start.',
  problems: 'Mistakes in the config',
  problemsHelp: 'The config before these changes is still in use.',
  deliveries: 'Deliveries',
  deliveriesHelp: 'What is on its way to customers, desks and webhooks',
  deliveryCounts: {
    pending: ['Waiting', 'Leaves in a moment'],
    expired: ['Expired', 'Waited longer than a day'],
    dead: ['Stuck', 'Came in and could not be worked on'],
    failed: ['Failed', 'The platform refused; see the conversation'],
    unknown: ['Unclear', 'May or may not have arrived'],
    held: ['Held', 'A person must decide'],
  },
  database: 'Database',
  databaseIs: { embedded: 'Embedded', postgresql: 'PostgreSQL' },
  databaseHelp: {
    embedded: 'In the data folder of this server. One process; back up the folder.',
    postgresql: 'A server of its own. Any number of processes may share it.',
  },
  feeds: 'Opening hours',
  feedsHelp: 'Feeds of holidays and extra days, read from outside',
  feedOf: (calendar: string) => `Calendar ${calendar}`,
  feedRead: (at: string) => `read ${at}`,
  feedNever: 'could never be read: the week holds alone',
  feedUnread: 'Not read yet',
  feedOk: 'Read',
  feedFails: 'Cannot be read',
  feedSince: (since: string, next: string) => `Since ${since}; tried again at ${next}.`,
  feedHolds: (at: string) => `What it said at ${at} still holds.`,
}

export type SystemWords = typeof en

const zh: SystemWords = {
  ...commonZh,
  systemHelp: '连接了什么，卡在哪里，该怎么办。',
  channels: '渠道',
  channelsHelp: '客户从这里来',
  desks: '客服工具',
  desksHelp: '客服在这里回复',
  noChannels: '还没有渠道',
  noChannelsHelp: '在 frontdesk.yaml 中配置渠道，docs/channels 里有每种渠道的说明。',
  noDesks: '只有控制台',
  noDesksHelp: '客服也可以在 Telegram、Slack 或飞书中回复：在 frontdesk.yaml 中配置。',
  health: { connected: '正常', transient: '不稳定', bad_credentials: '凭据被拒绝', misconfigured: '配置有误' },
  healthUnknown: '尚未检查',
  healthAdvice: {
    connected: '',
    transient: '系统会自动重试。如果一直不好，请检查网络和平台的状态页。',
    bad_credentials: '请到平台获取新的令牌或密钥，写入环境变量后重启服务。期间不会丢失消息。',
    misconfigured: '请修改 frontdesk.yaml 中的对应条目，然后重启：渠道和坐席工具在启动时读取。',
  },
  resting: (time) => `暂停至 ${time}`,
  deskDown: (since) => `自 ${since} 起无法使用，其会话已改在下一个坐席工具和控制台中显示。`,
  restingHelp: '在此之前不会打扰它；等待的内容之后会按顺序发出。',
  allWell: '一切正常',
  needsCare: (count) => `${count} 处需要处理`,
  restart: '重启后使用新配置',
  restartHelp: 'frontdesk.yaml 里的渠道、坐席工具、publicUrl 或文件设置与正在使用的不同：它们只在启动时读取。',
  problems: '配置文件有误',
  problemsHelp: '修改前的配置仍在使用。',
  deliveries: '投递',
  deliveriesHelp: '正在发往客户、客服工具和 webhook 的内容',
  deliveryCounts: {
    pending: ['等待中', '马上发出'],
    expired: ['已过期', '等了一天以上'],
    dead: ['卡住', '收到了，但无法处理'],
    failed: ['失败', '平台拒绝了，请查看会话'],
    unknown: ['不确定', '可能送到，也可能没有'],
    held: ['已保留', '需要人来决定'],
  },
  database: '数据库',
  databaseIs: { embedded: '内置', postgresql: 'PostgreSQL' },
  databaseHelp: {
    embedded: '存放在本机数据目录，只能有一个进程；请备份该目录。',
    postgresql: '独立的数据库服务器，可由多个进程共用。',
  },
  feeds: '工作时间',
  feedsHelp: '从外部读取的节假日和加班日日历',
  feedOf: (calendar) => `时间表 ${calendar}`,
  feedRead: (at) => `读取于 ${at}`,
  feedNever: '从未读取成功：只按每周时间',
  feedUnread: '尚未读取',
  feedOk: '已读取',
  feedFails: '无法读取',
  feedSince: (since, next) => `自 ${since} 起；${next} 再试。`,
  feedHolds: (at) => `仍沿用 ${at} 读到的内容。`,
}

export function useSystemWords(): SystemWords {
  return useStore(locale) === 'zh' ? zh : en
}
