import { describe, expect, test } from 'vitest'
import fc from '../../../test/support/fc.ts'
import { cdata, parseXml } from './xml.ts'

describe('pushed XML', () => {
  test('words come as they are: no numbers, no trimming, no entities within CDATA', () => {
    const source = `<?xml version="1.0"?>
      <xml><Content><![CDATA[ 0012 &amp; <b>1e5</b> ]]></Content>
      <MsgId>7300000000000000123</MsgId><Empty/><None></None>
      <Label>a &lt;b&gt; &#20320;&#x597d; &unknown; &#0;</Label><Around>
        <![CDATA[x]]>
      </Around></xml>`
    expect(parseXml(source)).toEqual({
      Content: ' 0012 &amp; <b>1e5</b> ',
      MsgId: '7300000000000000123',
      Empty: '',
      None: '',
      Label: 'a <b> 你好 &unknown; &#0;',
      Around: 'x',
    })
  })

  test('elements within elements are records, and what stands there several times is a list', () => {
    expect(parseXml('<xml><A><B>1</B><C><D>2</D></C></A><item>x</item><item><y>z</y></item><item>w</item></xml>')).toEqual({
      A: { B: '1', C: { D: '2' } },
      item: ['x', { y: 'z' }, 'w'],
    })
  })

  test('any words survive being written and read, but for characters that no XML may hold: they become U+FFFD', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), fc.constantFrom('', ']]>', '<![CDATA[', ']]', '\r\n'), (a, b) => {
        const words = a + b + a
        const isKept = (point: string) => (point >= ' ' || '\t\n\r'.includes(point)) && !/[\uFFFE\uFFFF]/.test(point)
        const kept = [...words].map((point) => (isKept(point) ? point : '\uFFFD'))
        expect(parseXml(`<xml><W>${cdata(words)}</W></xml>`).W).toBe(kept.join(''))
      }),
      { numRuns: 100 },
    )
  })

  test.each([
    ['an inclusion', '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><xml><A>&e;</A></xml>'],
    ['ten laughs of ten laughs', `<!DOCTYPE l [<!ENTITY a "lol"><!ENTITY b "${'&a;'.repeat(10)}">]><xml>&b;</xml>`],
    ['an inclusion further down', '<xml><!DOCTYPE x><A>1</A></xml>'],
    ['ten thousand levels', `<xml>${'<a>'.repeat(10_000)}${'</a>'.repeat(10_000)}</xml>`],
    ['a comment', '<xml><!-- x --></xml>'],
    ['attributes', '<xml a="b"><A>1</A></xml>'],
    ['a name of the language', '<xml><__proto__><polluted>1</polluted></__proto__></xml>'],
    ['an open end', '<xml><A>1</A>'],
    ['an open CDATA', '<xml><A><![CDATA[x</A></xml>'],
    ['crossed ends', '<xml><A><B>1</A></B></xml>'],
    ['two roots', '<xml><A>1</A></xml><xml/>'],
    ['no root', 'hello'],
    ['an empty root', '<xml/>'],
    ['nothing', ''],
  ])('%s is refused at once', (_, source) => {
    expect(() => parseXml(source)).toThrow(SyntaxError)
    expect({}).not.toHaveProperty('polluted')
  })

  test('a megabyte that almost closes costs no more than its length', () => {
    for (const piece of ['<![CDATA[', '<a', '&', ']]', '<a></b>']) {
      const source = `<xml><A>${piece.repeat(1_000_000 / piece.length)}`
      expect(() => parseXml(source)).toThrow(SyntaxError)
    }
  }, 2000)
})
