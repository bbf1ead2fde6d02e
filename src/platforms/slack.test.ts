import { describe, expect, test } from 'vitest'
import { ConnectorError } from '#core/errors.ts'
import { refusalOf } from './slack-errors.ts'
import { readSlackRequest } from './slack-request.ts'
import { escapeText, mentionsIn, wordsOf } from './slack-text.ts'

describe("Slack's signature", () => {
  // The example of Slack's own page on verifying requests.
  const SECRET = '8f742231b10e8888abcd99yyyzzz85a5'
  const BODY =
    'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c'
  const HEADERS = {
    'content-type': 'application/x-www-form-urlencoded',
    'x-slack-request-timestamp': '1531420618',
    'x-slack-signature': 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503',
  }
  const at = (seconds: number) => new Date(seconds * 1000)
  const read = (body: string, now: Date, headers = HEADERS) =>
    readSlackRequest(new Request('https://desk.example/hooks/slack', { method: 'POST', headers, body }), SECRET, now)

  test('is the one of its page, and a slash command is read', async () => {
    const posted = await read(BODY, at(1531420618))
    expect(posted).toMatchObject({ type: 'slash', body: { command: '/webhook-collect', user_id: 'U2CERLKJA', text: '' } })
  })

  test('holds for five minutes, for these very bytes, and for nothing else', async () => {
    await read(BODY, at(1531420618 + 300))
    const refusals = [
      () => read(BODY, at(1531420618 + 301)),
      () => read(BODY, at(1531420618 - 301)),
      () => read(`${BODY} `, at(1531420618)),
      () => read(BODY, at(1531420618), { ...HEADERS, 'x-slack-request-timestamp': '1531420619' }),
      () => read(BODY, at(1531420618), { ...HEADERS, 'x-slack-signature': HEADERS['x-slack-signature'].replace('v0', 'v1') }),
      () => read(BODY, at(1531420618), { ...HEADERS, 'x-slack-signature': '' }),
    ]
    for (const refusal of refusals) await expect(refusal()).rejects.toMatchObject({ kind: 'unauthorized' })
  })

  test('a body that breaks off is refused as such: a hook throws nothing else', async () => {
    const body = new ReadableStream({ pull: (controller) => controller.error(new Error('reset')) })
    const request = new Request('https://desk.example/hooks/slack', {
      method: 'POST',
      headers: HEADERS,
      body,
      duplex: 'half',
    } as RequestInit)
    await expect(readSlackRequest(request, SECRET, at(1531420618))).rejects.toMatchObject({ kind: 'rejected', name: 'ConnectorError' })
  })
})

describe('words', () => {
  const names = new Map([['U1', '安娜']])

  test('rich text is what its writer saw: lists, quotes, code, links, emoji with their skin', () => {
    const section = (...elements: object[]) => ({ type: 'rich_text_section', elements })
    const text = (words: string) => ({ type: 'text', text: words })
    const blocks = [
      {
        type: 'rich_text',
        elements: [
          section(text('您好 '), { type: 'user', user_id: 'U1' }, text('、'), { type: 'user', user_id: 'U9' }, text('：\n')),
          { type: 'rich_text_list', style: 'bullet', elements: [section(text('一')), section(text('二'))] },
          { type: 'rich_text_list', style: 'ordered', indent: 1, offset: 2, elements: [section(text('三'))] },
          { type: 'rich_text_quote', elements: [text('引\n文')] },
          { type: 'rich_text_preformatted', elements: [text('if (a < b) *c*')] },
          section(
            { type: 'link', url: 'https://a.example/x' },
            text(' '),
            { type: 'link', url: 'https://evil.example', text: 'bank' },
            text(' '),
            { type: 'link', url: 'mailto:a@b.example', text: 'a@b.example' },
            { type: 'emoji', name: '+1', unicode: '1f44d-1f3fd' },
            { type: 'emoji', name: 'party-parrot' },
            { type: 'broadcast', range: 'channel' },
          ),
        ],
      },
    ]
    expect(wordsOf({ text: 'ignored', blocks }, names)).toBe(
      '您好 @安娜、@U9：\n• 一\n• 二\n  3. 三\n> 引\n> 文\nif (a < b) *c*\nhttps://a.example/x bank (https://evil.example) a@b.example👍🏽:party-parrot:@channel',
    )
    expect(mentionsIn({ blocks, text: '<@U7>' })).toEqual(['U1', 'U9', 'U7'])
  })

  test('mrkdwn is read where there is no rich text, and a form of blocks that nobody knows loses no words', () => {
    const text =
      '<@U1> <@U2|ben> <#C1|general> <#C2> <!here> <!subteam^S1|@team> <!date^1^{date}|1 Jan> <https://a.example|a> &lt;b&gt; &amp;amp;'
    const read = '@安娜 @ben #general #C2 @here @team 1 Jan a (https://a.example) <b> &amp;'
    expect(wordsOf({ text }, names)).toBe(read)
    expect(wordsOf({ text, blocks: [{ type: 'section', text: { type: 'mrkdwn', text: 'x' } }] }, names)).toBe(read)
  })

  test('odd blocks are no trouble', () => {
    for (const blocks of [
      [null],
      [{ type: 'rich_text' }],
      [{ type: 'rich_text', elements: [null, { elements: 'x' }, { elements: [{ type: 'emoji', unicode: 'zz' }] }] }],
    ])
      expect(wordsOf({ text: '', blocks }, names)).toBeTypeOf('string')
  })

  test('what is escaped is read back, and holds no mark of Slack', () => {
    for (const words of ['<!channel> & <@U1>', '&lt;', 'a < b > c && d', '<https://a|b>']) {
      expect(escapeText(words)).not.toMatch(/[<>]/)
      expect(wordsOf({ text: escapeText(words) }, names)).toBe(words)
    }
  })
})

describe('refusals', () => {
  const of = (code: string, status = 200, retryAfter: string | null = null) =>
    refusalOf({ method: 'chat.postMessage', status, code, retryAfter })

  test.each([
    ['thread_not_found', 'thread_gone', true],
    ['cannot_reply_to_message', 'thread_gone', true],
    ['not_in_channel', 'unauthorized', true],
    ['token_revoked', 'unauthorized', true],
    ['ratelimited', 'rate_limited', true],
    ['fatal_error', 'transient', false],
    ['internal_error', 'transient', false],
    ['msg_too_long', 'rejected', true],
    ['a_word_of_next_year', 'rejected', true],
  ])('%s is %s', (code, kind, certain) => {
    const refusal = of(code)
    expect(refusal).toBeInstanceOf(ConnectorError)
    expect(refusal).toMatchObject({ kind, certain, code, name: 'ConnectorError' })
  })

  test('429 waits as long as Slack asks, and a second where it does not say', () => {
    expect([of('', 429, '30').retryAfterMs, of('ratelimited', 429).retryAfterMs]).toEqual([30_000, 1_000])
  })
})
