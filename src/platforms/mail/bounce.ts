// Mails that tell of a mail which did not arrive: in the form of RFC 3464, or in whatever words a server has for it.
import type { Body } from './body.ts'
import { decodeText, latin1 } from './charset.ts'
import { decodeWords, type Field, headerOf } from './headers.ts'
import { type Node, readMime } from './mime.ts'

export interface Bounce {
  /** `later`: the server still tries. `report`: about a mail that did arrive (read, or called spam). */
  kind: 'failed' | 'later' | 'report'
  recipient: string
  reason: string
  /** Ids of mails that it names. */
  ids: string[]
}

/** Ours stand near the top of what comes back; how long that is, is not up to us. */
const LOOK_MAX = 512 * 1024

const DAEMON =
  /^(?:mailer[-_.]?daemon|mail[-_.]?daemon|post[-_.]?master|mailer|mailadmin|majordomo|daemon|mdaemon|mmdf|uucp|bounces?|mail[-_.]?(?:delivery|system)[\w.-]*|no-?reply-?bounce)(?:[+=._-].*)?$/i
const SUBJECT =
  /undeliver|not be delivered|non[- ]?deliver|delivery (?:status|fail|error|problem|report|notif|delay|incomplete|has fail|suspend)|deliver[a-z]* (?:your |the )?(?:mail|message)|mail (?:delivery|system|could|not|undeliver|transaction)|failure (?:notice|delivering)|returned (?:mail|to sender|message)|rejected|permanent (?:error|fail)|message (?:status|delayed|not deliver|you sent blocked|delivery)|failed|fatal|warning: (?:could|message|unable)|unzustellbar|nicht zugestellt|退信|退回|投递失败|送信|配信|メール|エラー|delivery.{0,20}失败|系统退信|user unknown|unknown (?:user|recipient)|sms_?fail|dsn|errors from/i
const WORDS =
  /could ?n['o]?t? be delivered|cannot be delivered|can't be delivered|was not delivered|not delivered|undeliver|delivery (?:to|of|failed|error|has failed|failure|attempt)|permanent (?:fatal )?errors?|failed (?:permanently|addresses|recipients|to deliver)|user (?:unknown|not found|doesn't have|account)|unknown (?:user|recipient|address|local)|no such (?:user|address|recipient|mailbox)|mailbox (?:full|unavailable|not found|is full|exceeds|quota)|recipient(?:s)? (?:address )?(?:rejected|unknown|not found|could|failed)|returned (?:to|mail|message|below)|bounce|message (?:rejected|could not|was not|has been|content|you sent)|host (?:unknown|not found|.{1,80} said)|said: [45]\d\d|remote host|smtp error|over quota|quota exceed|relaying denied|incorrectly constructed|malformed|transcript of session|address (?:rejected|not found|does not exist|error)|配信でき|送信でき|届け|宛先|あて先|受信者|无法投递|投递失败|退信|不存在/i
const SOFT =
  /(?:will|still) (?:be |keep |continue |being |go on )?(?:re-?tr|attempt|try)|has been delayed|is delayed|delivery (?:is |has been |temporarily )?(?:delayed|suspended)|no action is required|not (?:yet )?been delivered yet|message (?:is )?delayed|warning: (?:message|could not send)|a delivery attempt will/i
const CODE = /(?:^|[^\d.])[45]\.\d{1,3}\.\d{1,3}(?:[^\d.]|$)|\b(?:4[2-5]\d|5[0-7]\d)[ -]/
const ORIGINAL =
  /original message|copy of (?:the|your) (?:message|mail|original)|unsent message|included (?:below|here)|returned message|(?:^|\n)[ \t>]*(?:message-id|received):[ \t]*\S|message (?:header|text) follow|内容は以下|元の(?:メール|メッセージ)/i

/** Amazon SES tells in JSON, through a topic that somebody subscribed the mailbox to. */
const NOTICE = /^\s*\{\s*"(?:notificationType|eventType)"\s*:\s*"(Bounce|Complaint|Delivery)"/

interface Look {
  fields: Field[]
  leaves: Node[]
  words: string
}

/** `undefined`: this tells of no other mail. `whole`: what it says. */
export function bounceOf(root: Node, { whole }: Pick<Body, 'whole'>, nullSender: boolean): Bounce | undefined {
  const look: Look = { fields: root.fields, leaves: leavesOf(root), words: whole }
  const told = look.leaves.find(({ type }) => /^message\/(?:global-)?delivery-status$/.test(type.value))
  const kindOfReport = look.leaves.find(({ type }) =>
    /^message\/(?:feedback-report|(?:global-)?disposition-notification)$/.test(type.value),
  )
  if (kindOfReport && !told) return { kind: 'report', ...describe(look, latin1(kindOfReport.bytes)) }
  if (NOTICE.exec(whole)?.[1]?.match(/Complaint|Delivery/) || isComplaint(look)) return { kind: 'report', ...describe(look, '') }
  const status = told ? decodeText(told.bytes.subarray(0, LOOK_MAX)) : ''
  if (!told && !isFreeForm(look, nullSender)) return undefined
  const described = describe(look, status)
  const action = (lineOf(status, 'Action') || '').toLowerCase()
  if (action === 'delivered' || action === 'relayed' || action === 'expanded') return { kind: 'report', ...described }
  const isLater = action ? action === 'delayed' : SOFT.test(look.words)
  return { kind: isLater ? 'later' : 'failed', ...described }
}

function leavesOf(node: Node): Node[] {
  return node.children.length > 0 ? node.children.flatMap(leavesOf) : [node]
}

/** Several signs together: each alone is in honest mails, too. */
function isFreeForm({ fields, leaves, words }: Look, nullSender: boolean): boolean {
  const sender = /([^\s<>"(]+)@/.exec(headerOf(fields, 'from'))?.[1] ?? headerOf(fields, 'from')
  const subject = decodeWords(headerOf(fields, 'subject'))
  const isReport = /report-type="?delivery-status/i.test(headerOf(fields, 'content-type'))
  const isDaemon =
    DAEMON.test(sender) || /mail(?:er)?[ -](?:delivery|daemon)|postmaster|system administrator/i.test(headerOf(fields, 'from'))
  const named = headerOf(fields, 'x-failed-recipients') !== ''
  if (NOTICE.test(words)) return true
  if (!isDaemon && !nullSender && !named && !isReport) return false
  const head = words.slice(0, 20_000)
  const has = [SUBJECT.test(subject), WORDS.test(head), CODE.test(head), ORIGINAL.test(head) || leaves.some(isOriginal)]
  return named || isReport || has.filter(Boolean).length >= 2
}

/** Hotmail's word of somebody who called a mail spam. */
const isComplaint = ({ fields, leaves }: Look) =>
  /^complaint about message from /i.test(headerOf(fields, 'subject')) && leaves.some(isOriginal)

const isOriginal = ({ type }: Node) =>
  /^(?:message\/(?:rfc822|partial|global)|text\/rfc822-headers|message\/rfc822-headers)$/.test(type.value)

function describe(look: Look, status: string): Omit<Bounce, 'kind'> {
  const recipient =
    lineOf(status, 'Final-Recipient') ||
    lineOf(status, 'Original-Recipient') ||
    headerOf(look.fields, 'x-failed-recipients').split(',')[0] ||
    ''
  const code = lineOf(status, 'Status')
  const said = lineOf(status, 'Diagnostic-Code') || spoken(look.words)
  return {
    recipient: (/[^\s<>;,"]+@[^\s<>;,"]+/.exec(recipient)?.[0] ?? addressIn(look.words)).toLowerCase(),
    reason: (said.includes(code) ? said : `${code} ${said}`).replaceAll(/\s+/g, ' ').trim().slice(0, 300),
    ids: idsIn(look),
  }
}

/** `Final-Recipient: rfc822; anna@example.com`; a line may be folded. */
function lineOf(status: string, name: string): string {
  const found = new RegExp(`^${name}:[ \\t]*((?:.{0,2000})(?:\\r?\\n[ \\t].{0,2000}){0,5})`, 'im').exec(status)?.[1] ?? ''
  return found
    .replaceAll(/\s+/g, ' ')
    .replace(/^(?:rfc822|utf-8|smtp|dns|x-[\w-]+|[\w-]+)\s*;\s*/i, '')
    .trim()
}

/** The line in which a server speaks. */
function spoken(words: string): string {
  const lines = words.slice(0, 20_000).split('\n')
  const at = lines.findIndex((line) => CODE.test(line.slice(0, 500)))
  return (lines[at] ?? lines.find((line) => WORDS.test(line.slice(0, 500))) ?? '').trim()
}

function addressIn(words: string): string {
  return /[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[\w-]+(?:\.[\w-]+)+/.exec(words.slice(0, 20_000))?.[0] ?? ''
}

/** Every id that stands in what came back, in the reply's own headers, and in its words. */
function idsIn({ fields, leaves, words }: Look): string[] {
  const texts = [headerOf(fields, 'in-reply-to'), headerOf(fields, 'references'), words.slice(0, LOOK_MAX)]
  for (const leaf of leaves.filter(isOriginal)) {
    const { fields: inner } = readMime(leaf.bytes.subarray(0, LOOK_MAX))
    texts.unshift(headerOf(inner, 'message-id'))
    texts.push(headerOf(inner, 'references'), latin1(leaf.bytes.subarray(0, LOOK_MAX)))
  }
  const found = texts.flatMap((text) => text.match(/<[^<>\s@]{1,500}@[^<>\s@]{1,255}>/g) ?? [])
  return [...new Set(found)].slice(0, 200)
}
