// What the platform says in numbers, in words for agents.
import type { Text } from '#core/message.ts'

const failures: Record<number, string> = {
  1: '客服账号已删除 / the customer service account was deleted',
  2: '应用已关闭 / the app is switched off',
  4: '距客户上次发消息已超过 48 小时 / more than 48 hours since the customer last wrote',
  5: '会话已结束 / the session is over',
  6: '已超过 5 条回复上限，需客户再次发来消息 / more than five messages: the customer must write first',
  8: '主体未验证 / the company is not verified',
  10: '客户拒收消息 / the customer refuses messages',
  11: '企业未有成员登录企业微信 / nobody of the company is signed in to the WeCom app',
  12: '不支持发送该类型的消息 / this type of message is not allowed',
  13: '内容未通过安全检查 / refused by the content check',
}

/** Why a message that WeCom had taken did not reach the customer. */
export function failureWords(type: number): string {
  return failures[type] ?? `微信没有送达（类型 ${type}） / WeChat did not deliver it (type ${type})`
}

export const sessionWords = {
  change: {
    1: { zh: '企业微信中的同事从接待池接入了会话', en: 'a colleague took this session in the WeCom app' },
    2: { zh: '会话在企业微信中被转接', en: 'the session was transferred in the WeCom app' },
    3: { zh: '会话在企业微信中结束', en: 'the session was ended in the WeCom app' },
    4: { zh: '会话在企业微信中被重新接入', en: 'the session was taken up again in the WeCom app' },
  } as Record<number, Text>,
  staff: { zh: '在企业微信中回复了客户', en: 'answered in the WeCom app' },
  refuses: { zh: '客户拒收该账号的消息', en: 'the customer now refuses messages' },
  accepts: { zh: '客户恢复接收该账号的消息', en: 'the customer accepts messages again' },
} satisfies { change: Record<number, Text>; staff: Text; refuses: Text; accepts: Text }

/** Why nothing can be written in a session that is in this state. */
export function stateWords(state: number): string {
  if (state === 2)
    return '会话在企业微信的待接入池中：请在企业微信中接待 / the session waits in the pool of the WeCom app: it is answered there'
  if (state === 3)
    return '会话正由企业微信中的同事接待：在那里结束会话后才能从这里回复 / a colleague has this session in the WeCom app: end it there to answer from here'
  return '会话已结束，需客户再次发来消息 / the session is over: the customer must write first'
}
