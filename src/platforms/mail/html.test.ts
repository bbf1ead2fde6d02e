import { expect, test } from 'vitest'
import { corpusFile } from '../../../test/mail/corpora.ts'
import { textOf } from './html.ts'

const payloads = corpusFile('dompurify-expect/expect.json')
const here = payloads !== undefined || process.env.FRONTDESK_TEST_ALL === '1'

test.skipIf(!here)('of payloads that break filters nothing is left but words (needs dompurify-expect)', () => {
  const cases = JSON.parse(payloads ?? '[]') as { payload: string }[]
  expect(cases.length).toBeGreaterThan(100)
  for (const { payload } of cases) {
    const text = textOf(payload)
    // What is left may speak of markup, as any text may; nobody reads it as markup. No address of a script is made to a link.
    expect(text).not.toMatch(/\((?:javascript|data|vbscript):/i)
    expect(text.length).toBeLessThanOrEqual(payload.length * 2)
  }
})

test.each([
  [
    'links say where they lead',
    '<a href="https://shop.test/o/1">Order</a>, <a href="https://a.test/">https://a.test</a>',
    'Order (https://shop.test/o/1), https://a.test',
  ],
  ['no link to what runs', '<a href="javascript:alert(1)">x</a> <a href=" JaVaScRiPt:1">y</a>', 'x y'],
  ['lists and tables', '<ul><li>一</li><li>二</li></ul><table><tr><td>a</td><td>b</td></tr></table>', '- 一\n- 二\na\tb'],
  ['a picture is its words', '<img src="http://track.test/x.gif" alt="Logo"><img src="cid:1">', 'Logo'],
  ['names of letters', 'caf&eacute; &mdash; &#x4f60;&#22909; &copyright=1 &amp;lt;', 'café — 你好 &copyright=1 &lt;'],
  ['what is hidden', '<div style="display:none">preview</div><title>t</title><script>x</script><!-- c -->words', 'words'],
  ['a > within quotes', '<a title="a>b" href=\'https://x.test/y\'>z</a>', 'z (https://x.test/y)'],
  ['a < that begins nothing', 'if a < b then', 'if a < b then'],
  ['lines of code', '<pre>a\n  b</pre>', 'a\nb'],
])('%s', (_what, html, text) => {
  expect(textOf(html)).toBe(text)
})

test.each([
  ['Gmail', '<div>好的</div><div class="gmail_quote">On … <blockquote>old</blockquote></div>'],
  ['Outlook', '<p>好的</p><hr><div id="divRplyFwdMsg"><b>发件人:</b> x</div><div>old</div>'],
  ['QQ', '<div>好的</div><div class="qmbox"><div>old</div></div>'],
  ['Apple', '<div>好的</div><blockquote type="cite"><div>old</div></blockquote>'],
])('the mail that is answered is left out, and kept where it is asked for: %s', (_program, html) => {
  expect(textOf(html).replace(/[\n-]*$/, '')).toBe('好的')
  expect(textOf(html, { quotes: true })).toContain('old')
})
