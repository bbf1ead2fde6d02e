import { describe, expect, test } from 'vitest'
import { corpusFile, corpusFiles } from '../../../test/mail/corpora.ts'
import { withoutQuotes } from './quote.ts'

const FOLDER = 'reply-crisp/test/fixtures'
const fixtures = corpusFiles(FOLDER)
const here = fixtures.length > 0 || process.env.FRONTDESK_TEST_ALL === '1'

/** The paragraph that most of these mails begin with, and that somebody wrote: all that is to be left of them. */
const isCommon = (text: string) => text.includes('et mollis ligula rutrum quis')
const common = (text: string) => text.slice(0, text.indexOf('nec nec nibh.') + 'nec nec nibh.'.length).trim()

/** Of the others: how what was written begins, what is in it, and what is not. */
const OTHERS: Record<string, { starts?: string; has?: string[]; lacks?: string[]; is?: string }> = {
  correct_sig: { is: 'this is an email with a correct -- signature.' },
  sig_no_empty_line: { is: 'this is an email with a signature with no empty line above.' },
  email_1: { starts: 'Hi folks', has: ['-Abhishek Kona'], lacks: ['mailing list'] },
  email_19: { starts: 'On Thursday, I get proper rendering.', lacks: ['related or fixed'] },
  email_2: { starts: 'Hi,', has: ['You can list the keys', 'would do it.'], lacks: ['What is the best way'] },
  email_20: { is: 'On Thursday.' },
  email_21: { starts: 'On Thursday:', has: ['anim id est laborum.'] },
  email_2_1: { is: 'Outlook with a reply' },
  email_3: { starts: 'Oh thanks.', has: ['-Abhishek Kona'], lacks: ['Hi folks'] },
  email_4: { starts: 'Awesome!', lacks: ['Loader'] },
  email_5: { starts: 'One: Here', has: ['On and on', 'It goes on'].slice(1) },
  email_6: { starts: 'I get proper rendering as well.', lacks: ['Was this'] },
  email_blackberry: { is: 'Here is another email' },
  email_bullets: { starts: 'test 2 this should', has: ['and another'], lacks: ['Give us an example'] },
  email_custom_quote_header: { is: 'Thank you!' },
  email_customer_quote_header_2: { is: 'Thank you very much.' },
  email_customer_quote_header_3: { starts: 'bonjour,', has: ["merci d'avance"], lacks: ['description cdt'] },
  email_emoji: { starts: '🎉', has: ['John Doe', '@pandaland'] },
  email_iphone: { is: 'Here is another email' },
  email_multi_word_sent_from_my_mobile_device: { is: 'Here is another email' },
  email_not_a_signature: { starts: 'Dear XXXXX:', has: ['All dates are in', 'Thank you for using'] },
  email_not_a_signature_2: { starts: 'Hello,', has: ['-- first point', 'Thanks!'] },
  email_one_is_not_on: { starts: 'Thank, this is', has: ['One outstanding question'], lacks: ['good news'] },
  email_reply_header: { starts: 'This is the latest reply.', has: ['On the one hand', 'On the other hand'], lacks: ['Hey, Stranger,'] },
  email_sent_from: { is: 'Hi it can happen to any texts you type, as long as you type in between words or paragraphs.' },
  email_sent_from_my_not_signature: { has: ['Sent from my desk'] },
  email_thread: { is: 'This is new email reply in thread from bellow.' },
  email_tricky_11_double_signature: { starts: 'Thanks for your help!', lacks: ['Senior Developer'] },
  email_tricky_13_timestamp_variations: { starts: 'Here are different timestamp', has: ['not quote headers.'] },
  email_tricky_16_unicode_signatures: { starts: 'Thanks for the update' },
  email_tricky_17_forward_header: { starts: 'See the forwarded message' },
  email_tricky_18_inline_reply: { has: ['option A is great', 'Option B has', 'Option C is not'], lacks: ['What about option B'] },
  email_tricky_19_quote_without_header: { starts: 'I wanted to respond', has: ['final thoughts'], lacks: ['angle brackets'] },
  email_tricky_1_on_false_positive: { starts: 'On the surface', has: ['performance is great.'] },
  email_tricky_20_html_entities: { has: ['&gt; 100 and &lt; 200'], lacks: ['Previous message'] },
  email_tricky_2_url_with_wrote: { starts: 'Hi there,', has: ['https://example.com', '"wrote:" in them'] },
  email_tricky_3_code_block: { has: ['function sendEmail', 'Notice how the code'] },
  email_tricky_4_from_in_body: { has: ['From: our database', 'actual message content'] },
  email_tricky_6_regards_in_sentence: { has: ['with regards to the payment', 'should be visible.'] },
  email_tricky_7_multiple_dashes: { has: ['Key Points', 'not signatures', 'separators in my content'] },
  email_tricky_8_sent_from_in_content: { has: ['sent from my iPhone app', 'the main server.'] },
  email_tricky_9_nested_quotes: { is: 'I agree with the points below.' },
  email_unquoted_reply: { is: 'This is my reply.' },
  email_with_date_headers: { starts: 'Thank you very much.' },
  email_with_from_headers: { has: ['foo@example.com'] },
  email_with_regards: { starts: 'Hi,', has: ['Can you help?'], lacks: ['CEO @ Acme'] },
  email_zoho: { starts: 'What is the best way', lacks: ['Java sucks'] },
}

test.skipIf(!here)(
  'of a collection of replies in many languages at least 95 of 100 are cut where they should be (needs reply-crisp)',
  () => {
    const bad = fixtures.filter((file) => !isMet(file.replace('.txt', ''), corpusFile(`${FOLDER}/${file}`) ?? ''))
    expect(fixtures.length).toBeGreaterThan(80)
    expect(bad.length / fixtures.length, bad.join()).toBeLessThanOrEqual(0.05)
  },
)

function isMet(name: string, text: string): boolean {
  const own = withoutQuotes(text)
  if (isCommon(text)) return own.replaceAll(/\s+/g, ' ') === common(text).replaceAll(/\s+/g, ' ')
  const meant = OTHERS[name]
  if (!meant) return false
  if (meant.is !== undefined && own !== meant.is) return false
  const { starts = '', has = [], lacks = [] } = meant
  return own.startsWith(starts) && has.every((words) => own.includes(words)) && !lacks.some((words) => own.includes(words))
}

describe('what programs put above the mail that is answered', () => {
  test.each([
    ['Gmail', 'On Sun, Mar 1, 2026 at 3:00 PM Shop <help@example.test>\nwrote:\n> old'],
    ['Gmail in Chinese', '客服 <help@example.test> 于2026年3月1日周日 15:00写道：\n\n> old'],
    ['Apple Mail in Chinese', '在 2026年3月1日，15:00，客服 <help@example.test> 写道：\n\nold'],
    ['Apple Mail in Chinese, newer', '2026年3月1日 下午3:00，客服 <help@example.test> 写道：\n\nold'],
    [
      'QQ',
      '------------------ 原始邮件 ------------------\n发件人: "客服" <help@example.test>;\n发送时间: 2026年3月1日(星期日) 下午3:00\n收件人: "王"\n主题: 回复\n\nold',
    ],
    ['QQ in English', '------------------ Original ------------------\nFrom: "客服";\nDate: Sun\nold'],
    ['Foxmail', '发件人： 客服\n发送时间： 2026-03-01 15:00\n收件人： 王\n主题： x\nold'],
    ['163', '在 2026-03-01 15:00:00，"客服" <help@example.test> 写道：\n\nold'],
    ['163 in English', 'At 2026-03-01 15:00:00, "Shop" <help@example.test> wrote:\n\nold'],
    ['163 Master', '---- 回复的原邮件 ----\n| 发件人 | 客服 |\nold'],
    ['Outlook', '________________________________\nFrom: Shop <help@example.test>\nSent: Sunday\nTo: Wang\nSubject: x\n\nold'],
    ['Outlook in Chinese', '发件人: 客服 <help@example.test>\n发送时间: 2026年3月1日 15:00\n收件人: 王\n主题: x\n\nold'],
    ['Outlook of old', '-----Original Message-----\nFrom: Shop\nold'],
    ['our own mark', '##- 请在此行上方回复 -##\nold'],
  ])('%s', (_program, below) => {
    expect(withoutQuotes(`好的\n谢谢\n\n${below}`)).toBe('好的\n谢谢')
  })

  test.each(['发自我的 iPhone', 'Sent from my iPhone', '-- \n王小明\n市场部', '此致\n敬礼\n王', 'Best regards,\nWang'])(
    'and below it: %s',
    (tail) => {
      expect(withoutQuotes(`请问发货了吗？\n\n${tail}`)).toBe('请问发货了吗？')
    },
  )

  test('what somebody forwards stays, and where nothing would be left all of it does', () => {
    const forwarded = '请看下面\n\n---------- Forwarded message ---------\nFrom: a <a@b.test>\nDate: x\nSubject: y\nTo: z\n\n订单号 123'
    expect(withoutQuotes(forwarded)).toContain('订单号 123')
    expect(withoutQuotes('> 全部都是引用')).toBe('> 全部都是引用')
    expect(withoutQuotes('发自我的 iPhone')).toBe('发自我的 iPhone')
  })
})
